/** A contact sheet drawn by sharp: pictures in their cells, texts through SVG. */
import sharp, { type OverlayOptions } from 'sharp';
import type { Rect } from '../../../shared/domain/geometry.ts';
import { maxImagePixels } from '../../../shared/domain/geometry.ts';
import type { SheetLayout, TextLine } from './sheet-layout.ts';

const colours = {
  light: { ground: '#ffffff', text: '#1a1a1e', faint: '#c9c9d2', empty: '#ececf1' },
  dark: { ground: '#17171b', text: '#f1f1f4', faint: '#45454f', empty: '#26262c' },
} as const;
export type SheetTheme = keyof typeof colours;

/** Prompts are strangers' text: nothing of them may be markup, and XML has no control characters. */
export function escapeText(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- these are what XML 1.0 does not allow
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}

function textOf({ text, x, y, sizePx, anchor, strong }: TextLine): string {
  const weight = strong ? ' font-weight="600"' : '';
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${String(sizePx)}" text-anchor="${anchor}"${weight}>${escapeText(text)}</text>`;
}

/** SVG of texts, rules and empty cells within a band of the sheet. */
function drawing(layout: SheetLayout, empty: readonly Rect[], theme: SheetTheme): string {
  const { ground, text, faint, empty: blank } = colours[theme];
  const { width, height } = layout.size;
  const rect = (place: Rect, fill: string): string =>
    `<rect x="${String(place.x)}" y="${String(place.y)}" width="${String(place.width)}" height="${String(place.height)}" fill="${fill}"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}">`,
    rect({ x: 0, y: 0, width, height }, ground),
    ...layout.rules.map((place) => rect(place, faint)),
    ...empty.map((place) => rect(place, blank)),
    `<g fill="${text}" font-family="Inter, Segoe UI, Helvetica, Arial, DejaVu Sans, Noto Sans, Noto Sans CJK SC, sans-serif">`,
    ...layout.lines.map(textOf),
    '</g></svg>',
  ].join('');
}

/** @param files one a cell; null leaves it empty */
export async function drawSheet(layout: SheetLayout, files: readonly (string | null)[], theme: SheetTheme): Promise<Buffer> {
  const overlays: OverlayOptions[] = [];
  const empty: Rect[] = [];
  for (const [index, place] of layout.cells.entries()) {
    const file = files[index] ?? null;
    if (file === null) {
      empty.push(place);
      continue;
    }
    const { data, info } = await sharp(file, { limitInputPixels: maxImagePixels })
      // Small pictures stay as they are: enlarging would only soften them.
      .resize(place.width, place.height, { fit: 'inside', withoutEnlargement: true, kernel: 'lanczos3' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    overlays.push({
      input: data,
      raw: { width: info.width, height: info.height, channels: 4 },
      left: place.x + Math.floor((place.width - info.width) / 2),
      top: place.y + Math.floor((place.height - info.height) / 2),
    });
  }
  const ground = Buffer.from(drawing(layout, empty, theme), 'utf8');
  return sharp(ground, { limitInputPixels: maxImagePixels, unlimited: true })
    .composite(overlays)
    .removeAlpha()
    .png({ compressionLevel: 7 })
    .toBuffer();
}
