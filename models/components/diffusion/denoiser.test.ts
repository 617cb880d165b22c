import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '../../core/float16.ts';
import { openTinyPack } from '../../testing/tiny-pack.ts';
import type { ModelSession, TensorValue, ValueSignature } from '../../runtime.ts';
import { createDenoiser } from './denoiser.ts';
import { guidanceEmbedding, timeIds } from './micro-conditioning.ts';
import type { DenoiserCall } from './types.ts';

const convention = { inChannels: 4, controls: 0 };
const call: DenoiserCall = {
  sample: Float32Array.from({ length: 2 * 4 * 2 * 3 }, (_value, index) => index / 10),
  batch: 2,
  channels: 4,
  height: 2,
  width: 3,
  timestep: 499.7,
  states: new Float32Array(2 * 77 * 8).fill(0.5),
  tokens: 77,
  pooled: null,
  timeIds: null,
  timestepCond: null,
  controls: null,
};

const input = (name: string, type: string, dimensions: (number | string)[]): ValueSignature => ({ name, type, dimensions });
const usual = [
  input('timestep', 'float32', []),
  input('encoder_hidden_states', 'float32', ['b', 's', 'd']),
  input('sample', 'float32', ['b', 4, 'h', 'w']),
];

/** Gives the sample back, and remembers what it was fed. */
function fake(
  inputs: ValueSignature[],
  type: 'float32' | 'float16' = 'float32',
): { session: ModelSession; feeds: Record<string, TensorValue>[] } {
  const feeds: Record<string, TensorValue>[] = [];
  const session: ModelSession = {
    inputs,
    outputs: [input('out_sample', type, ['b', 4, 'h', 'w'])],
    run(given) {
      feeds.push(given);
      const sample = given['sample'];
      return Promise.resolve(sample === undefined ? {} : { out_sample: sample });
    },
  };
  return { session, feeds };
}

const replaced = (name: string, other: ValueSignature): ValueSignature[] => usual.map((one) => (one.name === name ? other : one));

describe('the timestep', () => {
  it.each([
    ['float32', [], [], 499.7],
    ['float32', [1], [1], 499.7],
    ['float32', ['steps'], [1], 499.7],
    ['float16', [], [], 499.75],
    ['int64', [], [], 499n],
    ['int64', ['steps'], [1], 499n],
    ['int32', [1], [1], 499],
  ])('%s of %j', async (type, dimensions, dims, value) => {
    const { session, feeds } = fake(replaced('timestep', input('timestep', type, dimensions)));
    await createDenoiser(session, convention).run(call);
    const fed = feeds[0]?.['timestep'];
    expect(fed).toMatchObject({ type, dims });
    const data = type === 'float16' ? fromHalf(fed?.data as Uint16Array) : fed?.data;
    expect(data).toHaveLength(1);
    if (typeof value === 'bigint') expect(data?.[0]).toBe(value);
    else expect(Number(data?.[0])).toBeCloseTo(value, 3);
  });

  it('is one for each item where the graph fixes that', async () => {
    const { session, feeds } = fake(replaced('timestep', input('timestep', 'int64', [2])));
    await createDenoiser(session, convention).run(call);
    expect(feeds[0]?.['timestep']).toEqual({ type: 'int64', dims: [2], data: BigInt64Array.of(499n, 499n) });
  });
});

describe('values', () => {
  it('of float32 graphs are handed over without a copy', async () => {
    const { session, feeds } = fake(usual);
    const prediction = await createDenoiser(session, convention).run(call);
    expect(feeds[0]?.['sample']?.data).toBe(call.sample);
    expect(feeds[0]?.['encoder_hidden_states']).toEqual({ type: 'float32', dims: [2, 77, 8], data: call.states });
    expect(prediction).toBe(call.sample);
  });

  it('of float16 graphs are converted both ways, ids of others not', async () => {
    const { session, feeds } = fake(
      usual.map((one) => ({ ...one, type: 'float16' })),
      'float16',
    );
    const prediction = await createDenoiser(session, convention).run(call);
    expect(feeds[0]?.['sample']).toEqual({ type: 'float16', dims: [2, 4, 2, 3], data: toHalf(call.sample) });
    expect(prediction).toEqual(fromHalf(toHalf(call.sample)));
  });
});

