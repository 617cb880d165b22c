import { describe, expect, it } from 'vitest';
import { diffusionRequestSchema } from '../domain/generation.ts';
import { packIdSchema } from '../domain/ids.ts';
import { frameCount, frameRequests } from './grid-frames.ts';
import { gridAxis, gridChoices, planGrid, type GridContext } from './grid.ts';
import { numberValues, wordValues } from './grid-values.ts';

const anyNumber = { whole: false, min: -1000, max: 1000 };
const base = diffusionRequestSchema.parse({
  kind: 'diffusion',
  projectId: null,
  packId: 'kiln-mini',
  seed: 5,
  backend: 'auto',
  placement: null,
  parentId: null,
  inputs: {},
  params: { prompt: 'a red apple, red leaves', negativePrompt: 'blue' },
});
const packs = ['kiln-mini', 'sd-turbo'].map((id) => ({ id: packIdSchema.parse(id), name: id === 'kiln-mini' ? 'Kiln Mini' : 'SD Turbo' }));
const loras = [{ id: packIdSchema.parse('paper'), name: 'Paper' }];
const context: GridContext = { packs, loras };

describe('values of an axis', () => {
  it.each([
    ['1, 2,3', [1, 2, 3]],
    ['1-5', [1, 2, 3, 4, 5]],
    ['5-1', [5, 4, 3, 2, 1]],
    ['1-10 (+2)', [1, 3, 5, 7, 9]],
    ['10-5 (-3)', [10, 7]],
    ['1-10 [5]', [1, 3.25, 5.5, 7.75, 10]],
    ['0.5-0.8 (+0.1)', [0.5, 0.6, 0.7, 0.8]],
    ['-2--1', [-2, -1]],
    ['-1-1 [3], 7', [-1, 0, 1, 7]],
    ['3-3', [3]],
  ])('"%s"', (text, values) => {
    expect(numberValues(text, anyNumber)).toEqual(values);
  });

  it('are whole where the parameter is, as in A1111', () => {
    expect(numberValues('1-10 [5]', { whole: true, min: 0, max: 100 })).toEqual([1, 3, 5, 7, 10]);
    expect(() => numberValues('1.5', { whole: true, min: 0, max: 100 })).toThrow('not a whole number');
  });

  it('that cannot be had are refused in words', () => {
    for (const [text, words] of [
      ['', 'at least one'],
      ['a', 'neither a number'],
      ['1-5 (-1)', 'never ends'],
      ['1-5 (+0)', 'never ends'],
      ['1-999999999', 'more than 200'],
      ['1-2 [9999]', 'between 1 and 200'],
      ['2000', 'not between'],
    ] as const) {
      expect(() => numberValues(text, anyNumber), text).toThrow(words);
    }
  });

  it('that are words keep commas in quotes', () => {
    expect(wordValues('red, "green, bright" ,blue\nwhite')).toEqual(['red', 'green, bright', 'blue', 'white']);
    expect(wordValues('say "hi", "a ""b"""')).toEqual(['say "hi"', 'a "b"']);
    expect(wordValues('red, , blue,')).toEqual(['red', 'blue']);
    expect(wordValues('red, ""')).toEqual(['red', '']);
    expect(() => wordValues('"red')).toThrow('never closed');
    expect(() => wordValues(' , ')).toThrow('at least one');
  });
});

