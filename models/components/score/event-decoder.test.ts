import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random.ts';
import { fakeModel, fakeSessions } from '../../testing/fake-event-model.ts';
import { EventCache } from './event-cache.ts';
import { decodeEvents, type EventGrammar } from './event-decoder.ts';
import { eventNetwork } from './event-network.ts';

const model = fakeModel([5, 3], [4], 16);
const plain = { temperature: 1, topK: 0, topP: 1 };

class Free implements EventGrammar {
  readonly events: number[][] = [];
  readonly #length: number;
  readonly #forced: (event: number, field: number) => number | null;
  readonly rare: readonly number[];

  constructor(length: number, forced: (event: number, field: number) => number | null = () => null, rare: readonly number[] = []) {
    this.#length = length;
    this.#forced = forced;
    this.rare = rare;
  }

  get done(): boolean {
    return this.events.length >= this.#length;
  }

  conditions(): readonly number[] {
    return [this.events.length % 4];
  }

  allow(field: number, _chosen: readonly number[], allowed: Uint8Array): void {
    const forced = this.#forced(this.events.length, field);
    if (forced === null) allowed.fill(1);
    else allowed[forced] = 1;
  }

  accept(event: readonly number[]): void {
    this.events.push([...event]);
  }
}

const networkOf = (sessions: ReturnType<typeof fakeSessions>): ReturnType<typeof eventNetwork> =>
  eventNetwork(sessions.step, sessions.head, model);

describe('EventCache', () => {
  it('gives the same for events one by one and all at once', async () => {
    const one = new EventCache(networkOf(fakeSessions(model)), 2);
    const many = new EventCache(networkOf(fakeSessions(model)), 2);
    let last = new Float32Array();
    for (let at = 0; at < 12; at += 1) {
      const events = [[at % 5, at % 3], [(at * 2) % 5, 2]]; // prettier-ignore
      one.push(events, [[at % 4], [0]]);
      many.push(events, [[at % 4], [0]]);
      last = new Float32Array(await one.hidden());
    }
    expect(await many.hidden()).toEqual(last);
  });

  it('never looks back over more than the window, and then starts from its last half', async () => {
    const sessions = fakeSessions(model);
    const cache = new EventCache(networkOf(sessions), 1);
    for (let at = 0; at < 40; at += 1) {
      cache.push([[at % 5, 1]], [[0]]);
      await cache.hidden();
    }
    expect(Math.max(...sessions.runs.map(({ steps, earlier }) => steps + earlier))).toBe(16);
    expect(sessions.runs.filter(({ steps }) => steps > 1)).toEqual([
      { steps: 8, earlier: 0 },
      { steps: 8, earlier: 0 },
      { steps: 8, earlier: 0 },
    ]);
  });

  it('runs only the end of a prompt that is longer than the window', async () => {
    const sessions = fakeSessions(model);
    const cache = new EventCache(networkOf(sessions), 1);
    for (let at = 0; at < 500; at += 1) cache.push([[at % 5, 1]], [[0]]);
    await cache.hidden();
    expect(sessions.runs).toEqual([{ steps: 8, earlier: 0 }]);
  });
});

describe('decodeEvents', () => {
  it('writes the same again, and something else from another seed', async () => {
    const written = async (seed: number): Promise<number[][]> => {
      const grammar = new Free(40);
      await decodeEvents(networkOf(fakeSessions(model)), [grammar], { sampling: plain, random: seededRandom(seed) });
      return grammar.events;
    };
    expect(await written(1)).toEqual(await written(1));
    expect(await written(2)).not.toEqual(await written(1));
  });

  it('asks the model nothing about what is forced, and runs a prompt in one go', async () => {
    const sessions = fakeSessions(model);
    const grammar = new Free(12, (event, field) => (event < 10 ? event % (field === 0 ? 5 : 3) : null));
    await decodeEvents(networkOf(sessions), [grammar], { sampling: plain, random: seededRandom(1) });
    expect(grammar.events.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, event) => [event % 5, event % 3]));
    expect(sessions.runs).toEqual([
      { steps: 11, earlier: 0 },
      { steps: 1, earlier: 11 },
    ]);
  });

  it('writes pieces of different lengths side by side', async () => {
    const grammars = [new Free(3), new Free(9), new Free(5)];
    await decodeEvents(networkOf(fakeSessions(model)), grammars, { sampling: { ...plain, temperature: 0 }, random: seededRandom(1) });
    expect(grammars.map(({ events }) => events.length)).toEqual([3, 9, 5]);
    const alone = new Free(9);
    await decodeEvents(networkOf(fakeSessions(model)), [alone], { sampling: { ...plain, temperature: 0 }, random: seededRandom(1) });
    expect(grammars[1]?.events).toEqual(alone.events);
  });

  it('takes rare values only where they are the likeliest', async () => {
    const counts = async (rare: number[]): Promise<number> => {
      const grammar = new Free(200, () => null, rare);
      await decodeEvents(networkOf(fakeSessions(model, 0.1)), [grammar], { sampling: plain, random: seededRandom(1) });
      return grammar.events.filter(([first]) => first === 0).length;
    };
    expect(await counts([])).toBeGreaterThan(20);
    expect(await counts([0])).toBeLessThan((await counts([])) * 0.6);
  });

  it('stops where the caller says so', async () => {
    const grammar = new Free(1000);
    const stop = new Error('cancelled');
    const decoding = decodeEvents(networkOf(fakeSessions(model)), [grammar], {
      sampling: plain,
      random: seededRandom(1),
      between: () => (grammar.events.length > 20 ? Promise.reject(stop) : Promise.resolve()),
    });
    await expect(decoding).rejects.toBe(stop);
    expect(grammar.events.length).toBeLessThan(30);
  });
});

describe('eventNetwork', () => {
  it('names what a graph lacks', () => {
    const { step, head } = fakeSessions(model);
    expect(() => eventNetwork(head, head, model)).toThrow(/has no "conditions", "past", "hidden", "present"/);
    expect(() => eventNetwork(step, head, { ...model, latent: 3 })).toThrow(/"latent"/);
  });

  it('refuses outputs of another size', async () => {
    const { step, head } = fakeSessions(model);
    const network = eventNetwork(step, head, { ...model, width: 8 });
    await expect(
      network.step({ batch: 1, steps: 1 }, new BigInt64Array(2), new BigInt64Array(1), { length: 0, data: new Float32Array(0) }),
    ).rejects.toThrow(/gave float32 \[1, 1, 4\] as "hidden"; 8 numbers/);
  });
});
