/** The palette in hand as a file of another program. */
import { writeAse, writeCss, writeGpl, type NamedColour } from '../../../shared/colour/palette-files.ts';
import { parseHex } from '../../../shared/colour/srgb.ts';

export const paletteFormats = [
  { id: 'ase', label: 'Adobe (.ase)' },
  { id: 'gpl', label: 'GIMP, Krita, Inkscape (.gpl)' },
  { id: 'css', label: 'CSS (.css)' },
  { id: 'png', label: 'Swatches (.png)' },
] as const;
export type PaletteFormat = (typeof paletteFormats)[number]['id'];

const swatchPx = 256;

function named(colours: readonly string[]): NamedColour[] {
  return colours.flatMap((colour) => {
    const rgb = parseHex(colour);
    return rgb === null ? [] : [{ name: colour, rgb }];
  });
}

export const paletteCss = (colours: readonly string[]): string => writeCss('palette', named(colours));

async function swatchesPng(colours: readonly string[]): Promise<Blob> {
  const canvas = new OffscreenCanvas(swatchPx * colours.length, swatchPx);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser gives no canvas.');
  colours.forEach((colour, index) => {
    context.fillStyle = colour;
    context.fillRect(index * swatchPx, 0, swatchPx, swatchPx);
  });
  return canvas.convertToBlob({ type: 'image/png' });
}

export async function paletteFile(
  format: PaletteFormat,
  colours: readonly string[],
): Promise<{ contents: string | Uint8Array<ArrayBuffer> | Blob; mediaType: string }> {
  switch (format) {
    case 'ase':
      return { contents: new Uint8Array(writeAse('Kiln', named(colours))), mediaType: 'application/octet-stream' };
    case 'gpl':
      return { contents: writeGpl('Kiln', named(colours)), mediaType: 'text/plain' };
    case 'css':
      return { contents: paletteCss(colours), mediaType: 'text/css' };
    case 'png':
      return { contents: await swatchesPng(colours), mediaType: 'image/png' };
  }
}
