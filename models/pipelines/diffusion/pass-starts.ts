/** What each pass starts from: noise, the request's picture, or the first pass's, enlarged. */
import type { Planes } from '../../core/planes.ts';
import { framed } from './frame.ts';
import { enlarged } from './high-res.ts';
import type { CountedNoise } from './noise.ts';
import { areaShare } from './pass-plans.ts';
import type { PassPlan, RunSetup } from './passes.ts';
import { costs } from './run-progress.ts';
import { extraWithoutMask, startFromNoise, startFromPicture, startRepaint, type Start, type StartSetup } from './start.ts';

/** Draws from `noise` in the order that noise.ts gives. */
export async function firstStart(run: RunSetup, pass: PassPlan, noise: CountedNoise): Promise<Start> {
  const { params, inpaintingModel, pictures, inputs } = run;
  const { frame, shape, sampler } = pass;
  const setup: StartSetup = { scheduler: sampler.scheduler, noise, shape, params, inpaintingModel, encode: encoder(run, 1) };
  if (pictures !== null) return startRepaint(setup, pictures);
  const extra = await unmasked(run, pass, setup.encode);
  const latents = inputs.image === undefined ? startFromNoise(setup) : await startFromPicture(setup, framed(inputs.image, frame));
  return { latents, blend: null, extra };
}

/** @param made the first pass's latents; null when an earlier attempt had come further, so that nothing needs to be started */
export async function secondStart(
  run: RunSetup,
  [first, pass]: [PassPlan, PassPlan],
  made: Float32Array | null,
  noise: CountedNoise,
): Promise<Start> {
  const { shape, sampler, frame } = pass;
  const encode = encoder(run, areaShare(frame, first.frame));
  const extra = await unmasked(run, pass, encode);
  if (made === null) return { latents: new Float32Array(), blend: null, extra };
  const length = shape.channels * shape.height * shape.width;
  const clean = await enlarged(run, made, first, pass, encode, noise.normal(length));
  return { latents: sampler.scheduler.addNoise(clean, noise.normal(length), 0), blend: null, extra };
}

function unmasked(
  { inpaintingModel, parts }: RunSetup,
  { shape, frame }: PassPlan,
  encode: StartSetup['encode'],
): Promise<Float32Array | null> {
  return inpaintingModel ? extraWithoutMask(shape, frame.model, parts.canEncode ? encode : null) : Promise.resolve(null);
}

function encoder({ context, parts, progress }: RunSetup, share: number): StartSetup['encode'] {
  return async (picture: Planes, noise: Float32Array) => {
    context.signal.throwIfAborted();
    const { data } = await progress.part(costs.encode * share, 'Reading the picture', (tiles) =>
      context.time('encode-picture', () => parts.encode(picture, noise, tiles)),
    );
    return data;
  };
}
