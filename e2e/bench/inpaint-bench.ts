/** Inpainting against the size of the picture: work follows the hole. */
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import { timed, type Figure } from './figure.ts';

/** A 256 × 256 hole in a 12-megapixel photo against the same hole in a 1-megapixel photo, decoding and encoding aside. */
export async function inpaintFigures(): Promise<Figure[]> {
  const pack = openPack('kiln-inpaint');
  const inpaintIn = (width: number, height: number): Promise<number> => {
    const image: PixelImage = { width, height, channels: 3, data: new Uint8Array(width * height * 3) };
    for (let index = 0; index < image.data.length; index += 1) image.data[index] = (index * 7 + (index >> 9)) % 251;
    const mask: PixelImage = { width, height, channels: 1, data: new Uint8Array(width * height) };
    for (let y = 0; y < 256; y += 1) mask.data.fill(255, (300 + y) * width + 400, (300 + y) * width + 656);
    return timed(5, () => pack.run({ image, mask }, {}));
  };
  const small = await inpaintIn(1155, 866);
  const large = await inpaintIn(4000, 3000);
  return [
    {
      what: '256 px hole, 12 MP against 1 MP',
      measured: `${(large / small).toFixed(2)} × (${large.toFixed(0)} ms, ${small.toFixed(0)} ms)`,
      limit: '1.5 ×',
      ok: large / small <= 1.5,
    },
  ];
}
