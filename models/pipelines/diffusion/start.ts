/** What a pass starts from: noise, or a picture's latents brought to the noise level of the first call. Draws are in noise.ts's order. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';
import type { Scheduler } from '../../schedulers/types.ts';
import { differentialBlend, softBlend, type LatentBlend } from './blend.ts';
import { drawInitial, type CountedNoise } from './noise.ts';
import { latentLevels, leastLevel } from './repaint-mask.ts';
import type { RepaintPictures } from './repaint-picture.ts';

export interface LatentShape {
  channels: number;
  height: number;
  width: number;
}

export interface Start {
  /** At the noise level of the first call. */
  latents: Float32Array;
  blend: LatentBlend | null;
  /** Mask and masked latents for models with nine channels. */
  extra: Float32Array | null;
}

export interface StartSetup {
  scheduler: Scheduler;
  noise: CountedNoise;
  shape: LatentShape;
  params: DiffusionParams;
  /** Whether the denoiser takes mask and masked latents beside the latents. */
  inpaintingModel: boolean;
  /** The VAE. */
  encode: (picture: Planes, noise: Float32Array) => Promise<Float32Array>;
}

const lengthOf = ({ channels, height, width }: LatentShape): number => channels * height * width;

/** From noise alone. */
export function startFromNoise({ scheduler, noise, shape, params }: StartSetup): Float32Array {
  return scaled(drawInitial(noise, lengthOf(shape), params), scheduler.initNoiseSigma);
}

/** Image to image: at strength 1, too, the picture lies beneath the noise. */
export async function startFromPicture({ scheduler, noise, shape, params, encode }: StartSetup, picture: Planes): Promise<Float32Array> {
  const clean = await encode(picture, noise.normal(lengthOf(shape)));
  return scheduler.addNoise(clean, drawInitial(noise, lengthOf(shape), params), 0);
}

/**
 * Part of a picture; with four channels by blending, with nine by what the model is told. At strength 1 both start from noise
 * alone (`is_strength_max` of diffusers' inpainting pipelines), which image to image does not.
 */
export async function startRepaint(setup: StartSetup, pictures: RepaintPictures): Promise<Start> {
  const { scheduler, noise, shape, params, inpaintingModel, encode } = setup;
  const length = lengthOf(shape);
  const { picture, levels, grey } = pictures;
  const mask = latentLevels(levels, picture, shape);
  const fromNoise = params.strength === 1;
  let clean = inpaintingModel && fromNoise ? null : await encode(picture, noise.normal(length));
  const initial = drawInitial(noise, length, params);
  const least = grey && params.maskMode === 'differential' ? leastLevel + 1 : 128;
  const maskedNoise = noise.normal(length);
  const extra = inpaintingModel
    ? joined(
        mask.map((level) => (level * 255 >= least - 0.5 ? 1 : 0)),
        await encode(pictures.withHole(least), maskedNoise),
      )
    : null;
  // Inpainting models take black and white; only the differential mode holds their latents too.
  const blends = !inpaintingModel || (grey && params.maskMode === 'differential');
  if (blends) clean ??= await encode(picture, noise.normal(length));
  const blend =
    blends && clean !== null
      ? (params.maskMode === 'differential' ? differentialBlend : softBlend)({ scheduler, picture: clean, noise: initial, mask })
      : null;
  if (fromNoise || clean === null) return { latents: scaled(initial, scheduler.initNoiseSigma), blend, extra };
  let under = clean;
  if (params.maskFill === 'surroundings') under = await encode(pictures.withSurroundings(), noise.normal(length));
  else if (params.maskFill === 'noise') under = clean.map((value, at) => (1 - (mask[at % mask.length] ?? 0)) * value);
  return { latents: scheduler.addNoise(under, initial, 0), blend, extra };
}

/** Inpainting models without a mask: everything is repainted and nothing known. Takes the VAE's mean: no draw. */
export async function extraWithoutMask(
  shape: LatentShape,
  size: { width: number; height: number },
  encode: ((picture: Planes, noise: Float32Array) => Promise<Float32Array>) | null,
): Promise<Float32Array> {
  const grey = newPlanes(size, 3);
  grey.data.fill(0.5);
  const length = lengthOf(shape);
  const masked = encode === null ? new Float32Array(length) : await encode(grey, new Float32Array(length));
  return joined(new Float32Array(shape.height * shape.width).fill(1), masked);
}

/** The channels a model takes beside the latents. @throws AppError unsupported when they are neither none nor mask and latents */
export function isInpaintingModel(inChannels: number, latentChannels: number, packName: string): boolean {
  if (inChannels === latentChannels) return false;
  if (inChannels === 2 * latentChannels + 1) return true;
  throw new AppError(
    'unsupported',
    `"${packName}" takes ${String(inChannels)} channels; only ${String(latentChannels)} and ${String(2 * latentChannels + 1)} are known.`,
    {
      action: 'Choose a text-to-image or an inpainting pack.',
    },
  );
}

function scaled(values: Float32Array, factor: number): Float32Array {
  return factor === 1 ? values : values.map((value) => value * factor);
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const result = new Float32Array(first.length + second.length);
  result.set(first);
  result.set(second, first.length);
  return result;
}
