/** Pixels between the canvas and the studio, without any colour conversion on the way. */
import { AppError, wireErrorSchema } from '../../shared/contract/errors.ts';
import { assetPath } from '../../shared/domain/asset.ts';
import type { AssetHash } from '../../shared/domain/ids.ts';
import type { PixelSink, PixelSource, RawPixels } from '../canvas/canvas-api.ts';
import { upload } from './upload.ts';

/** Bytes as stored: PNGs from the studio are sRGB already, and alpha stays straight so that nothing is rounded. */
const exactBitmap: ImageBitmapOptions = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' };

async function fetchAsset(hash: AssetHash): Promise<Response> {
  const response = await fetch(assetPath(hash)).catch((error: unknown) => {
    throw new AppError('internal', 'A picture could not be fetched from the studio.', {
      action: 'Look whether Kiln is still running.',
      cause: error,
    });
  });
  if (response.ok) return response;
  const error = wireErrorSchema.safeParse(await response.json().catch(() => null));
  throw error.success ? AppError.fromWire(error.data) : new AppError('not-found', 'A picture is missing from the library.');
}

export const pixelSource: PixelSource = {
  async image(hash) {
    return createImageBitmap(await (await fetchAsset(hash)).blob(), exactBitmap);
  },
  async tile(hash) {
    return new Uint8Array(await (await fetchAsset(hash)).arrayBuffer());
  },
};

export const pixelSink: PixelSink = {
  async tile(deflated, channels) {
    const { tile } = await upload({ purpose: 'tile', channels }, new Uint8Array(deflated));
    return tile;
  },
};

/** Stores raw pixels as a PNG asset. */
export async function uploadPixels({ data, width, height, channels }: RawPixels): Promise<AssetHash> {
  const deflated = await deflateRaw(data);
  const { image } = await upload({ purpose: 'pixels', width, height, channels }, deflated);
  return image;
}

export async function deflateRaw(bytes: Uint8Array): Promise<Blob> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Response(stream).blob();
}

/** The grey values of a picture file (the red, green and blue weighted as in Rec. 709, over black), for mask import. */
export async function greyPixels(hash: AssetHash, size: { width: number; height: number }): Promise<RawPixels> {
  const bitmap = await pixelSource.image(hash);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new AppError('out-of-memory', 'There is not enough memory to read this picture.');
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  const rgba = context.getImageData(0, 0, size.width, size.height).data;
  const data = new Uint8Array(size.width * size.height);
  for (let pixel = 0; pixel < data.length; pixel += 1) {
    const at = pixel * 4;
    const grey = 0.2126 * (rgba[at] ?? 0) + 0.7152 * (rgba[at + 1] ?? 0) + 0.0722 * (rgba[at + 2] ?? 0);
    data[pixel] = Math.round((grey * (rgba[at + 3] ?? 0)) / 255);
  }
  return { width: size.width, height: size.height, channels: 1, data };
}
