/** Pictures for the ControlNets that are fused into the pack's UNet (Zhang et al., arXiv:2302.05543). */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import type { Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import type { PixelImage } from '../../pipeline.ts';
import { cannyEdges, greyOf } from './edges.ts';
import { clamped, framed, type Frame } from './frame.ts';
import type { Controls } from './guidance.ts';

type Settings = DiffusionParams['controls'][number];

/**
 * @param count how many the pack has; those without a picture get an empty one of weight 0
 * @param size pixels the graph wants: eight a latent
 * @param calls how many calls the run makes, for the ranges
 * @throws AppError unsupported when there are more pictures than ControlNets
 */
export function controlsOf(
  inputs: Readonly<Record<string, PixelImage>>,
  settings: readonly Settings[],
  { count, frame, size, calls, packName }: { count: number; frame: Frame; size: Size; calls: number; packName: string },
): Controls | null {
  const given = [inputs.control1, inputs.control2].flatMap((image, index) => {
    const own = settings[index] ?? { weight: 1, start: 0, end: 1, preprocess: 'none' as const };
    return image === undefined ? [] : [{ index, image, settings: own }];
  });
  const beyond = given.find(({ index }) => index >= count);
  if (beyond !== undefined) {
    throw new AppError(
      'unsupported',
      count === 0 ? `"${packName}" has no ControlNet.` : `"${packName}" has ${String(count)} ControlNet${count === 1 ? '' : 's'}.`,
      { action: 'Remove the control picture, or choose a pack with a ControlNet.' },
    );
  }
  if (count === 0) return null;
  const length = 3 * size.width * size.height;
  const conditions = new Float32Array(count * length);
  for (const { index, image, settings: own } of given) {
    conditions.set(clamped(resize(preprocessed(framed(image, frame), own.preprocess), size)).data, index * length);
  }
  return {
    conditions,
    count,
    weightsAt(call) {
      const weights = new Float32Array(count);
      for (const { index, settings: own } of given) weights[index] = weightAt(own, call, calls);
      return weights;
    },
  };
}

/** diffusers' control_guidance_start and _end: the whole call must lie within the range. */
export function weightAt({ weight, start, end }: Settings, call: number, calls: number): number {
  return call / calls < start || (call + 1) / calls > end ? 0 : weight;
}

function preprocessed(picture: Planes, kind: Settings['preprocess']): Planes {
  switch (kind) {
    case 'none':
      return picture;
    case 'invert':
      return { ...picture, data: picture.data.map((value) => 1 - value) };
    case 'grey':
      return threeTimes(greyOf(picture), picture);
    case 'edges':
      return threeTimes(cannyEdges(picture).data, picture);
  }
}

function threeTimes(plane: Float32Array, size: Size): Planes {
  const data = new Float32Array(plane.length * 3);
  for (let channel = 0; channel < 3; channel += 1) data.set(plane, channel * plane.length);
  return { width: size.width, height: size.height, channels: 3, data };
}
