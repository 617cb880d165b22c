/**
 * The "parameters" text of AUTOMATIC1111's web UI, which Forge, SD.Next, Civitai, Fooocus and Draw Things write too:
 * prompt, a line "Negative prompt: ...", and a last line of "Name: value" pairs (modules/infotext_utils.py).
 */
import type { DiffusionParams } from '../pipelines/diffusion.ts';
import { foreignMetadata, longestMetadata, modelName, numberIn, seedIn, type ForeignMetadata } from './foreign.ts';
import { a1111Sampler, readSampler, samplerNote } from './samplers.ts';
import type { MadeWith } from './made-with.ts';

const negativeMark = 'Negative prompt:';

/** "A: 1, B: "x, y", C: 2" to names and values; names in lower case. Linear in the line's length. */
function pairsOf(line: string): Map<string, string> {
  // A bracket that is never closed is part of a value like any other character.
  return scanned(line, true) ?? scanned(line, false) ?? new Map<string, string>();
}

/** @param nesting commas inside brackets belong to the value: Civitai writes JSON there; null when brackets do not match */
function scanned(line: string, nesting: boolean): Map<string, string> | null {
  const pairs = new Map<string, string>();
  let start = 0;
  let quoted = false;
  let nested = 0;
  const take = (end: number): void => {
    const part = line.slice(start, end);
    const colon = part.indexOf(':');
    if (colon > 0 && colon < 60) pairs.set(part.slice(0, colon).trim().toLowerCase(), unquoted(part.slice(colon + 1).trim()));
    start = end + 1;
  };
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (nesting && !quoted && (character === '{' || character === '[')) nested += 1;
    else if (nesting && !quoted && (character === '}' || character === ']')) nested = Math.max(0, nested - 1);
    else if (character === ',' && !quoted && nested === 0) take(at);
  }
  take(line.length);
  return nested > 0 || quoted ? (nesting ? null : pairs) : pairs;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'string' ? parsed : value;
  } catch {
    return value.replace(/^"|"$/g, '');
  }
}

/** `<lora:name:0.8>` taken out of a prompt; a second weight, for the text encoder, is passed over. */
export function withoutLoraTags(prompt: string): { prompt: string; loras: { name: string; weight: number }[]; others: boolean } {
  const loras: { name: string; weight: number }[] = [];
  let removed = 0;
  let others = false;
  const rest = prompt.replace(
    /<(lora|lyco|hypernet):([^<>:]{1,300})((?::[^<>:]{0,40}){0,4})>/gi,
    (_tag, kind: string, name: string, tail: string) => {
      const weights = tail
        .split(':')
        .slice(1)
        .map((part) => numberIn(/^(?:unet|te)=(.*)$/.exec(part)?.[1] ?? part));
      removed += 1;
      if (kind.toLowerCase() === 'hypernet') others = true;
      else loras.push({ name: name.trim(), weight: weights.find((weight) => Number.isFinite(weight)) ?? 1 });
      return '';
    },
  );
  if (removed === 0) return { prompt, loras, others };
  const tidy = rest
    .replace(/ +(?=,)/g, '')
    .replace(/ {2,}/g, ' ')
    .replace(/(?:, ?){2,}/g, ', ')
    .trim();
  return { prompt: tidy.replace(/^, |,$/g, '').trim(), loras, others };
}

function programOf(version: string): string {
  if (version.startsWith('Kiln')) return version;
  if (/^f\d/i.test(version) || /forge/i.test(version)) return 'Stable Diffusion WebUI Forge';
  if (/^(?:v?neo|classic)/i.test(version)) return 'Stable Diffusion WebUI Forge';
  if (/comfy/i.test(version)) return 'ComfyUI';
  if (/fooocus/i.test(version)) return 'Fooocus';
  return 'AUTOMATIC1111';
}

function sizeIn(value: string | undefined): { width?: number; height?: number } {
  const found = /^(\d{1,5})\s*[x×]\s*(\d{1,5})$/i.exec(value ?? '');
  return found === null ? {} : { width: Number(found[1]), height: Number(found[2]) };
}

/** What has no counterpart; shown once each. */
function notesOf(pairs: ReadonlyMap<string, string>, prompt: string): string[] {
  const notes: string[] = [];
  if (pairs.has('refiner')) notes.push('It used a refiner, which Kiln leaves out.');
  if ([...pairs.keys()].some((name) => name.startsWith('controlnet'))) notes.push('It used ControlNet: give the control picture again.');
  if (pairs.has('ti hashes') || pairs.has('ti'))
    notes.push('It used textual inversion embeddings: choose them again if they are installed.');
  if (/\[[^[\]]{0,400}:[^[\]]{0,400}:? ?\d*\.?\d+\]/.test(prompt.slice(0, 10_000)))
    notes.push('The prompt changes between steps ([a:b:0.5]), which Kiln does not do.');
  if (pairs.has('mask blur')) notes.push('It was made inside a mask, which is not in the file.');
  if (pairs.has('seed resize from')) notes.push('Its seed was resized, which Kiln does not do.');
  return notes;
}

