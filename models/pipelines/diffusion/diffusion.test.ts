import { describe, expect, it } from 'vitest';
import type { PipelinePicture, PixelImage } from '../../pipeline.ts';
import { fakeDiffusion, fakeRequest, poolPicture, targetOf, type FakeOptions } from '../../testing/fake-diffusion.ts';
import { PhiloxNoise } from '../../core/philox.ts';
import { diffusionWith } from './diffusion.ts';
import { sampleRequest } from './sample-request.ts';

function flat(width: number, height: number, colour: readonly number[]): PixelImage {
  const channels = colour.length as 1 | 3 | 4;
  return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, (_, at) => colour[at % channels] ?? 0) };
}

function maskOf(width: number, height: number, level: (x: number, y: number) => number): PixelImage {
  return {
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, at) => level(at % width, Math.floor(at / width))),
  };
}

function textured(width: number, height: number): PixelImage {
  return { width, height, channels: 3, data: Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 37 + (at >> 3) * 11) % 251) };
}

async function latentsOf(params: Record<string, unknown>, inputs: Record<string, PixelImage> = {}, options: FakeOptions = {}, seed = 1) {
  const fake = fakeDiffusion(options);
  const { latents } = await sampleRequest(inputs, fakeRequest(params, Object.keys(inputs), seed), fake.context, fake.open);
  return { latents, fake };
}

async function picturesOf(params: Record<string, unknown>, inputs: Record<string, PixelImage> = {}, options: FakeOptions = {}) {
  const fake = fakeDiffusion(options);
  const outputs = await diffusionWith(fake.open)(inputs, fakeRequest(params, Object.keys(inputs)), fake.context);
  const of = (role: string): PipelinePicture => outputs.find((output) => output.role === role)!;
  return { image: of('image'), patch: of('patch'), outputs, fake };
}

const plane = (latents: { data: Float32Array; height: number; width: number }, channel: number): Float32Array =>
  latents.data.subarray(channel * latents.height * latents.width, (channel + 1) * latents.height * latents.width);

describe('text to image', () => {
  it.each([
    'pack',
    'PNDMScheduler',
    'EulerDiscreteScheduler',
    'HeunDiscreteScheduler',
    'DPMSolverMultistepScheduler',
    'UniPCMultistepScheduler',
  ])('ends at what the model predicts for the prompt: %s', async (sampler) => {
    const { latents, fake } = await latentsOf({ prompt: 'a red apple', guidanceScale: 1, sampler, steps: 12 });
    // Euler and Heun are fed x / sqrt(sigma^2 + 1): the same variance-preserving sample as the others.
    for (const value of latents.data) expect(Math.abs(value - targetOf('a red apple'))).toBeLessThan(0.02);
    expect(fake.details).toMatchObject({ tokens: [11] });
    expect(fake.calls.every(({ batch }) => batch === 1)).toBe(true);
  });

  it('leads away from the negative prompt by the guidance scale', async () => {
    const { latents, fake } = await latentsOf({ prompt: 'sun', negativePrompt: 'rain', guidanceScale: 3 });
    const expected = targetOf('rain') + 3 * (targetOf('sun') - targetOf('rain'));
    for (const value of latents.data) expect(value).toBeCloseTo(expected, 3);
    // Negative first.
    expect(fake.calls[0]!.batch).toBe(2);
    expect(fake.calls[0]!.states[0]).toBeCloseTo(targetOf('rain'), 6);
  });

  it('starts from the seed’s noise, and draws nothing else', async () => {
    const { fake } = await latentsOf({ guidanceScale: 1 }, {}, {}, 77);
    expect(fake.calls[0]!.sample).toEqual(new PhiloxNoise(77).normal(4 * 8 * 8));
  });

  it('gives the same with guidance batched or sequential', async () => {
    const disturb: NonNullable<FakeOptions['disturb']> = (call, at) => Math.sin(at % (4 * 64)) * 0.01 * (call.states[0] ?? 1);
    const params = { prompt: 'sun', negativePrompt: 'rain', guidanceScale: 6, guidanceRescale: 0.4, dynamicThreshold: 0.9 };
    const batched = await latentsOf({ ...params, guidanceRuns: 'batched' });
    const sequential = await latentsOf({ ...params, guidanceRuns: 'sequential' });
    expect(sequential.latents.data).toEqual(batched.latents.data);
    expect(batched.fake.calls.length * 2).toBe(sequential.fake.calls.length);
    const plain = await latentsOf({ ...params, guidanceRescale: 0 }, {}, { disturb });
    expect(plain.latents.data).not.toEqual(batched.latents.data);
    // By memory: 64 latents fit, not in a thousandth of it.
    expect((await latentsOf(params)).fake.calls[0]!.batch).toBe(2);
    expect((await latentsOf(params, {}, { sessionMemoryBytes: 100_000 })).fake.calls[0]!.batch).toBe(1);
  });

  it('makes the size asked for, rounded to what the pack can do, and says so', async () => {
    const { image, fake } = await picturesOf({ width: 100, height: 200, guidanceScale: 1 });
    expect(image.bounds).toEqual({ x: 0, y: 0, width: 128, height: 192 });
    expect(image.image).toMatchObject({ width: 128, height: 192, channels: 3 });
    expect(fake.notes.join()).toContain('100×200 became 128×192');
  });

  it('says when a negative prompt cannot count', async () => {
    const { fake } = await latentsOf({ negativePrompt: 'rain', guidanceScale: 0 });
    expect(fake.notes.join()).toContain('negative prompt');
  });

  it('tells honest progress that never falls and ends at 1', async () => {
    const { fake } = await picturesOf({ highResScale: 2, highResStrength: 0.5 });
    fake.fractions.forEach((fraction, at) => expect(fraction).toBeGreaterThanOrEqual(fake.fractions[at - 1] ?? 0));
    expect(fake.fractions.at(-1)).toBeCloseTo(1, 6);
    expect(fake.fractions[0]).toBe(0);
  });
});

