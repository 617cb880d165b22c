/** Frames as one animated WebP or GIF. */
import sharp from 'sharp';
import type { Size } from '../../../shared/domain/geometry.ts';

export interface AnimationOptions {
  framesPerSecond: number;
  pingPong: boolean;
  format: 'webp' | 'gif';
  /** 1..100, WebP only; 100 is without loss. */
  quality: number;
}

/** There and back again: neither end twice, since the animation repeats. */
export function inOrder<Frame>(frames: readonly Frame[], pingPong: boolean): Frame[] {
  return pingPong ? [...frames, ...frames.slice(1, -1).reverse()] : [...frames];
}

/** GIF counts in hundredths of a second: shares that are lost are made up for later, so that the whole lasts as long as it should. */
export function delaysMs(count: number, framesPerSecond: number, unitMs: number): number[] {
  const at = (frame: number): number => Math.round((frame * 1000) / framesPerSecond / unitMs) * unitMs;
  return Array.from({ length: count }, (_, frame) => Math.max(unitMs, at(frame + 1) - at(frame)));
}

/** @returns the file, which repeats for ever */
export async function animated(files: readonly string[], size: Size, options: AnimationOptions): Promise<Buffer> {
  const order = inOrder(files, options.pingPong);
  // One strip of all frames in memory once: the decoded frames are not kept beside it.
  const pixels = Buffer.alloc(size.width * size.height * 4 * order.length);
  const frameBytes = size.width * size.height * 4;
  const decoded = new Map<string, Buffer>();
  for (const [index, file] of order.entries()) {
    const known = decoded.get(file);
    const frame = known ?? (await sharp(file).resize(size.width, size.height, { fit: 'fill' }).ensureAlpha().raw().toBuffer());
    // Only frames that come twice are worth keeping.
    if (options.pingPong && known === undefined) decoded.set(file, frame);
    frame.copy(pixels, index * frameBytes);
  }
  const strip = sharp(pixels, {
    raw: { width: size.width, height: size.height * order.length, channels: 4, pageHeight: size.height },
    limitInputPixels: false,
  });
  const delay = delaysMs(order.length, options.framesPerSecond, options.format === 'gif' ? 10 : 1);
  return options.format === 'gif'
    ? strip.gif({ loop: 0, delay, effort: 7 }).toBuffer()
    : strip.webp({ loop: 0, delay, quality: options.quality, lossless: options.quality === 100, effort: 4 }).toBuffer();
}
