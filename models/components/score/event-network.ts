/** An autoregressive model of events: two graphs, their shapes checked. What fields and conditions mean is the caller's matter. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { EventModel } from '../../../shared/domain/music-convention.ts';
import type { ModelSession, TensorValue } from '../../runtime.ts';

/** Keys and values of the events so far: [layers, 2, batch, heads, length, headWidth]. */
export interface KeyValues {
  length: number;
  data: Float32Array;
}

export interface EventNetwork {
  readonly model: EventModel;
  /** Sum of the fields' sizes. */
  readonly logitsWidth: number;
  /**
   * @param fields int64 [batch, steps, F]: the event before each position
   * @param conditions int64 [batch, steps, C]: of the event that is predicted there
   * @param latent [batch, Z], for models that have one
   * @returns hidden [batch, steps, width] and the keys and values with the new steps at their end
   * @throws AppError model-mismatch, model-output-invalid
   */
  step(
    shape: { batch: number; steps: number },
    fields: BigInt64Array,
    conditions: BigInt64Array,
    past: KeyValues,
    latent?: Float32Array,
  ): Promise<{ hidden: Float32Array; present: KeyValues }>;
  /**
   * @param hidden [batch, width]
   * @param fields int64 [batch, F]: chosen so far, the others their size
   * @returns logits [batch, logitsWidth], the fields' one after another; only the next field's slice means anything
   */
  head(batch: number, hidden: Float32Array, fields: BigInt64Array): Promise<Float32Array>;
}

/** @throws AppError model-mismatch when a graph has not the inputs of such a model */
export function eventNetwork(step: ModelSession, head: ModelSession, model: EventModel): EventNetwork {
  const stepInputs = ['fields', 'conditions', 'past', ...(model.latent > 0 ? ['latent'] : [])];
  requireNames(model.step, step, stepInputs, ['hidden', 'present']);
  requireNames(model.head, head, ['hidden', 'fields'], ['logits']);
  const logitsWidth = model.fields.reduce((sum, size) => sum + size, 0);
  return {
    model,
    logitsWidth,
    async step({ batch, steps }, fields, conditions, past, latent) {
      const feeds: Record<string, TensorValue> = {
        fields: { type: 'int64', dims: [batch, steps, model.fields.length], data: fields },
        conditions: { type: 'int64', dims: [batch, steps, model.conditions.length], data: conditions },
        past: { type: 'float32', dims: [model.layers, 2, batch, model.heads, past.length, model.headWidth], data: past.data },
      };
      if (latent !== undefined) feeds['latent'] = { type: 'float32', dims: [batch, model.latent], data: latent };
      const { hidden, present } = await step.run(feeds);
      const length = past.length + steps;
      const cacheSize = model.layers * 2 * batch * model.heads * length * model.headWidth;
      return {
        hidden: floats(model.step, 'hidden', hidden, batch * steps * model.width),
        present: { length, data: floats(model.step, 'present', present, cacheSize) },
      };
    },
    async head(batch, hidden, fields) {
      const { logits } = await head.run({
        hidden: { type: 'float32', dims: [batch, model.width], data: hidden },
        fields: { type: 'int64', dims: [batch, model.fields.length], data: fields },
      });
      return floats(model.head, 'logits', logits, batch * logitsWidth);
    },
  };
}

function requireNames(file: string, session: ModelSession, inputs: readonly string[], outputs: readonly string[]): void {
  const missing = [
    ...inputs.filter((name) => !session.inputs.some((input) => input.name === name)),
    ...outputs.filter((name) => !session.outputs.some((output) => output.name === name)),
  ];
  if (missing.length === 0) return;
  throw new AppError('model-mismatch', `The graph "${file}" is no model of events: it has no "${missing.join('", "')}".`, {
    action: 'Install the pack again.',
  });
}

function floats(file: string, name: string, value: TensorValue | undefined, length: number): Float32Array {
  if (value === undefined || !(value.data instanceof Float32Array) || value.data.length !== length) {
    const found = value === undefined ? 'nothing' : `${value.type} [${value.dims.join(', ')}]`;
    throw new AppError('model-output-invalid', `The graph "${file}" gave ${found} as "${name}"; ${String(length)} numbers were expected.`, {
      action: 'Install the pack again, or choose another backend in the settings.',
    });
  }
  return value.data;
}
