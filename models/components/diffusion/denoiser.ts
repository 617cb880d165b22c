/** The UNet behind one call, whatever names, element types and ranks its graph has. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { ModelSession, TensorValue, ValueSignature } from '../../runtime.ts';
import { itemsOf } from './batches.ts';
import { allFinite, fixedSide, floatsOf, inputsByName, tensorFor } from './tensors.ts';
import type { DenoiserCall } from './types.ts';

export interface Denoiser {
  /** Inputs the graph has beside sample, timestep and encoder_hidden_states: a call must give each; others are ignored. */
  readonly needs: { readonly pooled: boolean; readonly timeIds: boolean; readonly timestepCond: boolean; readonly controls: boolean };
  /** Channels of `sample`; the convention's where the graph leaves them free. */
  readonly inChannels: number;
  /** Sides of the latents that the graph fixes; null: free. */
  readonly fixedSize: { readonly width: number; readonly height: number } | null;
  /** Items the graph takes at once, when it fixes them; larger and smaller batches are cut and filled up. null: free. */
  readonly fixedBatch: number | null;
  /**
   * One evaluation.
   * @returns the prediction (noise, v or sample), float32 [batch, out channels, height, width]. It may be the runtime's own
   *   buffer: read it before the next call
   * @throws model-mismatch when the call lacks an input the graph has, model-output-invalid for another shape or NaN
   */
  run(call: DenoiserCall): Promise<Float32Array>;
}

const knownInputs = new Set([
  'sample',
  'timestep',
  'encoder_hidden_states',
  'text_embeds',
  'time_ids',
  'timestep_cond',
  'controlnet_conds',
  'conditioning_scales',
]);
/** Inputs of other kinds of denoisers, and what to call them. */
const foreignInputs: readonly [RegExp, string][] = [
  [/class_labels?$/, 'a class-conditional UNet (its pictures are asked for by a label, or it is an upscaler)'],
  [/^(txt_ids|img_ids|guidance)$/, 'a Flux transformer'],
  [/^(pooled_projections|hidden_states)$/, 'a Stable Diffusion 3 transformer'],
  [/image_embeds|image_hint|ip_adapter/, 'a UNet that listens to pictures (IP-Adapter, unCLIP or Kandinsky)'],
  [/down_block_(additional_)?res|mid_block_(additional_)?res/, 'a UNet that needs a separate ControlNet graph'],
];
const outputNames = ['out_sample', 'noise_pred', 'out_hidden_states'];

function checkInputs(inputs: ReadonlyMap<string, ValueSignature>): void {
  for (const [pattern, what] of foreignInputs) {
    const found = [...inputs.keys()].find((name) => pattern.test(name));
    if (found !== undefined) {
      throw new AppError('unsupported', `The denoiser is ${what}: its graph has the input "${found}". Kiln cannot run that.`, {
        action: 'Use a Stable Diffusion 1.x, 2.x, SDXL, Turbo or LCM pack.',
      });
    }
  }
  const missing = ['sample', 'timestep', 'encoder_hidden_states'].filter((name) => !inputs.has(name));
  if (missing.length > 0) {
    throw new AppError('model-mismatch', `The graph is no denoiser: it has no input ${missing.map((name) => `"${name}"`).join(', ')}.`, {
      action: 'Check which file of the pack is its UNet.',
    });
  }
  const unknown = [...inputs.keys()].filter((name) => !knownInputs.has(name));
  if (unknown.length > 0) {
    throw new AppError('unsupported', `The denoiser needs "${unknown.join('", "')}", which Kiln does not know how to give.`, {
      action: 'Use another export of this model.',
    });
  }
}

/**
 * Reads a session's signature once.
 * @throws model-mismatch when it is no denoiser, unsupported for class-conditional ones and for transformers (SD3, Flux)
 */
