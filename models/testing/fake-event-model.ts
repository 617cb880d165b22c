/** Sessions of an event model without weights: they check every shape, and their logits follow from all that was run before. */
import { z } from 'zod';
import type { EventModel } from '../../shared/domain/music-convention.ts';
import type { ModelSession, TensorValue } from '../runtime.ts';

export const fakeModel = (fields: number[], conditions: number[], window = 64): EventModel => ({
  step: `${String(fields.length)}-${String(fields[0])}-step.onnx`,
  head: `${String(fields.length)}-${String(fields[0])}-head.onnx`,
  fields,
  conditions,
  layers: 2,
  heads: 2,
  headWidth: 1,
  width: 4,
  window,
  latent: 0,
});

export const fakeEventModels = {
  chorale: fakeModel([53, 53, 53, 53], [17, 25, 6, 6]),
  song: fakeModel([146, 4, 89, 25], [25, 10, 8, 6, 4, 6]),
  drums: fakeModel([50, 10, 17, 18], [19, 8, 10, 3, 6, 6]),
};

const mixed = (...values: number[]): number => {
  let state = 0x811c9dc5;
  for (const value of values) state = Math.imul(state ^ (Math.round(value * 4096) + 0x9e37), 0x01000193) >>> 0;
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  return ((state ^ (state >>> 13)) >>> 0) / 0x1_0000_0000;
};

const floatsSchema = z.instanceof(Float32Array);
const longsSchema = z.instanceof(BigInt64Array);

function checked(feeds: Readonly<Record<string, TensorValue>>, name: string, rank: number): TensorValue {
  const value = feeds[name];
  if (value === undefined) throw new Error(`Nothing was fed as "${name}".`);
  if (value.dims.length !== rank) throw new Error(`"${name}" has the rank ${String(value.dims.length)}, not ${String(rank)}.`);
  const size = value.dims.reduce((product, side) => product * side, 1);
  if (size !== value.data.length) throw new Error(`"${name}" has ${String(value.data.length)} values for [${value.dims.join()}].`);
  return value;
}

function within(values: BigInt64Array, limits: readonly number[], name: string): void {
  values.forEach((value, index) => {
    const limit = limits[index % limits.length] ?? 0;
    if (value < 0n || value > BigInt(limit))
      throw new Error(`"${name}" has the value ${String(value)}; its field goes to ${String(limit)}.`);
  });
}

const signature = (...names: string[]): ModelSession['inputs'] => names.map((name) => ({ name, type: 'float32', dimensions: [] }));

export interface FakeSessions {
  step: ModelSession;
  head: ModelSession;
  /** Of each run of `step`: new steps, and steps in the cache. */
  runs: { steps: number; earlier: number }[];
}

/** @param strength how far the logits reach: their spread */
export function fakeSessions(model: EventModel, strength = 6): FakeSessions {
  const runs: FakeSessions['runs'] = [];
  const step: ModelSession = {
    inputs: signature('fields', 'conditions', 'past', ...(model.latent > 0 ? ['latent'] : [])),
    outputs: signature('hidden', 'present'),
    run(feeds) {
      const fields = checked(feeds, 'fields', 3);
      const conditions = checked(feeds, 'conditions', 3);
      const past = checked(feeds, 'past', 6);
      const [batch = 0, steps = 0] = fields.dims;
      const earlier = past.dims[4] ?? 0;
      if (past.dims.join() !== [model.layers, 2, batch, model.heads, earlier, model.headWidth].join())
        throw new Error('The cache is misshapen.');
      if (conditions.dims.join() !== [batch, steps, model.conditions.length].join()) throw new Error('The conditions are misshapen.');
      const told = longsSchema.parse(fields.data);
      const known = longsSchema.parse(conditions.data);
      within(told, model.fields, 'fields');
      within(known, model.conditions.map((size) => size - 1), 'conditions'); // prettier-ignore
      const before = floatsSchema.parse(past.data);
      const length = earlier + steps;
      const present = new Float32Array(model.layers * 2 * batch * model.heads * length);
      const hidden = new Float32Array(batch * steps * model.width);
      const rows = model.layers * 2 * batch * model.heads;
      for (let row = 0; row < rows; row += 1) {
        const piece = Math.floor(row / model.heads) % batch;
        present.set(before.subarray(row * earlier, (row + 1) * earlier), row * length);
        for (let at = 0; at < steps; at += 1) {
          const from = (piece * steps + at) * model.fields.length;
          const seen = (piece * steps + at) * model.conditions.length;
          present[row * length + earlier + at] = mixed(
            ...Array.from(told.subarray(from, from + model.fields.length), Number),
            ...Array.from(known.subarray(seen, seen + model.conditions.length), Number),
          );
        }
      }
      for (let piece = 0; piece < batch; piece += 1) {
        const row = piece * model.heads;
        for (let at = 0; at < steps; at += 1) {
          const heard = Array.from(present.subarray(row * length, row * length + earlier + at + 1));
          for (let unit = 0; unit < model.width; unit += 1) hidden[(piece * steps + at) * model.width + unit] = mixed(unit, ...heard);
        }
      }
      runs.push({ steps, earlier });
      return Promise.resolve({
        hidden: { type: 'float32', dims: [batch, steps, model.width], data: hidden },
        present: { type: 'float32', dims: [model.layers, 2, batch, model.heads, length, model.headWidth], data: present },
      });
    },
  };
  const head: ModelSession = {
    inputs: signature('hidden', 'fields'),
    outputs: signature('logits'),
    run(feeds) {
      const hidden = floatsSchema.parse(checked(feeds, 'hidden', 2).data);
      const chosen = checked(feeds, 'fields', 2);
      const fields = longsSchema.parse(chosen.data);
      within(fields, model.fields, 'fields');
      const [batch = 0] = chosen.dims;
      const width = model.fields.reduce((sum, size) => sum + size, 0);
      const logits = Float32Array.from({ length: batch * width }, (_, index) => {
        const piece = Math.floor(index / width);
        const told = Array.from(fields.subarray(piece * model.fields.length, (piece + 1) * model.fields.length), Number);
        return strength * (mixed(index % width, hidden[piece * model.width] ?? 0, ...told) - 0.5);
      });
      return Promise.resolve({ logits: { type: 'float32', dims: [batch, width], data: logits } });
    },
  };
  return { step, head, runs };
}
