/** Runs the texture decoder: a latent and basis fields of a seed to a tile of colour and height, in strips of rows. */
import { AppError } from '../../shared/contract/errors.ts';
import { newPlanes, type Planes } from '../core/planes.ts';
import type { ModelSession } from '../runtime.ts';
import { drawFieldNoise, fieldCount, fieldHalo, fieldStrip, prepareFields, type FieldSource } from './texture-fields.ts';

/** Pixels of a strip: bounds memory to some 50 MiB at any size of tile. */
const stripPixels = 128 * 1024;

let latest: { sizePx: number; seed: number; fields: TileFields } | null = null;

/** The same for every tile of a size and seed: what changes while the user drags is the latent. */
export interface TileFields {
  source: FieldSource;
  /** The whole tile's fields, kept where one strip holds them. */
  whole: Float32Array | null;
}

/**
 * The last one is kept: while the user drags over the map, size and seed stay.
 * @param sizePx a multiple of 64
 */
export function tileFields(sizePx: number, seed: number): TileFields {
  if (latest?.seed === seed && latest.sizePx === sizePx) return latest.fields;
  const source = prepareFields(sizePx, drawFieldNoise(sizePx, seed));
  const fields = { source, whole: sizePx * sizePx <= stripPixels ? fieldStrip(source, 0, sizePx) : null };
  latest = { sizePx, seed, fields };
  return fields;
}

export interface DecodedTile {
  /** RGB, sRGB 0..1. */
  colour: Planes;
  /** One plane, 0..1. */
  height: Planes;
}

/**
 * @param latent the convention's latentSize numbers
 * @param betweenStrips called before each strip with the share done: may throw to cancel
 * @throws model-output-invalid when the graph gives another shape or values that are not numbers
 */
export async function decodeTile(
  session: ModelSession,
  latent: Float32Array,
  fields: TileFields,
  betweenStrips: (share: number) => void = () => undefined,
): Promise<DecodedTile> {
  const side = fields.source.sizePx;
  const count = side * side;
  const colour = newPlanes({ width: side, height: side }, 3);
  const height = newPlanes({ width: side, height: side }, 1);
  const stripRows = Math.max(16, Math.floor(stripPixels / side));
  for (let first = 0; first < side; first += stripRows) {
    betweenStrips(first / side);
    const rows = Math.min(stripRows, side - first);
    const data = fields.whole ?? fieldStrip(fields.source, first, rows);
    const { tile } = await session.run({
      z: { type: 'float32', dims: [1, latent.length], data: latent },
      fields: { type: 'float32', dims: [1, fieldCount, rows + 2 * fieldHalo, side + 2 * fieldHalo], data },
    });
    if (!(tile?.data instanceof Float32Array) || tile.data.length !== 4 * rows * side) {
      throw new AppError(
        'model-output-invalid',
        `The texture model gave ${tile?.dims.join('×') ?? 'nothing'} instead of ${String(rows)} rows of ${String(side)} px.`,
        {
          action: 'Check the pack: it may not be a texture model of this kind.',
        },
      );
    }
    for (let channel = 0; channel < 4; channel += 1) {
      const into = channel < 3 ? colour.data : height.data;
      const to = (channel < 3 ? channel * count : 0) + first * side;
      for (let at = 0; at < rows * side; at += 1) into[to + at] = level(tile.data[channel * rows * side + at] ?? NaN);
    }
  }
  return { colour, height };
}

/** From the graph's -1..1 to 0..1. */
function level(value: number): number {
  // Written so that NaN fails too.
  if (!(value > -16 && value < 16)) {
    throw new AppError('model-output-invalid', 'The texture model gave values that are not a picture (NaN or far out of range).', {
      action: 'Try another backend; if that fails too, the pack is damaged.',
    });
  }
  return Math.min(1, Math.max(0, (value + 1) / 2));
}
