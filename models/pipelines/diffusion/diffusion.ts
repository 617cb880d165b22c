/** Text to image, image to image, inpainting, outpainting and variations: one engine over the packs people have. */
import type { Pipeline } from '../../pipeline.ts';
import { contentOf, toPixels } from './frame.ts';
import { openParts, type OpenParts } from './parts.ts';
import { resultBounds } from './plan.ts';
import { matchKept, placeAnswer } from './repaint-picture.ts';
import { costs } from './run-progress.ts';
import { sampleRequest } from './sample-request.ts';

export function diffusionWith(open: OpenParts): Pipeline<'diffusion'> {
  return async (inputs, request, context) => {
    const { latents, plan, pictures, parts, progress } = await sampleRequest(inputs, request, context, open);
    const units =
      costs.decode *
      (plan.highRes === null
        ? 1
        : (plan.highRes.model.width * plan.highRes.model.height) / (plan.frame.model.width * plan.frame.model.height));
    context.signal.throwIfAborted();
    const answer = await progress.part(units, 'Painting the picture', (tiles) =>
      context.time('decode', () => parts.decode(latents, tiles)),
    );
    if (inputs.image !== undefined && plan.repaint !== null && pictures !== null) {
      const { image } = inputs;
      const { repaint } = plan;
      return context.time('blend', () => {
        matchKept(answer, pictures);
        return placeAnswer(image, answer, pictures, repaint);
      });
    }
    const picture = contentOf(answer, plan.highRes ?? plan.frame);
    return [{ role: 'image', image: toPixels(picture), bounds: resultBounds(plan) }];
  };
}

export const diffusion: Pipeline<'diffusion'> = diffusionWith(openParts);
