import { describe, expect, it } from 'vitest';
import { diffusionConventionSchema, type DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import { diffusionRequestSchema, type DiffusionRequest } from '../../shared/domain/generation.ts';
import { assetHashSchema, packIdSchema } from '../../shared/domain/ids.ts';
import { matrixSize } from '../../shared/prompt/prompt-matrix.ts';
import { countRequests, requestsOf, usesGuidance, variationsOf, type GenerateSettings } from './generate-request.ts';

const convention: DiffusionConvention = diffusionConventionSchema.parse({
  task: 'diffusion',
  architecture: 'sd',
  parts: { textEncoder: 'text.onnx', textEncoder2: null, denoiser: 'unet.onnx', vaeEncoder: 'enc.onnx', vaeDecoder: 'dec.onnx' },
  tokenizer: 'tokenizer',
  tokenizer2: null,
  schedulerConfig: 'scheduler_config.json',
  vae: { scalingFactor: 1, latentChannels: 4, scale: 8 },
  inChannels: 4,
  nativeSize: { width: 512, height: 512 },
  defaults: { steps: 20, guidanceScale: 7.5 },
});
const base = { projectId: null, packId: packIdSchema.parse('some-pack'), backend: 'auto', placement: null } as const;
const settings: GenerateSettings = {
  prompt: 'a __colour__ apple',
  negativePrompt: 'blurry',
  matrix: false,
  style: null,
  lists: { colour: ['red', 'green', 'blue'] },
  values: { steps: 4, guidanceScale: 5, sampler: 'pack' },
  size: { width: 512, height: 768 },
  seed: 0xffff_ffff,
  count: 3,
  image: null,
  controls: [],
  loras: [],
  embeddings: [],
  freeU: null,
};
const hash = assetHashSchema.parse('ab'.repeat(32));
const picture = { name: 'dune.jpg', hash, width: 512, height: 512 };
const made = (given: Partial<GenerateSettings>): DiffusionRequest[] =>
  requestsOf({ ...settings, ...given }, convention, base).map((request) => diffusionRequestSchema.parse(request));

describe('one press of the button', () => {
  it('is a picture for each seed, which wraps round; wildcards follow the seed', () => {
    const requests = made({});
    expect(requests.map(({ seed }) => seed)).toEqual([0xffff_ffff, 0, 1]);
    expect(requests.every(({ params }) => /^a (red|green|blue) apple$/.test(params.prompt))).toBe(true);
    expect(requests.map(({ title }) => title)).toEqual(requests.map(({ params }) => params.prompt));
    expect(made({ seed: 1, count: 1 })[0]?.params.prompt).toBe(requests[2]?.params.prompt);
    expect(requests[0]?.params).toMatchObject({ steps: 4, guidanceScale: 5, width: 512, height: 768, negativePrompt: 'blurry' });
  });

  it('combines a matrix for every seed, and counts it beforehand', () => {
    const given = { prompt: 'a house|snow|night', matrix: true, count: 2, seed: 5 };
    const requests = made(given);
    expect(countRequests(given, matrixSize)).toBe(8);
    expect(requests.map(({ seed, params }) => `${String(seed)} ${params.prompt}`)).toEqual(
      [5, 6].flatMap((seed) =>
        ['a house', 'a house, snow', 'a house, night', 'a house, snow, night'].map((text) => `${String(seed)} ${text}`),
      ),
    );
    expect(countRequests({ ...given, matrix: false }, matrixSize)).toBe(2);
  });

  it('keeps the seed and moves the variation’s when there is one', () => {
    const requests = made({ values: { variationStrength: 0.2, variationSeed: 10 }, seed: 7 });
    expect(requests.map(({ seed, params }) => [seed, params.variationSeed])).toEqual([
      [7, 10],
      [7, 11],
      [7, 12],
    ]);
  });

  it('starts from a picture and controls, styled, with the parent named', () => {
    const control = { picture, settings: { weight: 1, start: 0, end: 1, preprocess: 'edges' as const } };
    const [request] = made({ image: picture, controls: [control], style: { name: 'x', prompt: '{prompt} icon', negative: 'photo' } });
    expect(request?.inputs).toEqual({ image: hash, control1: hash });
    // This pack has no ControlNets.
    expect(request?.params.controls).toEqual([]);
    expect(request?.params.prompt).toMatch(/^a \w+ apple icon$/);
    expect(request?.params.negativePrompt).toBe('blurry, photo');
    expect(made({ prompt: '', image: picture })[0]?.title).toBe('dune.jpg');
    expect(made({ prompt: 'x'.repeat(300) })[0]?.title).toHaveLength(200);
  });

  it('sends no negative prompt where nothing would hear it', () => {
    expect(usesGuidance(convention, 1)).toBe(false);
    expect(usesGuidance({ ...convention, timestepCondDim: 256 }, 8)).toBe(false);
    expect(made({ values: { guidanceScale: 1 } })[0]?.params.negativePrompt).toBe('');
  });
});

describe('variations of a result', () => {
  const [request] = made({ image: null, count: 1 });
  if (request === undefined) throw new Error('nothing was made');

  it('start from it, more or less far away', () => {
    const [subtle, second] = variationsOf({ request, picture }, 'subtle', [1, 2], true).map((one) => diffusionRequestSchema.parse(one));
    expect(subtle?.inputs).toEqual({ image: hash });
    expect([subtle?.seed, second?.seed]).toEqual([1, 2]);
    expect(subtle?.params.strength).toBe(0.5);
    expect(subtle?.params.prompt).toBe(request.params.prompt);
  });

  it('mix the noise where a pack cannot start from pictures', () => {
    const [strong] = variationsOf({ request, picture }, 'strong', [9], false).map((one) => diffusionRequestSchema.parse(one));
    expect(strong?.seed).toBe(request.seed);
    expect(strong?.inputs).toEqual({});
    expect(strong?.params).toMatchObject({ variationSeed: 9, variationStrength: 0.55 });
  });
});
