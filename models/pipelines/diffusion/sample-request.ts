/** From a request to final latents: plan, prompts, one or two passes. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { DiffusionRequest } from '../../../shared/domain/generation.ts';
import type { Latents } from '../../components/diffusion/types.ts';
import type { PipelineContext, PixelImage } from '../../pipeline.ts';
import { encodeConditions } from './conditioning.ts';
import { isGuided } from './guidance.ts';
import { CountedNoise } from './noise.ts';
import { cannotEncode, openParts, type DiffusionParts, type OpenParts } from './parts.ts';
import { planPasses, totalUnits, type PassPlans } from './pass-plans.ts';
import { firstStart, secondStart } from './pass-starts.ts';
import { runDenoising, type RunSetup } from './passes.ts';
import { planDiffusion, type DiffusionPlan } from './plan.ts';
import { regionsOf } from './regions.ts';
import { repaintPictures, type RepaintPictures } from './repaint-picture.ts';
import { fingerprintOf, RunSaver } from './resume.ts';
import { costs, RunProgress } from './run-progress.ts';
import { readSizeRules } from './sizes.ts';
import { isInpaintingModel } from './start.ts';

type Context = PipelineContext<'diffusion'>;
type Inputs = Readonly<Record<string, PixelImage>>;

export interface SampledRun {
  /** Scaled as the denoiser knows them: what the picture is decoded from. */
  latents: Latents;
  plan: DiffusionPlan;
  /** When part of a picture was repainted. */
  pictures: RepaintPictures | null;
  parts: DiffusionParts;
  progress: RunProgress;
}

/**
 * The final latents of a request and what is needed to make its picture of them.
 * @throws AppError invalid-request, unsupported, mask-empty, model-mismatch, model-output-invalid: in words for the user; and what
 *   the signal throws on cancel
 */
export async function sampleRequest(
  inputs: Inputs,
  request: DiffusionRequest,
  context: Context,
  open: OpenParts = openParts,
): Promise<SampledRun> {
  const { params, seed } = request;
  const { convention, manifest } = context;
  const progress = new RunProgress(context);
  progress.show('Preparing');
  const parts = open(context, params);
  requireUsable(inputs, parts, manifest.name);
  const inpaintingModel = isInpaintingModel(convention.inChannels, convention.vae.latentChannels, manifest.name);
  const rules = await readSizeRules(context, () => parts.fixedSize(), needsFixedSize(inputs, request, convention.nativeSize));
  const plan = planDiffusion(inputs, params, rules);
  const regions = regionsOf(inputs, params.regions);
  const guided = isGuided(params.guidanceScale, convention.timestepCondDim);
  const prompts = 1 + (guided ? 1 : 0) + regions.length;
  const passes = planPasses(convention, params, plan, await context.packText(convention.schedulerConfig), prompts);
  const [first, second] = passes;
  progress.setTotal(totalUnits(passes, plan, prompts, inpaintingModel));
  for (const note of [...plan.notes, ...first.sampler.notes]) context.note(note);
  if (!guided && params.negativePrompt.trim() !== '') context.note('Without guidance the negative prompt says nothing; it was left out.');

  const addOns = [...params.loras.map(({ packId }) => packId), ...params.embeddings].map((id) => context.addOn(id).manifest);
  const saver = new RunSaver(context.resume, fingerprintOf(request, [manifest, ...addOns]));
  const resumed = await saver.saved();
  const conditions = await progress.part(costs.prompt * prompts, 'Reading the prompt', () =>
    encodeConditions(parts, params, regions, guided),
  );
  context.signal.throwIfAborted();
  const { image } = inputs;
  const { repaint } = plan;
  const pictures =
    repaint === null || image === undefined
      ? null
      : await context.time('prepare', () => repaintPictures(image, repaint, params, inpaintingModel));
  const run: RunSetup = { context, inputs, params, parts, conditions, regions, progress, saver, resumed, inpaintingModel, pictures };
  const data = await runPasses(run, passes, new CountedNoise(params.noise, seed), seed);
  const { scheduler } = first.sampler;
  context.detail('steps', Math.ceil(scheduler.timesteps.length / scheduler.order));
  context.detail('timesteps', scheduler.timesteps.length);
  context.detail('scheduler', scheduler.className);
  context.detail('tokens', conditions.tokens);
  return { latents: { data, ...(second ?? first).shape }, plan, pictures, parts, progress };
}

async function runPasses(run: RunSetup, [first, second]: PassPlans, fresh: CountedNoise, seed: number): Promise<Float32Array> {
  const { resumed, params, progress } = run;
  const gone = resumed === null ? null : new CountedNoise(params.noise, seed, resumed.draws);
  let made: Float32Array | null = null;
  if (resumed === null || resumed.pass === 0) {
    // What the start draws is drawn again; then the noise goes on from where the earlier attempt stopped.
    const start = await firstStart(run, first, fresh);
    made = await runDenoising(run, first, start, gone ?? fresh);
  } else {
    progress.advance(first.unitsPerCall * first.sampler.scheduler.timesteps.length, 'Denoising', 1, 1);
  }
  if (second !== undefined) {
    const noise = gone ?? fresh;
    return runDenoising(run, second, await secondStart(run, [first, second], made, noise), noise);
  }
  if (made === null) throw new AppError('internal', 'The saved state belongs to a second pass that this run does not have.');
  return made;
}

function requireUsable(inputs: Inputs, parts: DiffusionParts, packName: string): void {
  if (inputs.image !== undefined && !parts.canEncode) throw cannotEncode(packName);
  if (inputs.image === undefined && inputs.mask !== undefined) {
    throw new AppError('invalid-request', 'A mask needs its picture.', { action: 'Add the picture, or remove the mask.' });
  }
}

/** Whether the graph must be asked for sides it fixes: not when it runs at the size it was made for. */
function needsFixedSize({ image }: Inputs, { params }: DiffusionRequest, native: { width: number; height: number }): boolean {
  if (image !== undefined || params.highResScale > 1) return true;
  return (params.width || native.width) !== native.width || (params.height || native.height) !== native.height;
}