describe('image to image', () => {
  it('runs floor(n s) steps, in doubles', async () => {
    const calls = async (steps: number, strength: number): Promise<number> =>
      (await latentsOf({ steps, strength, guidanceScale: 1 }, { image: flat(64, 64, [10, 20, 30]) })).fake.calls.length;
    expect(await calls(10, 0.5)).toBe(5);
    expect(await calls(50, 0.06)).toBe(3);
    // 100 * 0.29 is 28.999999999999996.
    expect(await calls(100, 0.29)).toBe(28);
    expect(await calls(7, 1)).toBe(7);
    await expect(calls(10, 0.05)).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(calls(10, 0)).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('draws the VAE’s noise first, then the initial noise', async () => {
    const { fake } = await latentsOf({ strength: 0.5, guidanceScale: 1 }, { image: flat(64, 64, [255, 255, 255]) }, {}, 5);
    const noise = new PhiloxNoise(5);
    const vae = noise.normal(256);
    const initial = noise.normal(256);
    const first = fake.calls[0]!;
    // DDIM, leading: the fifth of ten steps is at 400.
    let alpha = 1;
    for (let step = 0; step <= 400; step += 1) alpha *= 1 - (1e-4 + (step * (0.02 - 1e-4)) / 999);
    for (let at = 0; at < 256; at += 1) {
      const clean = 1 + 0.001 * vae[at]!;
      expect(first.sample[at]).toBeCloseTo(Math.sqrt(alpha) * clean + Math.sqrt(1 - alpha) * initial[at]!, 4);
    }
    expect(first.timestep).toBe(400);
  });

  it('keeps the picture’s size when the model cannot have it', async () => {
    const { image, fake } = await picturesOf({ strength: 0.5 }, { image: textured(90, 70) });
    expect(image.bounds).toEqual({ x: 0, y: 0, width: 90, height: 70 });
    expect(fake.calls[0]).toMatchObject({ width: 16, height: 16 });
    expect(fake.notes).toEqual([]);
  });

  it('refuses packs without an encoder in words', async () => {
    const { convention } = fakeDiffusion().context;
    const options = { convention: { parts: { ...convention.parts, vaeEncoder: null } } };
    await expect(latentsOf({}, { image: flat(64, 64, [0, 0, 0]) }, options)).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('variations', () => {
  it('is the seed at 0, the other seed at 1, and its own between', async () => {
    const start = async (params: Record<string, unknown>, seed: number): Promise<Float32Array> =>
      (await latentsOf({ guidanceScale: 1, ...params }, {}, {}, seed)).fake.calls[0]!.sample;
    const one = await start({}, 1);
    const two = await start({}, 2);
    expect(await start({ variationSeed: 2, variationStrength: 0 }, 1)).toEqual(one);
    expect(await start({ variationSeed: 2, variationStrength: 1 }, 1)).toEqual(two);
    const half = await start({ variationSeed: 2, variationStrength: 0.5 }, 1);
    const norm = (values: Float32Array): number => Math.hypot(...values);
    expect(norm(half) / norm(one)).toBeGreaterThan(0.9);
    expect(half).not.toEqual(one);
  });

  it('blends prompts', async () => {
    const { latents } = await latentsOf({ prompt: 'sun', blendPrompt: 'rain', blendAmount: 0.25, guidanceScale: 1 });
    expect(latents.data[0]).toBeCloseTo(0.75 * targetOf('sun') + 0.25 * targetOf('rain'), 3);
  });
});

describe('regions', () => {
  it('follow their own prompts in their own places', async () => {
    const inputs = { region1: maskOf(64, 64, (x) => (x < 32 ? 255 : 0)) };
    const params = { prompt: 'sun', guidanceScale: 1, regions: [{ prompt: 'rain', weight: 1 }] };
    const { latents } = await latentsOf(params, inputs);
    const row = plane(latents, 0).subarray(8, 16);
    expect(row[0]).toBeCloseTo(targetOf('rain'), 3);
    expect(row[7]).toBeCloseTo(targetOf('sun'), 3);
  });

  it('need a mask', async () => {
    await expect(latentsOf({ regions: [{ prompt: 'rain' }] })).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('repainting', () => {
  const image = textured(64, 64);
  const box = maskOf(64, 64, (x, y) => (x >= 24 && x < 40 && y >= 24 && y < 40 ? 255 : 0));
  const tight = { maskGrow: 0, feather: 0, contextPadding: 4, guidanceScale: 1 };

  it('keeps unmasked latents exactly, with four channels', async () => {
    const { latents, fake } = await latentsOf({ ...tight, strength: 1 }, { image, mask: box });
    const vae = new PhiloxNoise(1).normal(256);
    const clean = poolPicture(fake.encoded[0]!, vae);
    const inside = (at: number): boolean => at % 8 >= 3 && at % 8 < 5 && Math.floor((at % 64) / 8) >= 3 && Math.floor((at % 64) / 8) < 5;
    for (let at = 0; at < 256; at += 1) {
      if (inside(at)) expect(latents.data[at]).toBeCloseTo(targetOf('a'), 3);
      else expect(latents.data[at]).toBe(clean.data[at]);
    }
  });

  it('leaves every pixel beyond the feather bit-identical, and the patch makes the image', async () => {
    const photo = textured(300, 200);
    const mask = maskOf(300, 200, (x, y) => (Math.hypot(x - 200, y - 90) < 20 ? 255 : 0));
    const params = { maskGrow: 3, feather: 6, strength: 0.8, prompt: 'sun' };
    const { image: result, patch } = await picturesOf(params, { image: photo, mask });
    let changed = 0;
    for (let at = 0; at < 300 * 200; at += 1) {
      const distance = Math.hypot((at % 300) - 200, Math.floor(at / 300) - 90) - 20;
      const same = [0, 1, 2].every((channel) => result.image.data[at * 3 + channel] === photo.data[at * 3 + channel]);
      if (distance > 9.5) expect(same).toBe(true);
      else if (!same) changed += 1;
    }
    expect(changed).toBeGreaterThan(1000);
    const { bounds } = patch;
    expect(bounds.width).toBeLessThan(70);
    for (let y = 0; y < bounds.height; y += 1) {
      for (let x = 0; x < bounds.width; x += 1) {
        const from = (y * bounds.width + x) * 4;
        const alpha = patch.image.data[from + 3]!;
        const to = ((bounds.y + y) * 300 + bounds.x + x) * 3;
        const expected = Math.round((patch.image.data[from]! * alpha + photo.data[to]! * (255 - alpha)) / 255);
        expect(Math.abs(result.image.data[to]! - expected)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('works a small mask out at the pack’s own size', async () => {
    const photo = textured(400, 400);
    const mask = maskOf(400, 400, (x, y) => (x > 190 && x < 205 && y > 100 && y < 115 ? 255 : 0));
    const { fake } = await picturesOf({ maskGrow: 2, feather: 4 }, { image: photo, mask });
    expect(fake.calls[0]).toMatchObject({ width: 8, height: 8 });
  });

  it('gives nine-channel models mask and masked latents, unscaled', async () => {
    const options = { convention: { inChannels: 9 }, scheduler: { ...fakeDiffusionScheduler(), _class_name: 'EulerDiscreteScheduler' } };
    const { fake } = await latentsOf({ ...tight, strength: 1 }, { image, mask: box }, options);
    const first = fake.calls[0]!;
    const mask = first.sample.subarray(256, 320);
    expect(first.channels).toBe(9);
    expect([...mask].filter((value) => value === 1)).toHaveLength(4);
    expect([...mask].every((value) => value === 0 || value === 1)).toBe(true);
    // Mid-grey in the hole, drawn after the initial noise; the picture itself is not encoded at strength 1.
    expect(fake.encoded).toHaveLength(1);
    const noise = new PhiloxNoise(1);
    noise.normal(256);
    const drawn = noise.normal(256);
    const hole = 3 * 8 + 3;
    expect(first.sample[320 + hole]).toBeCloseTo(0.001 * drawn[hole]!, 6);
    expect(fake.calls[1]!.sample.subarray(256)).toEqual(first.sample.subarray(256));
  });

  it('frees a pixel for longer the brighter its mask, in differential mode', async () => {
    const ramp = maskOf(64, 64, (x) => Math.floor(x / 8) * 36);
    // A model that adds a little at each call: what has changed counts the calls a pixel was free.
    const params = { ...tight, strength: 1, maskMode: 'differential', steps: 20, prompt: 'sun' };
    const { latents, fake } = await latentsOf(params, { image: flat(64, 64, [128, 128, 128]), mask: ramp });
    const distance = Array.from({ length: 8 }, (_, x) => Math.abs(latents.data[x]! - targetOf('sun')));
    distance.forEach((value, x) => expect(value).toBeLessThanOrEqual((distance[x - 1] ?? Infinity) + 1e-4));
    const clean = poolPicture(fake.encoded[0]!, new PhiloxNoise(1).normal(256));
    expect(latents.data[0]).toBe(clean.data[0]);
    expect(distance[7]).toBeLessThan(1e-3);
  });

  it('blends by grey in soft mode', async () => {
    const grey = maskOf(64, 64, () => 128);
    const { latents } = await latentsOf({ ...tight, strength: 1, prompt: 'sun' }, { image: flat(64, 64, [255, 255, 255]), mask: grey });
    const value = latents.data[0]!;
    expect(value).toBeGreaterThan(Math.min(1, targetOf('sun')) + 0.05);
    expect(value).toBeLessThan(0.99);
  });

  it('continues a picture into the transparent area around it', async () => {
    const wide: PixelImage = flat(128, 64, [200, 100, 50, 255]);
    for (let at = 0; at < 128 * 64; at += 1) if (at % 128 >= 64) wide.data.set([0, 0, 0, 0], at * 4);
    const { image: result, patch, fake } = await picturesOf({ strength: 1, maskGrow: 0, feather: 4, contextPadding: 1 }, { image: wide });
    expect(patch.bounds.x).toBe(60);
    expect(result.image.channels).toBe(4);
    for (let at = 0; at < 128 * 64; at += 1) {
      if (at % 128 < 60) expect([...result.image.data.subarray(at * 4, at * 4 + 4)]).toEqual([200, 100, 50, 255]);
      if (at % 128 >= 64) expect(result.image.data[at * 4 + 3]).toBe(255);
    }
    // Transparent black is no colour: the model is shown the picture's, continued.
    const seen = fake.encoded[0]!;
    expect(Math.min(...seen.data.subarray(0, seen.width * seen.height))).toBeGreaterThan(0.7);
  });

  it('takes transparency of other shapes for a picture on white', async () => {
    const icon = flat(64, 64, [0, 0, 0, 255]);
    for (let at = 0; at < 64 * 64; at += 1) if (Math.hypot((at % 64) - 32, at / 64 - 32) > 20) icon.data[at * 4 + 3] = 0;
    const { outputs, fake } = await picturesOf({ strength: 0.5 }, { image: icon });
    expect(outputs.map(({ role }) => role)).toEqual(['image']);
    expect(fake.encoded[0]!.data[0]).toBe(1);
  });

  it('starts from surroundings or noise under the mask when asked', async () => {
    const dark = flat(64, 64, [20, 20, 20]);
    for (let y = 24; y < 40; y += 1) for (let x = 24; x < 40; x += 1) dark.data.set([255, 255, 255], (y * 64 + x) * 3);
    const params = { ...tight, strength: 0.5 };
    const original = await latentsOf({ ...params }, { image: dark, mask: box });
    const surroundings = await latentsOf({ ...params, maskFill: 'surroundings' }, { image: dark, mask: box });
    expect(original.fake.encoded).toHaveLength(1);
    expect(surroundings.fake.encoded).toHaveLength(2);
    expect(Math.max(...surroundings.fake.encoded[1]!.data)).toBeLessThan(0.1);
    const centre = 3 * 8 + 3;
    const first = (run: typeof original): number => run.fake.calls[0]!.sample[centre]!;
    expect(first(surroundings)).toBeLessThan(first(original) - 0.3);
    const noise = await latentsOf({ ...params, maskFill: 'noise' }, { image: dark, mask: box });
    expect(first(noise)).toBeGreaterThan(first(surroundings));
    expect(first(noise)).toBeLessThan(first(original));
  });

  it('refuses an empty mask, and one of another size', async () => {
    await expect(latentsOf({}, { image, mask: flat(64, 64, [0]) })).rejects.toMatchObject({ code: 'mask-empty' });
    await expect(latentsOf({}, { image, mask: flat(32, 64, [255]) })).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('high-resolution fix', () => {
  it('goes over an enlarged first pass', async () => {
    const { image, fake } = await picturesOf({ highResScale: 2, highResStrength: 0.5, highResSteps: 8, guidanceScale: 1 });
    expect(image.bounds).toEqual({ x: 0, y: 0, width: 128, height: 128 });
    expect(fake.calls.map(({ width }) => width)).toEqual([...Array<number>(10).fill(8), ...Array<number>(4).fill(16)]);
    expect(fake.encoded[0]).toMatchObject({ width: 128, height: 128 });
  });
});

describe('controls', () => {
  it('are refused where the pack has none', async () => {
    await expect(latentsOf({}, { control1: textured(64, 64) })).rejects.toMatchObject({ code: 'unsupported' });
  });
});

function fakeDiffusionScheduler(): Record<string, unknown> {
  return { num_train_timesteps: 1000, beta_schedule: 'linear', beta_start: 1e-4, beta_end: 0.02 };
}

describe('a model that breaks', () => {
  it('is refused in words, and its state is not gone on from', async () => {
    let saved: Uint8Array | null = null;
    const resume = { saved: () => Promise.resolve(saved), save: (state: Uint8Array) => Promise.resolve(void (saved = state)) };
    const fake = fakeDiffusion({ resume, disturb: (call) => (call.timestep < 500 ? NaN : 0) });
    await expect(diffusionWith(fake.open)({}, fakeRequest({}), fake.context)).rejects.toMatchObject({ code: 'model-output-invalid' });
    expect(saved).toHaveLength(0);
    expect(await diffusionWith(fakeDiffusion({ resume }).open)({}, fakeRequest({}), fakeDiffusion({ resume }).context)).toHaveLength(1);
  });
});
