/** Text to image, image to image, inpainting, outpainting and variations: one engine over the packs people have. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Pipeline, PipelinePicture, PixelImage } from '../../pipeline.ts';
import type { Planes } from '../../core/planes.ts';
import { contentOf, toPixels } from './frame.ts';
import { openParts, type OpenParts } from './parts.ts';
import { areaShare } from './pass-plans.ts';
import { resultBounds } from './plan.ts';
import { matchKept, placeAnswer } from './repaint-picture.ts';
import { costs } from './run-progress.ts';
import { sampleRequest, type SampledRun } from './sample-request.ts';

export function diffusionWith(open: OpenParts): Pipeline<'diffusion'> {
  return async (inputs, request, context) => {
    try {
      const run = await sampleRequest(inputs, request, context, open);
      const { plan, parts, progress, latents } = run;
      context.signal.throwIfAborted();
      const units = costs.decode * (plan.highRes === null ? 1 : areaShare(plan.highRes, plan.frame));
      const answer = await progress.part(units, 'Painting the picture', (tiles) =>
        context.time('decode', () => parts.decode(latents, tiles)),
      );
      return await context.time('blend', () => outputsOf(run, answer, inputs.image));
    } catch (error) {
      // Latents that make no picture must not be gone on from, by the next backend or the next attempt.
      if (error instanceof AppError && error.code === 'model-output-invalid') await context.resume?.save(new Uint8Array());
      throw error;
    }
  };
}

function outputsOf({ plan, pictures }: SampledRun, answer: Planes, image: PixelImage | undefined): PipelinePicture[] {
  if (image === undefined || plan.repaint === null || pictures === null) {
    return [{ role: 'image', image: toPixels(contentOf(answer, plan.highRes ?? plan.frame)), bounds: resultBounds(plan) }];
  }
  matchKept(answer, pictures);
  return placeAnswer(image, answer, pictures, plan.repaint);
}

export const diffusion: Pipeline<'diffusion'> = diffusionWith(openParts);
