/** From a request to final latents: plan, prompts, one or two passes. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { DiffusionRequest } from '../../../shared/domain/generation.ts';
import type { Latents } from '../../components/diffusion/types.ts';
import type { Planes } from '../../core/planes.ts';
import type { PipelineContext, PixelImage } from '../../pipeline.ts';
import { encodeConditions } from './conditioning.ts';
import { framed, type Frame } from './frame.ts';
import { isGuided } from './guidance.ts';
import { enlarged } from './high-res.ts';
import { CountedNoise } from './noise.ts';
import { cannotEncode, openParts, type DiffusionParts, type OpenParts } from './parts.ts';
import { runDenoising, type PassPlan, type RunSetup } from './passes.ts';
import { planDiffusion, type DiffusionPlan } from './plan.ts';
import { regionsOf } from './regions.ts';
import { repaintPictures, type RepaintPictures } from './repaint-picture.ts';
import { fingerprintOf, RunSaver } from './resume.ts';
import { costs, RunProgress } from './run-progress.ts';
import { createSampler, type Sampler } from './sampler.ts';
import { readSizeRules } from './sizes.ts';
import {
  extraWithoutMask,
  isInpaintingModel,
  startFromNoise,
  startFromPicture,
  startRepaint,
  type Start,
  type StartSetup,
} from './start.ts';

type Context = PipelineContext<'diffusion'>;

export interface SampledRun {
  latents: Latents;
  plan: DiffusionPlan;
  /** When part of a picture was repainted. */
  pictures: RepaintPictures | null;
  parts: DiffusionParts;
  progress: RunProgress;
}

/** The final latents of a request, scaled as the denoiser knows them: what its picture is decoded from. */
export async function sampleLatents(
  inputs: Readonly<Record<string, PixelImage>>,
  request: DiffusionRequest,
  context: Context,
): Promise<Latents> {
  return (await sampleRequest(inputs, request, context)).latents;
}

