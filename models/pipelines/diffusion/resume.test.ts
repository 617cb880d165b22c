import { describe, expect, it } from 'vitest';
import type { PixelImage, ResumePoint } from '../../pipeline.ts';
import { fakeDiffusion, fakeManifest, fakeRequest, type FakeOptions } from '../../testing/fake-diffusion.ts';
import { decodeRun, encodeRun, fingerprintOf } from './resume.ts';
import { sampleRequest } from './sample-request.ts';

/** Keeps the newest state, like the file of a job. */
function memoryPoint(): ResumePoint & { bytes: Uint8Array | null; saves: number } {
  const point = {
    bytes: null as Uint8Array | null,
    saves: 0,
    saved: () => Promise.resolve(point.bytes),
    save(state: Uint8Array) {
      point.bytes = state;
      point.saves += 1;
      return Promise.resolve();
    },
  };
  return point;
}

const disturb: NonNullable<FakeOptions['disturb']> = (call, at) => Math.sin(at * 0.7 + call.timestep) * 0.3;

interface Attempt {
  params: Record<string, unknown>;
  inputs?: Record<string, PixelImage>;
  point?: ResumePoint | null;
  /** Cancels after this call. */
  stopAfter?: number;
  seed?: number;
}

async function attempt({ params, inputs = {}, point = null, stopAfter, seed = 3 }: Attempt) {
  const controller = new AbortController();
  const fake = fakeDiffusion({
    disturb,
    resume: point,
    signal: controller.signal,
    onCall: (_call, index) => {
      if (index + 1 === stopAfter) controller.abort();
    },
  });
  const { latents } = await sampleRequest(inputs, fakeRequest(params, Object.keys(inputs), seed), fake.context, fake.open);
  return { latents, fake };
}

const picture: PixelImage = {
  width: 64,
  height: 64,
  channels: 3,
  data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * 13) % 256),
};
const mask: PixelImage = {
  width: 64,
  height: 64,
  channels: 1,
  data: Uint8Array.from({ length: 64 * 64 }, (_, at) => (at % 64 > 30 ? 255 : 0)),
};

describe('a run that was stopped', () => {
  const steps = 12;
  it.each<[string, Attempt]>([
    ['DDIM with noise', { params: { steps, sampler: 'DDIMScheduler', eta: 0.7 } }],
    ['PNDM', { params: { steps, sampler: 'PNDMScheduler' } }],
    ['Euler ancestral, torch’s noise', { params: { steps, sampler: 'EulerAncestralDiscreteScheduler', noise: 'torch-cpu' } }],
    ['Heun', { params: { steps: 6, sampler: 'HeunDiscreteScheduler' } }],
    ['DPM-Solver++', { params: { steps, sampler: 'DPMSolverMultistepScheduler' } }],
    ['DPM-Solver++ SDE', { params: { steps, sampler: 'DPMSolverSDE' } }],
    ['UniPC', { params: { steps, sampler: 'UniPCMultistepScheduler' } }],
    ['TCD', { params: { steps, sampler: 'TCDScheduler', eta: 0.3 } }],
    ['image to image', { params: { steps, strength: 0.9, sampler: 'EulerAncestralDiscreteScheduler' }, inputs: { image: picture } }],
    ['repainting', { params: { steps, strength: 0.9, sampler: 'DDIMScheduler', eta: 1 }, inputs: { image: picture, mask } }],
  ])('ends as if it had not been: %s', async (_name, { params, inputs = {} }) => {
    const whole = await attempt({ params, inputs });
    const point = memoryPoint();
    await expect(attempt({ params, inputs, point, stopAfter: 5 })).rejects.toThrow();
    expect(point.bytes).not.toBeNull();
    const rest = await attempt({ params, inputs, point });
    expect(rest.latents.data).toEqual(whole.latents.data);
    expect(rest.fake.calls.length).toBe(whole.fake.calls.length - 5);
    expect(rest.fake.details.resumedAtStep).toBe(5);
    expect(whole.fake.details).not.toHaveProperty('resumedAtStep');
  });

  it('goes on in the second pass of the high-resolution fix', async () => {
    const params = { steps: 6, highResScale: 2, highResStrength: 0.7, sampler: 'EulerAncestralDiscreteScheduler' };
    const whole = await attempt({ params });
    const point = memoryPoint();
    await expect(attempt({ params, point, stopAfter: 8 })).rejects.toThrow();
    const rest = await attempt({ params, point });
    expect(rest.latents.data).toEqual(whole.latents.data);
    expect(rest.fake.calls.length).toBe(whole.fake.calls.length - 8);
    expect(rest.fake.fractions.every((fraction) => fraction <= 1)).toBe(true);
  });

  it('starts anew for another request', async () => {
    const point = memoryPoint();
    await expect(attempt({ params: { steps, prompt: 'a' }, point, stopAfter: 5 })).rejects.toThrow();
    const other = await attempt({ params: { steps, prompt: 'b' }, point });
    expect(other.fake.calls.length).toBe(steps);
    expect((await attempt({ params: { steps, prompt: 'a' }, point, seed: 4 })).fake.calls.length).toBe(steps);
  });

  it('is cancelled within 200 ms of a step’s end, and keeps its last step', async () => {
    const controller = new AbortController();
    const point = memoryPoint();
    let abortedAt = 0;
    const fake = fakeDiffusion({
      resume: point,
      signal: controller.signal,
      onCall: async (_call, index) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (index !== 3) return;
        abortedAt = performance.now();
        controller.abort();
      },
    });
    await expect(sampleRequest({}, fakeRequest({ steps: 50 }), fake.context, fake.open)).rejects.toThrow();
    expect(performance.now() - abortedAt).toBeLessThan(200);
    expect(fake.calls.length).toBe(4);
    expect(point.saves).toBe(1);
  });
});

describe('the state as bytes', () => {
  const print = fingerprintOf(fakeRequest({ prompt: 'ä 🙂' }), [fakeManifest()]);
  const run = {
    pass: 0,
    draws: [256, 256],
    state: {
      index: 3,
      latents: Float32Array.of(1 / 3, -2e-7, 5),
      sampler: { nextIndex: 3, memory: { calls: 2, history: [Float32Array.of(0.1), Float32Array.of()], kept: null, lambda: 0.1 } },
    },
  };

  it('comes back exactly', () => {
    expect(decodeRun(encodeRun(run, print), print)).toEqual(run);
  });

  it('is refused when cut short, foreign or empty', () => {
    const bytes = encodeRun(run, print);
    expect(decodeRun(bytes, 'other')).toBeNull();
    expect(decodeRun(bytes.subarray(0, bytes.length - 4), print)).toBeNull();
    expect(decodeRun(bytes.subarray(0, 20), print)).toBeNull();
    expect(decodeRun(new Uint8Array(), print)).toBeNull();
    expect(decodeRun(new TextEncoder().encode('not a state at all'), print)).toBeNull();
  });

  it('has a fingerprint of everything that matters, and of nothing else', () => {
    const request = fakeRequest({ prompt: 'a' });
    const manifest = fakeManifest();
    const own = fingerprintOf(request, [manifest]);
    expect(fingerprintOf({ ...request, title: 'words' }, [manifest])).toBe(own);
    expect(fingerprintOf({ ...request, seed: 2 }, [manifest])).not.toBe(own);
    const changed = { ...manifest, files: manifest.files.map((file) => ({ ...file, sha256: 'c'.repeat(64) })) };
    expect(fingerprintOf(request, [changed])).not.toBe(own);
  });
});
