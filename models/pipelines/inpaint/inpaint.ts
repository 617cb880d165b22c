/**
 * Inpainting at any size. Each part of the mask is cropped with context, scaled to what the model wants, filled, scaled
 * back, matched in colour, given the texture of its surroundings and blended with a feathered seam. Work follows the masked
 * area, not the image: apart from one scan of the mask and one copy of the pixels, nothing outside the crops is touched,
 * and every pixel beyond the feather comes out bit for bit as it went in.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import { maskRegions } from '../../core/mask-regions.ts';
import type { Pipeline, PixelImage } from '../../pipeline.ts';
import { boundsOf, clusterParts, planRegion, type RegionPlan } from './plan.ts';
import { placeFill } from './place.ts';
import { fillRegion } from './region.ts';

export const inpaint: Pipeline<'inpaint'> = async (inputs, request, context) => {
  const { image, mask } = requireInputs(inputs);
  const { params, seed } = request;
  context.progress('Finding masked areas', 0, 1, 0);
  const plans = await context.time('plan', () => planAll(mask, image));
  const session = await context.session();
  const output: PixelImage = { ...image, data: Uint8Array.from(image.data) };
  const bounds = boundsOf(plans.map((plan) => plan.changed));
  const patch: PixelImage = {
    width: bounds.width,
    height: bounds.height,
    channels: 4,
    data: new Uint8Array(bounds.width * bounds.height * 4),
  };

  for (const [index, plan] of plans.entries()) {
    // Read from the output so far: a later part sees earlier fills as its surroundings.
    const region = await fillRegion({ image: output, mask, plan, params, seed, session }, context, {
      pending: plans.slice(index + 1).map((later) => later.changed),
      progress: (phase, share) => context.progress(phase, index, plans.length, (index + share) / plans.length),
    });
    await context.time('blend', () => placeFill(region, plan, { output, patch, bounds }));
  }
  context.progress('Inpainting', plans.length, plans.length, 1);
  return [
    { role: 'patch', image: patch, bounds },
    { role: 'image', image: output, bounds: { x: 0, y: 0, width: image.width, height: image.height } },
  ];

  function planAll(maskImage: PixelImage, size: PixelImage): RegionPlan[] {
    const parts = maskRegions(maskImage);
    if (parts.length === 0) throw new AppError('mask-empty', 'The mask is empty.', { action: 'Paint over what you want to replace.' });
    return clusterParts(parts, params, context.convention.modelSize).map((cluster) =>
      planRegion(cluster, size, params, context.convention, seed),
    );
  }
};

function requireInputs(inputs: Readonly<Record<string, PixelImage>>): { image: PixelImage; mask: PixelImage } {
  const { image, mask } = inputs;
  if (image === undefined || mask === undefined) throw new AppError('invalid-request', 'Inpainting needs an image and a mask.');
  if (image.width !== mask.width || image.height !== mask.height) {
    throw new AppError(
      'invalid-request',
      `The mask (${String(mask.width)}×${String(mask.height)}) does not fit the image (${String(image.width)}×${String(image.height)}).`,
      { action: 'Use a mask of the same size as the image.' },
    );
  }
  return { image, mask };
}
