/** The pictures that the reference runs were given; reference.py makes the same. */
import type { PixelImage } from '../../pipeline.ts';

/** RGB without any regularity that a wrong stride could meet. */
export function testPicture(width: number, height: number): PixelImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      data.set([(x * 5 + y * 3) % 256, (x * y) % 251, (x * x + 7 * y) % 253], (y * width + x) * 3);
    }
  }
  return { width, height, channels: 3, data };
}

/** box: white within a rectangle that does not meet the latents' grid; grey: a slope within it. */
export function testMask(kind: 'box' | 'grey', width: number, height: number): PixelImage {
  const data = new Uint8Array(width * height);
  for (let y = 20; y < Math.min(51, height); y += 1) {
    for (let x = 13; x < Math.min(45, width); x += 1) data[y * width + x] = kind === 'box' ? 255 : Math.min(255, x * 6);
  }
  return { width, height, channels: 1, data };
}

export function threeChannels({ width, height, data }: PixelImage): PixelImage {
  return { width, height, channels: 3, data: Uint8Array.from({ length: data.length * 3 }, (_, index) => data[Math.floor(index / 3)] ?? 0) };
}
