/** Which files an export makes, with their names and sizes: pure arithmetic. */
import type { ExportOptions } from '../../../shared/contract/calls/export-calls.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import { fileTypes } from './encode-picture.ts';

export interface PlannedFile {
  image: AssetHash;
  fileName: string;
  size: Size;
  /** What the picture was made with. */
  generationIds: readonly GenerationId[];
}

/** Windows is the strictest: no reserved characters or names, no dot or space at the end. */
export function safeName(name: string): string {
  const plain = name
    // eslint-disable-next-line no-control-regex -- control characters are what must go
    .replace(/[<>:"/\\|?*\u0000-\u001f\u007f]/g, '_')
    .replace(/[. ]+$/, '')
    .trim()
    .slice(0, 120);
  return plain === '' || /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(plain) ? `picture ${plain}`.trim() : plain;
}

export function planExport(options: ExportOptions, sizeOf: (image: AssetHash) => Size): PlannedFile[] {
  const taken = new Set<string>();
  const { extension } = fileTypes[options.format];
  const unique = (stem: string): string => {
    for (let number = 1; ; number += 1) {
      const fileName = `${stem}${number === 1 ? '' : ` (${String(number)})`}.${extension}`;
      if (taken.has(fileName.toLowerCase())) continue;
      taken.add(fileName.toLowerCase());
      return fileName;
    }
  };
  return options.items.flatMap(({ name, image, generationIds = options.generationIds }) => {
    const own = sizeOf(image);
    const stem = safeName(name);
    if (options.scale.kind === 'pixels') return [{ image, generationIds, fileName: unique(stem), size: fitted(own, options.scale) }];
    return options.scale.factors.map((factor) => ({
      image,
      generationIds,
      fileName: unique(factor === 1 ? stem : `${stem}@${String(factor)}x`),
      size: { width: Math.max(1, Math.round(own.width * factor)), height: Math.max(1, Math.round(own.height * factor)) },
    }));
  });
}

function fitted(own: Size, box: { width: number | null; height: number | null }): Size {
  const factors = [box.width === null ? [] : [box.width / own.width], box.height === null ? [] : [box.height / own.height]].flat();
  const factor = factors.length === 0 ? 1 : Math.min(...factors);
  return { width: Math.max(1, Math.round(own.width * factor)), height: Math.max(1, Math.round(own.height * factor)) };
}
