/** The passes of a run, with their samplers: made before anything is opened, so that a request that cannot run fails at once. */
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import type { Frame } from './frame.ts';
import type { PassPlan } from './passes.ts';
import type { DiffusionPlan } from './plan.ts';
import { costs } from './run-progress.ts';
import { createSampler } from './sampler.ts';

export type PassPlans = [first: PassPlan, second?: PassPlan];

/**
 * @param configText scheduler_config.json
 * @param items through the denoiser at each call
 * @throws AppError invalid-request when strength leaves no step, unsupported for what the sampler cannot do
 */
export function planPasses(
  { vae }: Pick<DiffusionConvention, 'vae'>,
  params: DiffusionParams,
  { mode, frame, highRes }: Pick<DiffusionPlan, 'mode' | 'frame' | 'highRes'>,
  configText: string,
  items: number,
): PassPlans {
  const pass = (number: number, own: Frame, steps: number, strength: number | null): PassPlan => {
    const { width, height } = own.model;
    const imageTokens = (width * height) / (2 * vae.scale) ** 2;
    return {
      number,
      frame: own,
      shape: { channels: vae.latentChannels, height: height / vae.scale, width: width / vae.scale },
      sampler: createSampler(configText, { ...params, steps }, strength, imageTokens),
      unitsPerCall: items * areaShare(own, frame),
    };
  };
  const first = pass(0, frame, params.steps, mode === 'text' ? null : params.strength);
  if (highRes === null) return [first];
  return [first, pass(1, highRes, params.highResSteps || params.steps, params.highResStrength)];
}

/** What pixels of a pass cost, relative to the first's. */
export function areaShare(own: Frame, first: Frame): number {
  return (own.model.width * own.model.height) / (first.model.width * first.model.height);
}

/** Everything a run does, in units of progress. */
export function totalUnits([first, second]: PassPlans, plan: DiffusionPlan, prompts: number, inpaintingModel: boolean): number {
  const denoising = (pass: PassPlan | undefined): number =>
    pass === undefined ? 0 : pass.sampler.scheduler.timesteps.length * pass.unitsPerCall;
  const encodes = { text: 0, image: 1, repaint: inpaintingModel ? 2 : 1 }[plan.mode];
  const share = second === undefined ? 1 : areaShare(second.frame, first.frame);
  const enlarging = second === undefined ? 0 : costs.decode + costs.encode * share;
  return costs.prompt * prompts + costs.encode * encodes + denoising(first) + enlarging + denoising(second) + costs.decode * share;
}
