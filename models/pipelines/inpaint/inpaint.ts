/**
 * Inpainting at any size. Each part of the mask is cropped with context, scaled to what the model wants, filled, scaled
 * back, matched in colour and blended with a feathered seam. Work follows the masked area, not the image: apart from one
 * scan of the mask and one copy of the pixels, nothing outside the crops is touched, and every pixel beyond the feather
 * comes out bit for bit as it went in.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Rect } from '../../../shared/domain/geometry.ts';
import { runInpainter } from '../../components/inpainter.ts';
import { joinNear, maskRegions } from '../../core/mask-regions.ts';
import { applySymmetry, cropColours, newPlanes, undoSymmetry, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import type { Pipeline, PixelImage } from '../../pipeline.ts';
import { matchColours } from './colour-match.ts';
import { masksFor } from './masks.ts';
import { boundsOf, planRegion, type RegionPlan } from './plan.ts';

/** More separate parts than this are joined into one: a mask of dust specks must not mean a thousand runs. */
const mostRegions = 64;

export const inpaint: Pipeline<'inpaint'> = async (inputs, request, context) => {
  const { image, mask } = requireInputs(inputs);
  const { convention } = context;
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
    context.signal.throwIfAborted();
    context.progress('Inpainting', index, plans.length, (0.05 + index) / plans.length);
    await inpaintRegion(plan);
  }
  context.progress('Inpainting', plans.length, plans.length, 1);
  return [
    { role: 'patch', image: patch, bounds },
    { role: 'image', image: output, bounds: { x: 0, y: 0, width: image.width, height: image.height } },
  ];

  function planAll(maskImage: PixelImage, size: PixelImage): RegionPlan[] {
    const parts = maskRegions(maskImage);
    if (parts.length === 0) throw new AppError('mask-empty', 'The mask is empty.', { action: 'Paint over what you want to replace.' });
    // Parts whose changed areas meet are done in one go, or the second would be fed the first one's blend.
    const joined = joinNear(parts, params.maskGrow + params.feather + 2);
    const boxes = joined.length > mostRegions ? [boundsOf(joined)] : joined;
    return boxes.map((box) => planRegion(box, size, params, convention, seed));
  }

  async function inpaintRegion(plan: RegionPlan): Promise<void> {
    // Read from the output so far: a later part sees earlier fills as its surroundings.
    const source = output;
    const { picture, hole, blend } = await context.time('prepare', () => {
      const masks = masksFor(source, mask, plan.changed, plan.crop, params);
      return { picture: cropColours(source, plan.crop), ...masks };
    });
    const small = await context.time('prepare', () => ({ picture: resize(picture, plan.modelInput), hole: resize(hole, plan.modelInput) }));
    const turned = await context.time('run', () =>
      runInpainter(session, convention, applySymmetry(small.picture, plan.symmetry), applySymmetry(small.hole, plan.symmetry)),
    );
    context.signal.throwIfAborted();
    await context.time('blend', () => {
      const fill = undoSymmetry(turned, plan.symmetry);
      if (params.colourMatch && params.feather > 0) {
        matchColours(fill, small.picture, resize(seamOf(blend, plan), plan.modelInput).data.map(clampWeight));
      }
      place(resize(fill, plan.crop), blend, plan);
    });
  }

  function place(fill: Planes, blend: Uint8Array, plan: RegionPlan): void {
    const { changed, crop } = plan;
    for (let y = 0; y < changed.height; y += 1) {
      for (let x = 0; x < changed.width; x += 1) {
        const alpha = blend[y * changed.width + x] ?? 0;
        if (alpha === 0) continue;
        const at = (changed.y - crop.y + y) * crop.width + (changed.x - crop.x + x);
        const to = ((changed.y - bounds.y + y) * bounds.width + (changed.x - bounds.x + x)) * 4;
        // Overlapping feathers of two parts: the stronger one is what the patch shows.
        if (alpha < (patch.data[to + 3] ?? 0)) continue;
        for (let channel = 0; channel < 3; channel += 1)
          patch.data[to + channel] = toByte(fill.data[channel * crop.width * crop.height + at] ?? 0);
        patch.data[to + 3] = alpha;
        composite(output, (changed.y + y) * output.width + changed.x + x, patch.data, to, alpha);
      }
    }
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

/** Where fill and picture are compared: the outer half of the feather, over the crop. */
function seamOf(blend: Uint8Array, { changed, crop }: { changed: Rect; crop: Rect }): Planes {
  const seam = newPlanes(crop, 1);
  for (let y = 0; y < changed.height; y += 1) {
    for (let x = 0; x < changed.width; x += 1) {
      const alpha = blend[y * changed.width + x] ?? 0;
      if (alpha > 0 && alpha < 128) seam.data[(changed.y - crop.y + y) * crop.width + (changed.x - crop.x + x)] = 1;
    }
  }
  return seam;
}

const clampWeight = (weight: number): number => (weight < 0.02 ? 0 : Math.min(1, weight));

const toByte = (level: number): number => Math.min(255, Math.max(0, Math.round(level * 255)));

/** W3C source-over with straight alpha, in whole bytes. */
function composite(into: PixelImage, pixel: number, patch: Uint8Array, from: number, alpha: number): void {
  const at = pixel * into.channels;
  const backdrop = into.channels === 4 ? (into.data[at + 3] ?? 255) : 255;
  const total = alpha * 255 + backdrop * (255 - alpha);
  for (let channel = 0; channel < Math.min(3, into.channels); channel += 1) {
    const old = into.data[at + channel] ?? 0;
    into.data[at + channel] = Math.round(((patch[from + channel] ?? 0) * alpha * 255 + old * backdrop * (255 - alpha)) / total);
  }
  if (into.channels === 4) into.data[at + 3] = Math.round(total / 255);
}
