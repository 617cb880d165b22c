/** Which of the readers knows a file's texts. */
import { readA1111 } from './a1111.ts';
import { readComfyUi } from './comfyui.ts';
import type { ForeignMetadata } from './foreign.ts';
import { readInvokeAi } from './invokeai.ts';
import { readJsonPrograms } from './json-programs.ts';

/** Keywords of PNG texts that are worth reading. */
export const foreignKeywords = [
  'parameters',
  'invokeai_metadata',
  'sd-metadata',
  'prompt',
  'workflow',
  'sui_image_params',
  'Comment',
] as const;

/**
 * @param texts PNG texts by keyword; EXIF's UserComment comes as `UserComment`, and EXIF's Make and Model, where ComfyUI's
 * WebP files keep "workflow:{...}" and "prompt:{...}", as `Make` and `Model`
 * @returns null when no program's settings are in there
 */
export function readForeign(texts: ReadonlyMap<string, string>): ForeignMetadata | null {
  const tries: (() => ForeignMetadata | null)[] = [
    () => from(texts, 'invokeai_metadata', readInvokeAi),
    () => from(texts, 'sd-metadata', readInvokeAi),
    () => from(texts, 'parameters', readJsonPrograms),
    () => from(texts, 'parameters', readA1111),
    () => from(texts, 'UserComment', readJsonPrograms),
    () => from(texts, 'UserComment', readA1111),
    () => from(texts, 'sui_image_params', (text) => readJsonPrograms(`{"sui_image_params":${text}}`)),
    () => readComfyUi(texts.get('prompt') ?? null, texts.get('workflow') ?? null),
    () => readComfyUi(labelled(texts, 'prompt:'), labelled(texts, 'workflow:')),
    () => from(texts, 'Comment', readA1111),
  ];
  for (const attempt of tries) {
    // Files are strangers': whatever one of them provokes, the picture opens all the same.
    try {
      const found = attempt();
      if (found !== null) return found;
    } catch {
      continue;
    }
  }
  return null;
}

function from(texts: ReadonlyMap<string, string>, keyword: string, read: (text: string) => ForeignMetadata | null): ForeignMetadata | null {
  const text = texts.get(keyword);
  return text === undefined ? null : read(text);
}

function labelled(texts: ReadonlyMap<string, string>, label: string): string | null {
  for (const name of ['Make', 'Model', 'ImageDescription']) {
    const text = texts.get(name);
    if (text?.toLowerCase().startsWith(label) === true) return text.slice(label.length);
  }
  return null;
}