export function createDenoiser(session: ModelSession, convention: Pick<DiffusionConvention, 'inChannels' | 'controls'>): Denoiser {
  const inputs = inputsByName(session);
  checkInputs(inputs);
  const sample = inputs.get('sample');
  const output = session.outputs.find(({ name }) => outputNames.includes(name)) ?? session.outputs[0];
  if (output === undefined) throw new AppError('model-mismatch', 'The denoiser has no output.');
  const height = fixedSide(sample, 2);
  const width = fixedSide(sample, 3);
  const fixedBatch = fixedSide(sample, 0);

  async function runOnce(call: DenoiserCall): Promise<Float32Array> {
    const outputs = await session.run(feedsOf(call, inputs));
    const value = outputs[output?.name ?? ''];
    if (value === undefined) throw new AppError('model-mismatch', `The denoiser gave no output "${output?.name ?? ''}".`);
    return predictionOf(value, call);
  }

  return {
    needs: {
      pooled: inputs.has('text_embeds'),
      timeIds: inputs.has('time_ids'),
      timestepCond: inputs.has('timestep_cond'),
      controls: inputs.has('controlnet_conds'),
    },
    inChannels: fixedSide(sample, 1) ?? convention.inChannels,
    fixedSize: width === null || height === null ? null : { width, height },
    fixedBatch,
    async run(call) {
      if (fixedBatch === null || fixedBatch === call.batch) return runOnce(call);
      const parts: Float32Array[] = [];
      for (let first = 0; first < call.batch; first += fixedBatch) {
        const given = Math.min(fixedBatch, call.batch - first);
        const part = await runOnce(itemsOf(call, first, fixedBatch));
        // A copy: the next run may write over the runtime's buffer.
        parts.push(part.slice(0, (part.length / fixedBatch) * given));
      }
      return joined(parts);
    },
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function feedsOf(call: DenoiserCall, inputs: ReadonlyMap<string, ValueSignature>): Record<string, TensorValue> {
  const { batch } = call;
  const feeds: Record<string, TensorValue> = {};
  const give = (name: string, values: Float32Array | null | undefined, dims: readonly number[]): void => {
    const input = inputs.get(name);
    if (input === undefined) return;
    const count = dims.reduce((product, side) => product * side, 1);
    if (values?.length !== count) {
      throw new AppError(
        'model-mismatch',
        values == null
          ? `The denoiser's graph has the input "${name}", but the run has nothing for it.`
          : `The denoiser's input "${name}" was given ${String(values.length)} values instead of ${dims.join('×')}.`,
        { action: 'Import the pack again: its description does not fit its graphs.' },
      );
    }
    feeds[name] = tensorFor(input, values, dims);
  };
  give('sample', call.sample, [batch, call.channels, call.height, call.width]);
  give('encoder_hidden_states', call.states, [batch, call.tokens, call.tokens === 0 ? 0 : call.states.length / batch / call.tokens]);
  give('text_embeds', call.pooled, [batch, (call.pooled?.length ?? 0) / batch]);
  give('time_ids', call.timeIds, [batch, (call.timeIds?.length ?? 0) / batch]);
  give('timestep_cond', call.timestepCond, [batch, (call.timestepCond?.length ?? 0) / batch]);
  const timestep = inputs.get('timestep');
  if (timestep !== undefined) {
    // Rank 0, one element, or as many as the graph fixes.
    const dims = timestep.dimensions.length === 0 ? [] : [fixedSide(timestep, 0) ?? 1];
    feeds['timestep'] = tensorFor(timestep, new Float32Array(dims[0] ?? 1).fill(call.timestep), dims);
  }
  const controls = call.controls;
  const count = controls?.weights.length ?? 0;
  const area = (controls?.conditions.length ?? 0) / Math.max(1, count * batch * 3 * call.height * call.width);
  const scale = Math.round(Math.sqrt(area));
  give('controlnet_conds', controls?.conditions, [count, batch, 3, call.height * scale, call.width * scale]);
  const scalesRank = inputs.get('conditioning_scales')?.dimensions.length;
  give('conditioning_scales', controls?.weights, scalesRank === 1 ? [count] : [count, 1]);
  return feeds;
}

function predictionOf(value: TensorValue, call: DenoiserCall): Float32Array {
  const [batch, channels, height, width] = value.dims;
  if (value.dims.length !== 4 || batch !== call.batch || channels === undefined || height !== call.height || width !== call.width) {
    throw new AppError(
      'model-output-invalid',
      `The denoiser gave ${value.dims.join('×')} values for ${String(call.batch)} latents of ${String(call.height)}×${String(call.width)}.`,
      { action: 'Choose another size, or check the pack.' },
    );
  }
  const prediction = floatsOf(value);
  if (!allFinite(prediction)) {
    throw new AppError('model-output-invalid', 'The denoiser gave values that are not numbers (NaN or infinity).', {
      action: 'Try another backend or a float32 pack: half precision overflows in some models.',
    });
  }
  return prediction;
}
