/** Part of a batch, for graphs whose batch is fixed. */
import type { DenoiserCall } from './types.ts';

/** Items first, first + 1 ... of [batch, ...]; places past the last repeat it. */
function rows(values: Float32Array, batch: number, first: number, count: number): Float32Array {
  const size = values.length / batch;
  if (first + count <= batch) return values.subarray(first * size, (first + count) * size);
  const result = new Float32Array(count * size);
  for (let item = 0; item < count; item += 1) {
    const from = Math.min(first + item, batch - 1) * size;
    result.set(values.subarray(from, from + size), item * size);
  }
  return result;
}

/** A call with `count` items from `first` on; items past the last repeat it. Shares memory with the call where it can. */
export function itemsOf(call: DenoiserCall, first: number, count: number): DenoiserCall {
  const part = (values: Float32Array): Float32Array => rows(values, call.batch, first, count);
  const partOrNull = (values: Float32Array | null): Float32Array | null => (values === null ? null : part(values));
  return {
    ...call,
    batch: count,
    sample: part(call.sample),
    states: part(call.states),
    pooled: partOrNull(call.pooled),
    timeIds: partOrNull(call.timeIds),
    timestepCond: partOrNull(call.timestepCond),
    controls: call.controls === null ? null : { ...call.controls, conditions: controlPart(call, call.controls.conditions, first, count) },
  };
}

/** [controls, batch, ...]: the batch is the second axis here. */
function controlPart(call: DenoiserCall, conditions: Float32Array, first: number, count: number): Float32Array {
  const controls = call.controls?.weights.length ?? 0;
  if (controls === 0) return conditions;
  const size = conditions.length / controls;
  const parts = Array.from({ length: controls }, (_value, control) =>
    rows(conditions.subarray(control * size, (control + 1) * size), call.batch, first, count),
  );
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  for (const [control, part] of parts.entries()) result.set(part, control * part.length);
  return result;
}
