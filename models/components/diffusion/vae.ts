/** Pictures to latents and back, in one piece or in overlapping tiles. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { goesInTiles, vaeTilePx } from '../../../shared/pipelines/vae-tiling.ts';
import { cutTo, newPlanes, padByEdge, type Planes } from '../../core/planes.ts';
import type { CancellationSignal } from '../../pipeline.ts';
import type { ModelSession, ValueSignature } from '../../runtime.ts';
import { fixedSide, floatsOf, tensorFor } from './tensors.ts';
import { addTile, axisTiles, cutOut, type AxisTile } from './tile-grid.ts';
import type { Latents } from './types.ts';

export type VaeConvention = DiffusionConvention['vae'];

export interface VaeOptions {
  /** auto: in tiles when there are more latents than 128 × 128. A graph of fixed size is always fed in tiles of it. */
  tiling: DiffusionParams['vaeTiling'];
  signal?: CancellationSignal;
  /** After each tile. */
  progress?: (done: number, of: number) => void;
}

/** What neighbouring tiles share, in pixels: as in diffusers' VAE tiling. */
const overlapPx = 128;

/**
 * @param picture RGB 0..1; sides are multiples of `vae.scale`
 * @param noise standard normal, [latentChannels, height / scale, width / scale], for graphs that give `latent_parameters`:
 *   mean + exp(clamp(logvar, -30, 20) / 2) * noise; null takes the mean. Graphs that give `latent_sample` draw for themselves
 * @returns latents as the denoiser knows them: shifted, scaled, or normalised by the VAE's mean and deviation
 * @throws image-too-small, model-mismatch, model-output-invalid (NaN), cancelled
 */
export async function encodePicture(
  session: ModelSession,
  vae: VaeConvention,
  picture: Planes,
  noise: Float32Array | null,
  options: VaeOptions,
): Promise<Latents> {
  const { scale, latentChannels } = vae;
  if (picture.width < scale || picture.height < scale || picture.width % scale !== 0 || picture.height % scale !== 0) {
    throw new AppError('image-too-small', `The picture's sides must be multiples of ${String(scale)} pixels for this model.`, {
      action: 'Choose another size.',
    });
  }
  const levels: Planes = { ...picture, data: picture.data.map((level) => level * 2 - 1) };
  const parameters = await runInTiles(session, levels, 1 / scale, goesInTiles(picture, scale, options.tiling), scale, options);
  if (parameters.channels !== latentChannels && parameters.channels !== 2 * latentChannels) {
    throw new AppError(
      'model-mismatch',
      `The VAE's encoder gives ${String(parameters.channels)} channels for latents of ${String(latentChannels)}.`,
      { action: 'Import the pack again: its description does not fit its graphs.' },
    );
  }
  const area = parameters.width * parameters.height;
  const latents = parameters.data.slice(0, latentChannels * area);
  if (parameters.channels === 2 * latentChannels && noise !== null) {
    const variances = parameters.data.subarray(latents.length);
    for (let index = 0; index < latents.length; index += 1) {
      const spread = Math.exp(0.5 * Math.min(20, Math.max(-30, variances[index] ?? 0)));
      latents[index] = (latents[index] ?? 0) + spread * (noise[index] ?? 0);
    }
  }
  eachChannel(latents, area, vae, (value, mean, factor) => (value - mean) * factor);
  return { data: latents, channels: latentChannels, height: parameters.height, width: parameters.width };
}

/**
 * One item: half-precision VAEs misbehave in batches.
 * @param latents as the denoiser knows them
 * @returns RGB clamped to 0..1, sides `vae.scale` times the latents'
 * @throws model-mismatch, model-output-invalid when the picture is NaN, or black through overflow of a half-precision VAE, cancelled
 */
export async function decodeLatents(session: ModelSession, vae: VaeConvention, latents: Latents, options: VaeOptions): Promise<Planes> {
  const { scale } = vae;
  const data = latents.data.slice();
  eachChannel(data, latents.width * latents.height, vae, (value, mean, factor) => value / factor + mean);
  const size = { width: latents.width * scale, height: latents.height * scale };
  const picture = await runInTiles(session, { ...latents, data }, scale, goesInTiles(size, scale, options.tiling), 1, options);
  if (picture.channels !== 3) {
    throw new AppError('model-mismatch', `The VAE's decoder gives ${String(picture.channels)} channels instead of 3.`, {
      action: 'Check which file of the pack it is.',
    });
  }
  if (session.outputs[0]?.type === 'float16' && isBlack(picture.data)) throw overflow('a black picture');
  for (let index = 0; index < picture.data.length; index += 1) {
    picture.data[index] = Math.min(1, Math.max(0, (picture.data[index] ?? 0) / 2 + 0.5));
  }
  return picture;
}