describe('inputs beside the usual three', () => {
  const more = [...usual, input('text_embeds', 'float32', ['b', 1280]), input('time_ids', 'float32', ['b', 6])];

  it('are asked for and given by name', async () => {
    const { session, feeds } = fake(more);
    const denoiser = createDenoiser(session, convention);
    expect(denoiser.needs).toEqual({ pooled: true, timeIds: true, timestepCond: false, controls: false });
    const [pooled, ids] = [new Float32Array(2 * 1280), new Float32Array(12)];
    await denoiser.run({ ...call, pooled, timeIds: ids });
    expect(feeds[0]?.['text_embeds']?.dims).toEqual([2, 1280]);
    expect(feeds[0]?.['time_ids']?.dims).toEqual([2, 6]);
  });

  it('that a call lacks are named', async () => {
    await expect(createDenoiser(fake(more).session, convention).run(call)).rejects.toMatchObject({
      code: 'model-mismatch',
      message: expect.stringContaining('text_embeds') as string,
    });
  });

  it('of ControlNets have their controls first', async () => {
    const graph = [
      ...usual,
      input('controlnet_conds', 'float32', ['n', 'b', 3, 'H', 'W']),
      input('conditioning_scales', 'float32', ['n', 1]),
    ];
    const { session, feeds } = fake(graph);
    const conditions = new Float32Array(2 * 2 * 3 * 16 * 24);
    await createDenoiser(session, { inChannels: 4, controls: 2 }).run({
      ...call,
      controls: { conditions, weights: Float32Array.of(1, 0.5) },
    });
    expect(feeds[0]?.['controlnet_conds']?.dims).toEqual([2, 2, 3, 16, 24]);
    expect(feeds[0]?.['conditioning_scales']).toEqual({ type: 'float32', dims: [2, 1], data: Float32Array.of(1, 0.5) });
  });

  it.each([
    ['class_labels', 'class-conditional'],
    ['txt_ids', 'Flux'],
    ['pooled_projections', 'Stable Diffusion 3'],
    ['image_embeds', 'IP-Adapter'],
    ['mid_block_additional_residual', 'ControlNet'],
    ['something_else', 'something_else'],
  ])('%s is refused in words', (name, words) => {
    expect(() => createDenoiser(fake([...usual, input(name, 'float32', ['b'])]).session, convention)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining(words) as string }) as Error,
    );
  });

  it('missing altogether: no denoiser', () => {
    expect(() => createDenoiser(fake([input('sample', 'float32', [1, 4, 8, 8])]).session, convention)).toThrow(
      expect.objectContaining({ code: 'model-mismatch' }) as Error,
    );
  });
});

describe('a fixed batch', () => {
  it.each([1, 2, 3])('of %i is filled and cut', async (batch) => {
    const items = 5;
    const sample = Float32Array.from({ length: items * 24 }, (_value, index) => index);
    const graph = replaced('sample', input('sample', 'float32', [batch, 4, 2, 3]));
    const { session, feeds } = fake([
      ...graph,
      input('controlnet_conds', 'float32', [2, batch, 3, 16, 24]),
      input('conditioning_scales', 'float32', [2, 1]),
    ]);
    const denoiser = createDenoiser(session, convention);
    expect(denoiser).toMatchObject({ fixedBatch: batch, fixedSize: { width: 3, height: 2 }, inChannels: 4 });
    const conditions = Float32Array.from({ length: 2 * items * 1152 }, (_value, index) => Math.floor(index / 1152));
    const result = await denoiser.run({
      ...call,
      batch: items,
      sample,
      states: new Float32Array(items * 77 * 8),
      controls: { conditions, weights: Float32Array.of(1, 1) },
    });
    expect(result).toEqual(sample);
    expect(feeds.length).toBe(Math.ceil(items / batch));
    // The second ControlNet's pictures follow the first one's: numbers 5 to 9.
    expect(feeds[0]?.['controlnet_conds']?.data[batch * 1152]).toBe(items);
  });
});

describe('what is no prediction', () => {
  it('NaN is told', async () => {
    const sample = call.sample.slice();
    sample[7] = NaN;
    await expect(createDenoiser(fake(usual).session, convention).run({ ...call, sample })).rejects.toMatchObject({
      code: 'model-output-invalid',
    });
  });

  it('another shape is told', async () => {
    const { session } = fake(usual);
    session.run = () => Promise.resolve({ out_sample: { type: 'float32', dims: [2, 4, 2, 2], data: new Float32Array(32) } });
    await expect(createDenoiser(session, convention).run(call)).rejects.toMatchObject({ code: 'model-output-invalid' });
  });
});