/** Null when the text is no such text. */
export function readA1111(text: string): ForeignMetadata | null {
  if (text.length > longestMetadata) return null;
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const last = lines.findLastIndex((line) => /^\s*Steps: ?\d/.test(line));
  if (last < 0) return null;
  const pairs = pairsOf(lines[last] ?? '');
  const negativeAt = lines.findIndex((line, index) => index < last && line.trimStart().startsWith(negativeMark));
  const promptEnd = negativeAt < 0 ? last : negativeAt;
  const written = lines.slice(0, promptEnd).join('\n').trim();
  const negative = negativeAt < 0 ? '' : lines.slice(negativeAt, last).join('\n').trimStart().slice(negativeMark.length).trim();
  const { prompt, loras, others } = withoutLoraTags(written);
  const number = (name: string): number => numberIn(pairs.get(name)?.trim());

  const sampler = pairs.get('sampler') ?? '';
  // Interfaces before 1.9 wrote "DPM++ 2M Karras" and nothing else; a missing type there means the plain spacing.
  const choice = readSampler(sampler, pairs.get('schedule type') ?? pairs.get('scheduler') ?? '');
  const enlarged = sizeIn(pairs.get('hires resize'));
  const base = sizeIn(pairs.get('size'));
  const byResize = enlarged.width === undefined || base.width === undefined ? NaN : enlarged.width / base.width;
  const highRes = Number.isFinite(number('hires upscale')) ? number('hires upscale') : byResize;
  const denoising = number('denoising strength');
  const random = (pairs.get('rng') ?? '').toUpperCase();
  const params: Partial<DiffusionParams> = {
    prompt,
    negativePrompt: negative,
    sampler: choice.sampler,
    sigmas: choice.sigmas,
    spacing: choice.spacing,
    ...base,
    steps: number('steps'),
    guidanceScale: number('cfg scale'),
    clipSkip: number('clip skip') - 1,
    guidanceRescale: number('cfg rescale phi'),
    eta: number('eta'),
    variationSeed: number('variation seed'),
    variationStrength: number('variation seed strength'),
    noise: random === 'CPU' ? 'torch-cpu' : 'philox',
    ...(Number.isFinite(highRes) && highRes > 1
      ? { highResScale: highRes, highResStrength: denoising, highResSteps: number('hires steps') }
      : { strength: denoising }),
  };
  const notes = notesOf(pairs, written);
  const note = samplerNote(sampler, choice);
  if (note !== '') notes.push(note);
  if (others) notes.push('It used a hypernetwork, which Kiln leaves out.');
  if (Number.isFinite(denoising) && !(highRes > 1))
    notes.push('It was made from another picture, which is not in the file: drop that in to repeat it.');
  const version = pairs.get('version') ?? '';
  return foreignMetadata({
    program: pairs.has('app') ? (pairs.get('app') ?? '').slice(0, 60) : programOf(version),
    model: modelName(pairs.get('model') ?? ''),
    seed: seedIn(pairs.get('seed')),
    params,
    loras,
    notes,
  });
}

function quoted(value: string): string {
  return /[,:\n"]/.test(value) ? JSON.stringify(value) : value;
}

/** The text for one generation, as those programs read it; see `MadeWith` for what the request alone does not tell. */
export function writeA1111({ request, size, scheduler, model, software }: MadeWith): string {
  const { params, seed } = request;
  const { sampler, schedule } = a1111Sampler(params.sampler === 'pack' ? (scheduler ?? '') : params.sampler, params);
  const fromPicture = request.inputs.image !== undefined;
  const highRes = params.highResScale > 1;
  const base = params.width > 0 && params.height > 0 ? params : size;
  const pairs: [string, string | number | undefined][] = [
    ['Steps', params.steps],
    ['Sampler', sampler],
    ['Schedule type', schedule],
    ['CFG scale', params.guidanceScale],
    ['Seed', seed],
    ['Size', base === null ? undefined : `${String(base.width)}x${String(base.height)}`],
    ['Model', model],
    ['Variation seed', params.variationStrength > 0 ? params.variationSeed : undefined],
    ['Variation seed strength', params.variationStrength > 0 ? params.variationStrength : undefined],
    ['Denoising strength', highRes ? params.highResStrength : fromPicture ? params.strength : undefined],
    ['Clip skip', params.clipSkip > 0 ? params.clipSkip + 1 : undefined],
    ['CFG Rescale phi', params.guidanceRescale > 0 ? params.guidanceRescale : undefined],
    ['Eta', params.eta > 0 ? params.eta : undefined],
    ['Hires upscale', highRes ? params.highResScale : undefined],
    ['Hires steps', highRes && params.highResSteps > 0 ? params.highResSteps : undefined],
    ['RNG', params.noise === 'torch-cpu' ? 'CPU' : 'NV'],
    ['Version', software],
  ];
  const loras = params.loras.map(({ packId, weight }) => `<lora:${packId}:${String(weight)}>`);
  const line = pairs.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${quoted(String(value))}`])).join(', ');
  return [
    [params.prompt, ...loras].filter((part) => part !== '').join(' '),
    ...(params.negativePrompt === '' ? [] : [`${negativeMark} ${params.negativePrompt}`]),
    line,
  ].join('\n');
}