function eachChannel(
  data: Float32Array,
  area: number,
  vae: VaeConvention,
  change: (value: number, mean: number, factor: number) => number,
): void {
  for (let channel = 0; channel * area < data.length; channel += 1) {
    const mean = vae.latentsMean?.[channel] ?? vae.shiftFactor;
    const factor = vae.scalingFactor / (vae.latentsStd?.[channel] ?? 1);
    for (let index = channel * area; index < (channel + 1) * area; index += 1) data[index] = change(data[index] ?? 0, mean, factor);
  }
}

/**
 * @param ratio sides of the output for one of the input
 * @param multiple of which tiles' sides are, in places of the input
 */
async function runInTiles(
  session: ModelSession,
  planes: Planes,
  ratio: number,
  tiled: boolean,
  multiple: number,
  { signal, progress }: VaeOptions,
): Promise<Planes> {
  const [input] = session.inputs;
  const [output] = session.outputs;
  if (input === undefined || output === undefined || session.inputs.length !== 1) {
    throw new AppError('model-mismatch', 'The graph is no half of a VAE: it must have one input.', {
      action: 'Check which file of the pack it is.',
    });
  }
  const toInput = ratio < 1 ? 1 : 1 / ratio;
  const fixed = { height: fixedSide(input, 2), width: fixedSide(input, 3) };
  const tileOf = (side: number, fixedTo: number | null): number => fixedTo ?? (tiled ? vaeTilePx * toInput : side);
  const tile = { width: tileOf(planes.width, fixed.width), height: tileOf(planes.height, fixed.height) };
  // Graphs of fixed size get pictures no smaller than that; what was added is cut off again.
  const padded = padByEdge(planes, {
    width: Math.max(planes.width, fixed.width ?? 0),
    height: Math.max(planes.height, fixed.height ?? 0),
  });
  const inUnits = (side: number): number => Math.max(1, Math.round(side / multiple));
  const outSide = (length: number): number => Math.round(length * ratio);
  const along = (side: number, tileSide: number): AxisTile[] => {
    const overlap = Math.min(inUnits(overlapPx * toInput), Math.floor(inUnits(tileSide) / 2));
    // Tiles begin at whole latents on either side of the graph.
    return axisTiles(inUnits(side), inUnits(tileSide), overlap, outSide(multiple)).map((found) => ({
      ...found,
      start: found.start * multiple,
      length: found.length * multiple,
    }));
  };
  const columns = along(padded.width, tile.width);
  const rows = along(padded.height, tile.height);
  let sum: Planes | null = null;
  let done = 0;
  for (const row of rows) {
    for (const column of columns) {
      signal?.throwIfAborted();
      const part = await runOnce(
        session,
        input,
        output.name,
        cutOut(padded, column.start, row.start, { width: column.length, height: row.length }),
        outSide,
      );
      done += 1;
      progress?.(done, rows.length * columns.length);
      if (rows.length * columns.length === 1) return cutTo(part, { width: outSide(planes.width), height: outSide(planes.height) });
      sum ??= newPlanes({ width: outSide(padded.width), height: outSide(padded.height) }, part.channels);
      addTile(sum, part, outSide(column.start), outSide(row.start), column.weights, row.weights);
    }
  }
  return cutTo(sum ?? padded, { width: outSide(planes.width), height: outSide(planes.height) });
}

async function runOnce(
  session: ModelSession,
  input: ValueSignature,
  outputName: string,
  part: Planes,
  outSide: (side: number) => number,
): Promise<Planes> {
  const feeds = { [input.name]: tensorFor(input, part.data, [1, part.channels, part.height, part.width]) };
  const value = (await session.run(feeds))[outputName];
  const [batch, channels, height, width] = value?.dims ?? [];
  const size = { width: outSide(part.width), height: outSide(part.height) };
  if (value === undefined || batch !== 1 || channels === undefined || height !== size.height || width !== size.width) {
    throw new AppError(
      'model-output-invalid',
      `The VAE gave ${value?.dims.join('×') ?? 'no'} values instead of 1×n×${String(size.height)}×${String(size.width)}.`,
      { action: 'Check the pack: its VAE has another scale than its description says.' },
    );
  }
  const floats = floatsOf(value);
  let sum = 0;
  for (let index = 0; index < floats.length; index += 1) sum += floats[index] ?? 0;
  if (!Number.isFinite(sum)) throw overflow('values that are not a picture (NaN or infinity)', value.type);
  // The caller may write over it: runtimes keep their own buffers.
  return { ...size, channels, data: floats === value.data ? floats.slice() : floats };
}

function isBlack(levels: Float32Array): boolean {
  for (let index = 0; index < levels.length; index += 1) if ((levels[index] ?? 0) > -0.98) return false;
  return true;
}

function overflow(what: string, type = 'float16'): AppError {
  return type === 'float16'
    ? new AppError('model-output-invalid', `The VAE gave ${what}: it overflows in half precision, as SDXL's original one does.`, {
        action: 'Use a pack whose VAE is float32 or "fp16-fix", or exchange vae_decoder for such a one.',
      })
    : new AppError('model-output-invalid', `The VAE gave ${what}.`, {
        action: 'Try another backend; if that fails too, the pack is damaged.',
      });
}