describe('a grid', () => {
  it('has every combination once, columns fastest, with labels', () => {
    const plan = planGrid(
      base,
      { x: gridAxis('parameter:steps', '4, 8'), y: gridAxis('seed', '1-3'), z: gridAxis('parameter:sampler', 'Euler a, DPM++ 2M') },
      context,
    );
    expect(plan.columns).toEqual(['Steps 4', 'Steps 8']);
    expect(plan.rows).toEqual(['Seed 1', 'Seed 2', 'Seed 3']);
    expect(plan.pages).toEqual(['Euler ancestral', 'DPM-Solver++ 2M']);
    expect(plan.requests.map(({ seed, params }) => [params.sampler, seed, params.steps])).toEqual(
      ['EulerAncestralDiscreteScheduler', 'DPMSolverMultistepScheduler'].flatMap((sampler) =>
        [1, 2, 3].flatMap((seed) => [4, 8].map((steps) => [sampler, seed, steps])),
      ),
    );
    for (const request of plan.requests) expect(diffusionRequestSchema.safeParse(request).success).toBe(true);
  });

  it('replaces words of both prompts, weighs LoRAs and changes models', () => {
    const words = planGrid(base, { x: gridAxis('prompt', 'red, green'), y: gridAxis('prompt', 'apple, pear'), z: null }, context);
    expect(words.requests.map(({ params }) => params.prompt)).toEqual([
      'a red apple, red leaves',
      'a green apple, green leaves',
      'a red pear, red leaves',
      'a green pear, green leaves',
    ]);
    expect(words.pages).toEqual(['']);
    const others = planGrid(base, { x: gridAxis('lora:paper', '0.5, 1'), y: gridAxis('pack', 'sd turbo, Kiln Mini'), z: null }, context);
    expect(others.requests.map(({ packId, params }) => [packId, params.loras])).toEqual([
      ['sd-turbo', [{ packId: 'paper', weight: 0.5 }]],
      ['sd-turbo', [{ packId: 'paper', weight: 1 }]],
      ['kiln-mini', [{ packId: 'paper', weight: 0.5 }]],
      ['kiln-mini', [{ packId: 'paper', weight: 1 }]],
    ]);
  });

  it('is refused in words when it is too large or its words are not there', () => {
    const seeds = gridAxis('seed', '1-40');
    expect(() => planGrid(base, { x: seeds, y: gridAxis('parameter:steps', '1-20'), z: null }, context)).toThrow(
      '800 pictures are too many',
    );
    expect(() => planGrid(base, { x: gridAxis('prompt', 'plum, pear'), y: null, z: null }, context)).toThrow('"plum" is not in the prompt');
    expect(() => planGrid(base, { x: gridAxis('parameter:sampler', 'Nonsense'), y: null, z: null }, context)).toThrow(
      'There is no sampler',
    );
    expect(() => planGrid(base, { x: gridAxis('lora:none', '1'), y: null, z: null }, context)).toThrow('not installed');
    expect(planGrid(base, { x: null, y: null, z: null }, context).requests).toEqual([base]);
  });

  it('offers axes whose examples can be read', () => {
    const choices = gridChoices(context);
    expect(new Set(choices.map(({ id }) => id)).size).toBe(choices.length);
    for (const { id, example } of choices.filter((choice) => choice.id !== 'prompt')) {
      const plan = planGrid(base, { x: gridAxis(id, example), y: null, z: null }, context);
      expect(plan.columns.length, id).toBeGreaterThan(1);
      for (const request of plan.requests) expect(diffusionRequestSchema.safeParse(request).success, id).toBe(true);
    }
    expect(gridAxis('', '1')).toBeNull();
  });
});

describe('frames', () => {
  const keys = [
    { prompt: 'day', seed: 1 },
    { prompt: 'night', seed: 1 },
    { prompt: 'night', seed: 9 },
  ];
  it('go from key to key, each as it is', () => {
    const frames = frameRequests(base, { keys, framesPerStep: 4, closed: false, easing: 'linear' });
    expect(frames).toHaveLength(9);
    expect(frames.map(({ params }) => params.blendAmount)).toEqual([0, 0.25, 0.5, 0.75, 0, 0, 0, 0, 0]);
    expect(frames.map(({ params }) => params.variationStrength)).toEqual([0, 0, 0, 0, 0, 0.25, 0.5, 0.75, 0]);
    expect(frames[1]).toMatchObject({ seed: 1, params: { prompt: 'day', blendPrompt: 'night' } });
    expect(frames[5]).toMatchObject({ seed: 1, params: { prompt: 'night', blendPrompt: '', variationSeed: 9 } });
    expect(frames[8]).toMatchObject({ seed: 9, params: { prompt: 'night' } });
    for (const frame of frames) expect(diffusionRequestSchema.safeParse(frame).success).toBe(true);
  });

  it('may close the circle, and slow down at the keys', () => {
    const closed = frameRequests(base, { keys, framesPerStep: 4, closed: true, easing: 'smooth' });
    expect(closed).toHaveLength(frameCount({ keys, framesPerStep: 4, closed: true }));
    expect(closed).toHaveLength(12);
    expect(closed[11]).toMatchObject({ seed: 9, params: { prompt: 'night', blendPrompt: 'day', variationSeed: 1 } });
    expect(closed[1]!.params.blendAmount).toBeCloseTo(0.15625);
  });

  it('are refused when there is nothing to go to', () => {
    const options = { framesPerStep: 4, closed: false, easing: 'linear' } as const;
    expect(() => frameRequests(base, { ...options, keys: keys.slice(0, 1) })).toThrow('at least two');
    expect(() => frameRequests(base, { ...options, keys: [keys[0]!, keys[0]!] })).toThrow('the same');
    expect(() => frameRequests(base, { ...options, keys, framesPerStep: 1000 })).toThrow('too many');
  });
});
