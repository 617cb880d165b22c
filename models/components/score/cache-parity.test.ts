import { describe, expect, it } from 'vitest';
import { readVocabulary } from '../../pipelines/score/vocabulary.ts';
import { openPack } from '../../testing/run-pack.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import { readFileSync } from 'node:fs';
import { eventNetwork, type KeyValues } from './event-network.ts';

const pack = openPack('kiln-music');
const { convention } = pack.manifest;
if (convention.task !== 'score') throw new Error('kiln-music is no score pack.');
const vocabulary = await readVocabulary({
  manifest: pack.manifest,
  convention,
  packText: (file) => Promise.resolve(readFileSync(new URL(`../../packs/kiln-music/${file}`, import.meta.url), 'utf8')),
});

const largest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0);

describe.each(['chorale', 'song', 'drums'] as const)('the cache of the %s model', (style) => {
  it('gives the logits of a run without it', { timeout: 60_000 }, async () => {
    const model = vocabulary.eventModels[style];
    const network = eventNetwork(await pack.session(model.step), await pack.session(model.head), model);
    const random = seededRandom(11);
    const [batch, steps] = [2, 24];
    const draw = (sizes: readonly number[]): BigInt64Array =>
      BigInt64Array.from({ length: batch * steps * sizes.length }, (_, index) =>
        BigInt(Math.floor(random() * (sizes[index % sizes.length] ?? 1))),
      );
    const fields = draw(model.fields);
    const conditions = draw(model.conditions);
    const whole = await network.step({ batch, steps }, fields, conditions, { length: 0, data: new Float32Array(0) });
    const slice = (values: BigInt64Array, width: number, from: number, to: number): BigInt64Array =>
      BigInt64Array.from(
        Array.from({ length: batch }, (_, piece) => [
          ...values.subarray((piece * steps + from) * width, (piece * steps + to) * width),
        ]).flat(),
      );
    let past: KeyValues = { length: 0, data: new Float32Array(0) };
    for (const [from, to] of [
      [0, 7],
      [7, 8],
      [8, 9],
      [9, 20],
      [20, 23],
      [23, 24],
    ] as const) {
      // prettier-ignore
      const part = await network.step(
        { batch, steps: to - from },
        slice(fields, model.fields.length, from, to),
        slice(conditions, model.conditions.length, from, to),
        past,
      );
      past = part.present;
      const chosen = BigInt64Array.from({ length: batch * model.fields.length }, (_, index) =>
        BigInt(model.fields[index % model.fields.length] ?? 0),
      );
      const lastOf = (hidden: Float32Array, length: number, at: number): Float32Array =>
        Float32Array.from(
          Array.from({ length: batch }, (_, piece) => [
            ...hidden.subarray((piece * length + at) * model.width, (piece * length + at + 1) * model.width),
          ]).flat(),
        );
      const cached = await network.head(batch, lastOf(part.hidden, to - from, to - from - 1), chosen);
      const uncached = await network.head(batch, lastOf(whole.hidden, steps, to - 1), chosen);
      expect(largest(cached, uncached)).toBeLessThan(1e-4);
    }
    expect(largest(past.data, whole.present.data)).toBeLessThan(1e-4);
  });
});