describe('numbers beside the prompt', () => {
  it('time ids are height first; the refiner’s end in a score', () => {
    const size = { width: 1024, height: 768 };
    expect(timeIds({ architecture: 'sd', aestheticScore: false }, size, false)).toBeNull();
    expect([...(timeIds({ architecture: 'sdxl', aestheticScore: false }, size, false) ?? [])]).toEqual([768, 1024, 0, 0, 768, 1024]);
    const refiner = { architecture: 'sdxl-refiner', aestheticScore: true } as const;
    expect([...(timeIds(refiner, size, false) ?? [])]).toEqual([768, 1024, 0, 0, 6]);
    expect([...(timeIds(refiner, size, true) ?? [])]).toEqual([768, 1024, 0, 0, 2.5]);
  });

  it('the guidance embedding is sines, then cosines, of 1000 (w - 1)', () => {
    const embedding = guidanceEmbedding(8.5, 256);
    expect(embedding).toHaveLength(256);
    // By hand: frequencies 1 and 1/10000 at the ends.
    expect(embedding[0]).toBeCloseTo(Math.sin(7500), 4);
    expect(embedding[128]).toBeCloseTo(Math.cos(7500), 4);
    expect(embedding[127]).toBeCloseTo(Math.sin(0.75), 4);
    expect(embedding[255]).toBeCloseTo(Math.cos(0.75), 4);
    expect(guidanceEmbedding(1, 5)).toEqual(Float32Array.of(0, 0, 1, 1, 0));
  });
});

describe.each([
  ['sd15', {}],
  ['sd15-legacy', {}],
  ['sd-turbo', {}],
  ['sdxl', {}],
  ['lcm', { timestepCondDim: 256 }],
  ['inpaint-9', { inChannels: 9 }],
  ['controlnet', { controls: 2 }],
])('the UNet of %s', (name, changes) => {
  it('runs, and a batch is what its items are alone', async () => {
    const pack = openTinyPack(name, changes);
    const session = await pack.session('unet/model.onnx');
    const denoiser = createDenoiser(session, pack.convention);
    const width = Number(session.inputs.find((one) => one.name === 'encoder_hidden_states')?.dimensions[2]);
    const [pooledWidth, cond] = ['text_embeds', 'timestep_cond'].map((input) =>
      Number(session.inputs.find((one) => one.name === input)?.dimensions[1]),
    );
    const channels = denoiser.inChannels;
    const values = (count: number, step: number): Float32Array =>
      Float32Array.from({ length: count }, (_value, index) => Math.sin(index * step));
    const two: DenoiserCall = {
      sample: values(2 * channels * 64, 0.37),
      batch: 2,
      channels,
      height: 8,
      width: 8,
      timestep: 601,
      states: values(2 * 77 * width, 0.11),
      tokens: 77,
      pooled: denoiser.needs.pooled ? values(2 * (pooledWidth ?? 0), 0.7) : null,
      timeIds: denoiser.needs.timeIds ? Float32Array.of(64, 64, 0, 0, 64, 64, 32, 64, 0, 0, 32, 64) : null,
      timestepCond: denoiser.needs.timestepCond ? values(2 * (cond ?? 0), 0.9) : null,
      controls: denoiser.needs.controls ? { conditions: values(2 * 2 * 3 * 4096, 0.01), weights: Float32Array.of(1, 0.5) } : null,
    };
    const half = (all: Float32Array | null, item: number): Float32Array | null =>
      all && all.slice((item * all.length) / 2, ((item + 1) * all.length) / 2);
    const both = (await denoiser.run(two)).slice();
    expect(both).toHaveLength(2 * 4 * 64);
    expect(new Set(both).size).toBeGreaterThan(100);
    for (const item of [0, 1]) {
      const { controls } = two;
      const alone = await denoiser.run({
        ...two,
        batch: 1,
        sample: half(two.sample, item) ?? two.sample,
        states: half(two.states, item) ?? two.states,
        pooled: half(two.pooled, item),
        timeIds: half(two.timeIds, item),
        timestepCond: half(two.timestepCond, item),
        controls: controls && {
          ...controls,
          conditions: Float32Array.from(
            [0, 1].flatMap((control) => [...(half(controls.conditions.subarray(control * 24_576, (control + 1) * 24_576), item) ?? [])]),
          ),
        },
      });
      for (const [index, value] of alone.entries()) expect(both[item * 256 + index]).toBeCloseTo(value, name === 'sd-turbo' ? 2 : 4);
    }
  });
});
