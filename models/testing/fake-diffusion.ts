/**
 * A diffusion pack made of arithmetic. Its model knows one picture a prompt, of one value: the latents it predicts are
 * `targetOf(prompt)` everywhere, so what any sampler must end at is known. Its VAE averages blocks of 8 × 8 pixels.
 */
import { generationRequestSchema, type DiffusionRequest } from '../../shared/domain/generation.ts';
import { packManifestSchema, type PackManifest } from '../../shared/domain/pack-manifest.ts';
import type { Denoiser } from '../components/diffusion/denoiser.ts';
import type { DenoiserCall, Latents } from '../components/diffusion/types.ts';
import { newPlanes, type Planes } from '../core/planes.ts';
import type { PipelineContext, PixelImage, ResumePoint } from '../pipeline.ts';
import type { DiffusionParts, OpenParts } from '../pipelines/diffusion/parts.ts';
import { noAddOns } from './no-add-ons.ts';

const trainSteps = 1000;
const anyHash = 'a'.repeat(64);

/** alphas_cumprod of the linear betas 1e-4 to 0.02. */
const alphas = ((): number[] => {
  let product = 1;
  return Array.from({ length: trainSteps }, (_, index) => (product *= 1 - (1e-4 + (index * (0.02 - 1e-4)) / (trainSteps - 1))));
})();

const fakeScheduler = {
  _class_name: 'DDIMScheduler',
  num_train_timesteps: trainSteps,
  beta_schedule: 'linear',
  beta_start: 1e-4,
  beta_end: 0.02,
  clip_sample: false,
  set_alpha_to_one: true,
};

/** What the model paints for a prompt: -0.9 to 0.9; the empty one is 0. */
export function targetOf(prompt: string): number {
  let sum = 0;
  for (const letter of prompt) sum = (sum * 31 + letter.charCodeAt(0)) % 1999;
  return prompt === '' ? 0 : ((sum % 1801) - 900) / 1000;
}

export interface FakeOptions {
  convention?: Partial<Extract<PackManifest['convention'], { task: 'diffusion' }>>;
  /** Adds to the model's prediction, so that runs depend on more than prompts. */
  disturb?: (call: DenoiserCall, at: number) => number;
  /** Before each call of the model. */
  onCall?: (call: DenoiserCall, index: number) => Promise<void> | void;
  resume?: ResumePoint | null;
  signal?: AbortSignal;
  sessionMemoryBytes?: number;
  scheduler?: Record<string, unknown>;
}

export interface Fake {
  context: PipelineContext<'diffusion'>;
  open: OpenParts;
  calls: DenoiserCall[];
  notes: string[];
  details: Record<string, unknown>;
  fractions: number[];
  previews: PixelImage[];
  encoded: Planes[];
}

export function fakeManifest(convention: FakeOptions['convention'] = {}): PackManifest {
  const file = (path: string): { path: string; sha256: string; sizeBytes: number } => ({ path, sha256: 'b'.repeat(64), sizeBytes: 1 });
  return packManifestSchema.parse({
    formatVersion: 1,
    id: 'fake-diffusion',
    name: 'Fake',
    version: '1.0.0',
    task: 'diffusion',
    family: 'diffusion',
    licence: null,
    model: 'unet/model.onnx',
    files: ['unet/model.onnx', 'vae_encoder/model.onnx', 'vae_decoder/model.onnx', 'scheduler/scheduler_config.json'].map(file),
    convention: {
      task: 'diffusion',
      architecture: 'sd',
      parts: {
        textEncoder: null,
        textEncoder2: null,
        denoiser: 'unet/model.onnx',
        vaeEncoder: 'vae_encoder/model.onnx',
        vaeDecoder: 'vae_decoder/model.onnx',
      },
      tokenizer: null,
      tokenizer2: null,
      schedulerConfig: 'scheduler/scheduler_config.json',
      vae: { scalingFactor: 1, latentChannels: 4, scale: 8 },
      inChannels: 4,
      nativeSize: { width: 64, height: 64 },
      defaults: { steps: 10, guidanceScale: 5 },
      ...convention,
    },
  });
}

export function fakeRequest(params: Record<string, unknown>, inputs: readonly string[] = [], seed = 1): DiffusionRequest {
  const request = generationRequestSchema.parse({
    kind: 'diffusion',
    projectId: null,
    packId: 'fake-diffusion',
    seed,
    backend: 'cpu',
    placement: null,
    parentId: null,
    inputs: Object.fromEntries(inputs.map((role) => [role, anyHash])),
    params: { steps: 10, prompt: 'a', ...params },
  });
  if (request.kind !== 'diffusion') throw new Error('not a diffusion request');
  return request;
}

