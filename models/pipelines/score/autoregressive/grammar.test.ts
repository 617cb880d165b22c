import { describe, expect, it } from 'vitest';
import type { EventModel } from '../../../../shared/domain/music-convention.ts';
import { emptyScore } from '../../../../shared/music/score.ts';
import { decodeEvents } from '../../../components/score/event-decoder.ts';
import type { EventNetwork } from '../../../components/score/event-network.ts';
import { seededRandom } from '../../../core/seeded-random.ts';
import { fakeEventModels } from '../../../testing/fake-event-model.ts';
import { BarGrammar, type BarGrammarOptions, type EventLayout, type GivenEvent, type WrittenEvent } from './bar-grammar.ts';
import { ChoraleGrammar, choralePitch, silence, voiceRanges } from './chorale-grammar.ts';
import { drumLayout } from './drum-events.ts';
import { barAt, gridOf, placeOf, sixteenthTicks, tickOf, twelfthTicks } from './grid.ts';
import { mayAdd, songLayout } from './song-events.ts';

const plain = { temperature: 1, topK: 0, topP: 1 };

/** Logits without any sense, with heavy tails: what a model on a broken backend might give. */
function randomNetwork(model: EventModel, random: () => number, likely: (index: number) => number = () => 0): EventNetwork {
  const logitsWidth = model.fields.reduce((sum, size) => sum + size, 0);
  return {
    model,
    logitsWidth,
    step: ({ batch, steps }, _fields, _conditions, past) =>
      Promise.resolve({
        hidden: new Float32Array(batch * steps * model.width),
        present: { length: past.length + steps, data: new Float32Array(0) },
      }),
    head: (batch) =>
      Promise.resolve(
        Float32Array.from(
          { length: batch * logitsWidth },
          (_, index) => Math.tan(Math.PI * (random() - 0.5)) + likely(index % logitsWidth),
        ),
      ),
  };
}

const orderOf = ({ bar, place, values }: Omit<WrittenEvent, 'given'>, keys: number): number[] => [bar, place, ...values.slice(0, keys)];

function comesAfter(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

/** What can be read: in order, in the bars, with a value in each field. */
function expectReadable(events: readonly WrittenEvent[], layout: EventLayout, bars: readonly number[]): void {
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    if (before !== undefined) expect(comesAfter(orderOf(event, layout.keys), orderOf(before, layout.keys))).toBe(true);
    expect(event.place).toBeLessThan(bars[event.bar] ?? 0);
    for (const [field, value] of event.values.entries()) expect(value).toBeLessThan((layout.fields[field + 1] ?? 0) - 1);
  }
}

async function write(options: BarGrammarOptions, model: EventModel, seed: number): Promise<{ events: WrittenEvent[]; asked: number[][] }> {
  const random = seededRandom(seed);
  const grammar = new BarGrammar(options);
  const asked: number[][] = [];
  const watched = {
    rare: [],
    get done() {
      return grammar.done;
    },
    conditions: () => grammar.conditions(),
    allow: (...given: Parameters<BarGrammar['allow']>) => {
      grammar.allow(...given);
    },
    accept(event: readonly number[]) {
      asked.push([...event]);
      grammar.accept(event);
    },
  };
  // Onsets of the next bar are made likelier, or Cauchy logits would fill every place before going on.
  const { places } = options.layout;
  const likely = (index: number): number => (index >= places && index <= 2 * places + 1 ? 1 : 0);
  await decodeEvents(randomNetwork(model, random, likely), [watched], { sampling: plain, random });
  return { events: grammar.events, asked };
}

const whole = (bars: number, places: number): number[] => new Array<number>(bars).fill(places);