export async function sampleRequest(
  inputs: Readonly<Record<string, PixelImage>>,
  request: DiffusionRequest,
  context: Context,
  open: OpenParts = openParts,
): Promise<SampledRun> {
  const { params, seed } = request;
  const { convention, manifest } = context;
  const progress = new RunProgress(context);
  progress.show('Preparing');
  const parts = open(context, params);
  if (inputs.image !== undefined && !parts.canEncode) throw cannotEncode(manifest.name);
  if (inputs.image === undefined && inputs.mask !== undefined) {
    throw new AppError('invalid-request', 'A mask needs its picture.', { action: 'Add the picture, or remove the mask.' });
  }
  const inpaintingModel = isInpaintingModel(convention.inChannels, convention.vae.latentChannels, manifest.name);
  const rules = await readSizeRules(context, () => parts.fixedSize(), needsFixedSize(inputs, request, convention.nativeSize));
  const plan = planDiffusion(inputs, params, rules);
  const strength = plan.mode === 'text' ? null : params.strength;
  const configText = await context.packText(convention.schedulerConfig);
  const passes = planPasses();
  const [first, second] = passes;
  const regions = regionsOf(inputs, params.regions);
  const guided = isGuided(params.guidanceScale, convention.timestepCondDim);
  for (const note of [...plan.notes, ...first.sampler.notes]) context.note(note);
  if (!guided && params.negativePrompt.trim() !== '') context.note('Without guidance the negative prompt says nothing; it was left out.');

  const items = 1 + (guided ? 1 : 0) + regions.length;
  setTotal();
  const saver = new RunSaver(context.resume, fingerprintOf(request, [manifest, ...addOnIds().map((id) => context.addOn(id).manifest)]));
  const resumed = await saver.saved();
  const conditions = await progress.part(costs.prompt * items, 'Reading the prompt', () =>
    context.time('text', () => encodeConditions(parts, params, regions, guided)),
  );
  const run: RunSetup = { context, inputs, params, parts, conditions, regions, progress, saver, resumed };
  const pictures = plan.repaint === null || inputs.image === undefined ? null : repaintOf(inputs.image, plan.repaint);

  let noise = new CountedNoise(params.noise, seed);
  let latents: Float32Array | null = null;
  if (resumed === null || resumed.pass === 0) {
    const start = await startOf(first, noise);
    if (resumed !== null) noise = new CountedNoise(params.noise, seed, resumed.draws);
    latents = await runDenoising(run, withItems(first), start, noise);
  } else {
    noise = new CountedNoise(params.noise, seed, resumed.draws);
    progress.advance(first.unitsPerCall * items * first.sampler.scheduler.timesteps.length, 'Denoising', 1, 1);
  }
  if (second !== undefined) latents = await runSecond(second, latents);
  if (latents === null) throw new AppError('internal', 'The run ended without latents.');

  const { scheduler } = first.sampler;
  context.detail('steps', Math.ceil(scheduler.timesteps.length / scheduler.order));
  context.detail('timesteps', scheduler.timesteps.length);
  context.detail('scheduler', scheduler.className);
  context.detail('tokens', conditions.tokens);
  return { latents: { data: latents, ...(second ?? first).shape }, plan, pictures, parts, progress };

  function planPasses(): [PassPlan, ...PassPlan[]] {
    const one: PassPlan = { ...passOf(0, plan.frame), sampler: sampler(plan.frame, params.steps, strength), unitsPerCall: 1 };
    if (plan.highRes === null) return [one];
    const area = ({ model }: Frame): number => model.width * model.height;
    const units = area(plan.highRes) / area(plan.frame);
    const steps = params.highResSteps || params.steps;
    return [one, { ...passOf(1, plan.highRes), sampler: sampler(plan.highRes, steps, params.highResStrength), unitsPerCall: units }];
  }

  function passOf(number: number, frame: Frame): Pick<PassPlan, 'number' | 'frame' | 'shape'> {
    const { scale, latentChannels: channels } = convention.vae;
    return { number, frame, shape: { channels, height: frame.model.height / scale, width: frame.model.width / scale } };
  }

  function sampler({ model }: Frame, steps: number, share: number | null): Sampler {
    const tokens = (model.width * model.height) / (2 * convention.vae.scale) ** 2;
    return createSampler(configText, { ...params, steps }, share, tokens);
  }

  function withItems(pass: PassPlan): PassPlan {
    return { ...pass, unitsPerCall: pass.unitsPerCall * items };
  }

  function addOnIds(): DiffusionRequest['packId'][] {
    return [...params.loras.map(({ packId }) => packId), ...params.embeddings];
  }

  function setTotal(): void {
    const denoising = passes.reduce(
      (
        sum,
        {
          sampler: {
            scheduler: { timesteps },
          },
          unitsPerCall,
        },
      ) => sum + timesteps.length * unitsPerCall * items,
      0,
    );
    const encodes = { text: 0, image: 1, repaint: inpaintingModel ? 2 : 1 }[plan.mode];
    const vae =
      costs.encode * encodes + (second === undefined ? costs.decode : (costs.decode + costs.encode) * second.unitsPerCall + costs.decode);
    progress.setTotal(costs.prompt * items + denoising + vae);
  }

  function repaintOf(image: PixelImage, repaint: NonNullable<DiffusionPlan['repaint']>): RepaintPictures {
    return repaintPictures(image, repaint, params, inpaintingModel);
  }

  function encoder(units: number): StartSetup['encode'] {
    return async (picture: Planes, drawn: Float32Array) => {
      context.signal.throwIfAborted();
      const encoded = await progress.part(units, 'Reading the picture', (tiles) =>
        context.time('encode-picture', () => parts.encode(picture, drawn, tiles)),
      );
      return encoded.data;
    };
  }

  async function startOf({ frame, shape, sampler: own }: PassPlan, drawn: CountedNoise): Promise<Start> {
    const encode = encoder(costs.encode);
    const setup: StartSetup = { scheduler: own.scheduler, noise: drawn, shape, params, inpaintingModel, encode };
    if (pictures !== null) return startRepaint(setup, pictures);
    const extra = inpaintingModel ? await extraWithoutMask(shape, frame.model, parts.canEncode ? encode : null) : null;
    const latentsAtStart = inputs.image === undefined ? startFromNoise(setup) : await startFromPicture(setup, framed(inputs.image, frame));
    return { latents: latentsAtStart, blend: null, extra };
  }

  /** @param made the first pass's latents; null when the second is gone on with */
  async function runSecond(pass: PassPlan, made: Float32Array | null): Promise<Float32Array> {
    const { frame, shape, sampler: own, unitsPerCall } = pass;
    const encode = encoder(costs.encode * unitsPerCall);
    const extra = inpaintingModel ? await extraWithoutMask(shape, frame.model, parts.canEncode ? encode : null) : null;
    let start: Float32Array = new Float32Array();
    if (made !== null) {
      const length = shape.channels * shape.height * shape.width;
      const clean = await enlarged(run, made, first, pass, encode, noise.normal(length));
      start = own.scheduler.addNoise(clean, noise.normal(length), 0);
    }
    return runDenoising(run, withItems(pass), { latents: start, blend: null, extra }, noise);
  }
}

/** Whether the graph must be asked for sides it fixes: not when it runs at the size it was made for. */
function needsFixedSize(
  { image }: Readonly<Record<string, PixelImage>>,
  { params }: DiffusionRequest,
  native: { width: number; height: number },
): boolean {
  if (image !== undefined || params.highResScale > 1) return true;
  return (params.width || native.width) !== native.width || (params.height || native.height) !== native.height;
}