export function fakeDiffusion(options: FakeOptions = {}): Fake {
  const manifest = fakeManifest(options.convention);
  if (manifest.convention.task !== 'diffusion') throw new Error('not a diffusion pack');
  const { convention } = manifest;
  const fake: Omit<Fake, 'context' | 'open'> = { calls: [], notes: [], details: {}, fractions: [], previews: [], encoded: [] };
  const context: PipelineContext<'diffusion'> = {
    ...noAddOns,
    manifest,
    convention,
    session: () => Promise.reject(new Error('The fake has no sessions.')),
    resume: options.resume ?? null,
    sessionMemoryBytes: options.sessionMemoryBytes ?? 4 * 1024 ** 3,
    packText: () => Promise.resolve(JSON.stringify(options.scheduler ?? fakeScheduler)),
    signal: options.signal ?? new AbortController().signal,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    progress: (_phase, _step, _steps, fraction) => void fake.fractions.push(fraction),
    preview: (image) => void fake.previews.push(image),
    time: async (_phase, work) => await work(),
    note: (text) => void fake.notes.push(text),
    detail: (name, value) => void (fake.details[name] = value),
  };
  return { ...fake, context, open: () => fakeParts(fake, options, convention.inChannels, convention.parts.vaeEncoder !== null) };
}

function fakeParts(fake: Omit<Fake, 'context' | 'open'>, options: FakeOptions, inChannels: number, canEncode: boolean): DiffusionParts {
  return {
    canEncode,
    fixedSize: () => Promise.resolve(null),
    encodePrompts: (prompts) =>
      Promise.resolve({
        conditionings: prompts.map(({ text }) => ({
          states: new Float32Array(77 * 2).fill(targetOf(text)),
          tokens: 77,
          width: 2,
          pooled: null,
        })),
        tokenCounts: prompts.map(({ text }) => text.length),
      }),
    openDenoiser: () => Promise.resolve(fakeDenoiser(fake, options, inChannels)),
    letDenoiserGo: () => undefined,
    encode(picture, noise) {
      fake.encoded.push(picture);
      return Promise.resolve(poolPicture(picture, noise));
    },
    decode: (latents) => Promise.resolve(unpool(latents)),
  };
}

function fakeDenoiser(fake: Omit<Fake, 'context' | 'open'>, options: FakeOptions, inChannels: number): Denoiser {
  return {
    needs: { pooled: false, timeIds: false, timestepCond: false, controls: false },
    inChannels,
    fixedSize: null,
    fixedBatch: null,
    async run(call) {
      fake.calls.push({ ...call, sample: call.sample.slice() });
      await options.onCall?.(call, fake.calls.length - 1);
      const alpha = alphas[Math.trunc(call.timestep)] ?? 0;
      const plane = call.height * call.width;
      const result = new Float32Array(call.batch * 4 * plane);
      const perItem = call.states.length / call.batch;
      for (let at = 0; at < result.length; at += 1) {
        const item = Math.floor(at / (4 * plane));
        const sample = call.sample[item * call.channels * plane + (at % (4 * plane))] ?? 0;
        const target = call.states[item * perItem] ?? 0;
        result[at] = (sample - Math.sqrt(alpha) * target) / Math.sqrt(1 - alpha) + (options.disturb?.(call, at) ?? 0);
      }
      return result;
    },
  };
}

/** Means of 8 × 8 pixels as -1..1: red, green, blue, and their mean. A thousandth of the noise goes in, so that draws show. */
export function poolPicture(picture: Planes, noise: Float32Array): Latents {
  const [height, width] = [picture.height / 8, picture.width / 8];
  const data = new Float32Array(4 * height * width);
  const count = picture.width * picture.height;
  for (let channel = 0; channel < 3; channel += 1) {
    for (let at = 0; at < count; at += 1) {
      const cell = Math.floor(Math.floor(at / picture.width) / 8) * width + Math.floor((at % picture.width) / 8);
      const value = ((picture.data[channel * count + at] ?? 0) * 2 - 1) / 64;
      data[channel * height * width + cell] = (data[channel * height * width + cell] ?? 0) + value;
      data[3 * height * width + cell] = (data[3 * height * width + cell] ?? 0) + value / 3;
    }
  }
  return { data: data.map((value, at) => value + 0.001 * (noise[at] ?? 0)), channels: 4, height, width };
}

function unpool({ data, height, width }: Latents): Planes {
  const picture = newPlanes({ width: width * 8, height: height * 8 }, 3);
  const count = picture.width * picture.height;
  for (let channel = 0; channel < 3; channel += 1) {
    for (let at = 0; at < count; at += 1) {
      const cell = Math.floor(Math.floor(at / picture.width) / 8) * width + Math.floor((at % picture.width) / 8);
      picture.data[channel * count + at] = Math.min(1, Math.max(0, ((data[channel * height * width + cell] ?? 0) + 1) / 2));
    }
  }
  return picture;
}