describe.each([
  ['songs', songLayout, fakeEventModels.song, 48, (part: number, count: number) => mayAdd(part, count)],
  ['drums', drumLayout, fakeEventModels.drums, 16, (_drum: number, count: number) => count === 0],
] as const)('the grammar of %s', (_name, layout, model, places, mayHave) => {
  it('writes exactly the bars asked for, whatever the logits', async () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const bars = whole(1 + (seed % 5), seed % 7 === 0 ? layout.places : places);
      const free: BarGrammarOptions['free'] = (_at, key, count) => mayHave(key, count);
      const { events, asked } = await write(
        { layout, bars, given: [], free, ends: true, conditions: () => model.conditions.map(() => 0) },
        model,
        seed,
      );
      expectReadable(events, layout, bars);
      expect(events.length).toBeGreaterThan(0);
      expect(events.at(-1)?.bar).toBe(bars.length - 1);
      expect(asked.at(-1)?.[0]).toBe(2 * layout.places + 1);
      for (const event of asked.filter(([onset = 0]) => onset >= 2 * layout.places)) {
        expect(event.slice(1)).toEqual(layout.fields.slice(1).map((size) => size - 1));
      }
    }
  });

  it('passes through everything given, in order, and adds only where that is free', async () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = seededRandom(1000 + seed);
      const bars = whole(6, places);
      const drawn = new Map<string, GivenEvent>();
      for (let number = 0; number < 40; number += 1) {
        const values = layout.fields.slice(1).map((size) => Math.floor(random() * (size - 1)));
        const event = { bar: Math.floor(random() * 6), place: Math.floor(random() * places), values };
        drawn.set(orderOf(event, layout.keys).join(), event);
      }
      const given = [...drawn.values()].toSorted((a, b) => (comesAfter(orderOf(a, layout.keys), orderOf(b, layout.keys)) ? 1 : -1));
      const [firstFree, lastFree, freeKey] = [Math.floor(random() * 6), Math.floor(random() * 6), Math.floor(random() * 3)];
      const free: BarGrammarOptions['free'] = ({ bar }, key, count) =>
        bar >= Math.min(firstFree, lastFree) && bar <= Math.max(firstFree, lastFree) && key <= freeKey && mayHave(key, count);
      const { events } = await write(
        { layout, bars, given, free, ends: false, conditions: () => model.conditions.map(() => 0) },
        model,
        seed,
      );
      expectReadable(events, layout, bars);
      const kept = events.filter((event) => event.given !== null);
      expect(kept.map((event) => event.given)).toEqual(given.map((_, index) => index));
      expect(kept.map(({ bar, place, values }) => ({ bar, place, values }))).toEqual(given);
      for (const { bar, place, values } of events.filter((event) => event.given === null)) {
        expect(free({ bar, place }, values[0] ?? 0, 0)).toBe(true);
      }
    }
  });

  it('ends at once where nothing is free and nothing given', async () => {
    const { events } = await write(
      { layout, bars: whole(4, places), given: [], free: () => false, ends: false, conditions: () => model.conditions.map(() => 0) },
      model,
      1,
    );
    expect(events).toEqual([]);
  });
});

describe('open values of given drums', () => {
  it('are chosen while onset and drum stay', async () => {
    const given = [0, 4, 8, 12].map((place) => ({ bar: 0, place, values: [1, 3, 8], open: [1, 2] }));
    const { events } = await write(
      { layout: drumLayout, bars: [16], given, free: () => false, ends: false, conditions: () => [0, 0, 0, 0, 0, 0] },
      fakeEventModels.drums,
      5,
    );
    expect(events.map(({ place, values }) => [place, values[0]])).toEqual([0, 4, 8, 12].map((place) => [place, 1]));
    expect(new Set(events.map(({ values }) => values.slice(1).join())).size).toBeGreaterThan(1);
    expectReadable(events, drumLayout, [16]);
  });
});

describe('the grammar of chorales', () => {
  it('keeps voices in their ranges and given notes as they are', async () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = seededRandom(seed);
      const given = Array.from({ length: 32 }, () => Array.from({ length: 4 }, () => (random() < 0.3 ? Math.floor(random() * 53) : null)));
      const grammar = new ChoraleGrammar({ given, conditions: given.map(() => [0, 0, 0, 0]) });
      await decodeEvents(randomNetwork(fakeEventModels.chorale, random), [grammar], { sampling: plain, random });
      expect(grammar.steps.length).toBe(given.findLastIndex((step) => step.includes(null)) + 1);
      for (const [index, step] of grammar.steps.entries()) {
        for (const [voice, value] of step.entries()) {
          const locked = given[index]?.[voice] ?? null;
          const [low, high] = voiceRanges[voice] ?? [0, 0];
          if (locked !== null) expect(value).toBe(locked);
          else if (value !== silence) expect(choralePitch(value) >= low && choralePitch(value) <= high).toBe(true);
        }
      }
    }
  });
});

describe('the grid', () => {
  const metres = [
    { tick: 0, numerator: 3, denominator: 4 as const },
    { tick: 2880, numerator: 9, denominator: 4 as const },
    { tick: 2880 + 4320, numerator: 5, denominator: 32 as const },
  ];
  const score = { ...emptyScore({ bars: 1, bpm: 100, metre: { numerator: 3, denominator: 4 }, key: null }), metres, lengthTicks: 7800 };

  it('counts long bars as even shorter ones, and odd ones whole', () => {
    expect(gridOf(score, twelfthTicks, 72).bars.map(({ start, places }) => [start, places])).toEqual([
      [0, 36],
      [1440, 36],
      [2880, 54],
      [5040, 54],
      [7200, 8],
      [7500, 8],
    ]);
  });

  it('finds places and their ticks again', () => {
    const grid = gridOf(score, sixteenthTicks, 24);
    for (const [bar, { places }] of grid.bars.entries()) {
      for (let place = 0; place < places; place += 1) {
        const tick = tickOf(grid, { bar, place });
        expect(barAt(grid, tick)).toBe(bar);
        expect(placeOf(grid, tick)).toEqual({ bar, place });
      }
    }
    expect(placeOf(grid, 1440 - 50)).toEqual({ bar: 1, place: 0 });
    expect(placeOf(grid, 1_000_000).bar).toBe(grid.bars.length - 1);
  });
});
