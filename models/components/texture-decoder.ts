/** Runs the texture decoder: a latent, seeded noise at five strides and a grid of sines to a tile of colour and height. */
import { AppError } from '../../shared/contract/errors.ts';
import { newPlanes, type Planes } from '../core/planes.ts';
import { seededGaussian } from '../core/seeded-gaussian.ts';
import type { ModelSession, TensorValue } from '../runtime.ts';

/** As in models/training/texture/model.py: pixels a cell and channels of each noise input, coarse to fine. */
const noiseInputs = [
  { name: 'noise16', stride: 16, channels: 16 },
  { name: 'noise8', stride: 8, channels: 4 },
  { name: 'noise4', stride: 4, channels: 4 },
  { name: 'noise2', stride: 2, channels: 2 },
  { name: 'noise1', stride: 1, channels: 2 },
] as const;

/** Pixels; tiles are multiples of the longest. */
const periods = [8, 16, 32, 64] as const;

/** The same for every tile of a size and seed: what changes while the user drags is the latent. */
export interface TileNoise {
  sizePx: number;
  feeds: Readonly<Record<string, TensorValue>>;
}

/** @param sizePx a multiple of 64 */
export function tileNoise(sizePx: number, seed: number): TileNoise {
  const feeds: Record<string, TensorValue> = {};
  for (const [index, { name, stride, channels }] of noiseInputs.entries()) {
    const side = sizePx / stride;
    // One stream for each input, so that a coarse layout does not depend on how many numbers the others take.
    const gaussian = seededGaussian((seed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0);
    feeds[name] = {
      type: 'float32',
      dims: [1, channels, side, side],
      data: Float32Array.from({ length: channels * side * side }, gaussian),
    };
  }
  feeds['grid'] = { type: 'float32', dims: [1, periods.length * 4, sizePx / 2, sizePx / 2], data: periodicGrid(sizePx / 2) };
  return { sizePx, feeds };
}

/** For each period: sin x, cos x, sin y, cos y at pixels 0, 2, 4 ... */
function periodicGrid(side: number): Float32Array {
  const data = new Float32Array(periods.length * 4 * side * side);
  periods.forEach((period, index) => {
    for (let y = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1) {
        const across = (2 * Math.PI * 2 * x) / period;
        const down = (2 * Math.PI * 2 * y) / period;
        [Math.sin(across), Math.cos(across), Math.sin(down), Math.cos(down)].forEach((value, wave) => {
          data[((index * 4 + wave) * side + y) * side + x] = value;
        });
      }
    }
  });
  return data;
}

export interface DecodedTile {
  /** RGB, sRGB 0..1. */
  colour: Planes;
  /** One plane, 0..1. */
  height: Planes;
}

/**
 * @param latent the convention's latentSize numbers
 * @throws model-output-invalid when the graph gives another shape or values that are not numbers
 */
export async function decodeTile(session: ModelSession, latent: Float32Array, noise: TileNoise): Promise<DecodedTile> {
  const side = noise.sizePx;
  const { tile } = await session.run({ ...noise.feeds, z: { type: 'float32', dims: [1, latent.length], data: latent } });
  const count = side * side;
  if (!(tile?.data instanceof Float32Array) || tile.data.length !== 4 * count) {
    throw new AppError(
      'model-output-invalid',
      `The texture model gave ${tile?.dims.join('×') ?? 'nothing'} instead of a tile of ${String(side)} px.`,
      {
        action: 'Check the pack: it may not be a texture model of this kind.',
      },
    );
  }
  const colour = newPlanes({ width: side, height: side }, 3);
  const height = newPlanes({ width: side, height: side }, 1);
  for (let index = 0; index < 4 * count; index += 1) {
    const level = ((tile.data[index] ?? NaN) + 1) / 2;
    // Written so that NaN fails too.
    if (!(level > -8 && level < 9)) {
      throw new AppError('model-output-invalid', 'The texture model gave values that are not a picture (NaN or far out of range).', {
        action: 'Try another backend; if that fails too, the pack is damaged.',
      });
    }
    const clamped = Math.min(1, Math.max(0, level));
    if (index < 3 * count) colour.data[index] = clamped;
    else height.data[index - 3 * count] = clamped;
  }
  return { colour, height };
}
