/** One CLIP text encoder: ids in, every state a pipeline may ask for out. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { ModelSession, TensorValue } from '../../runtime.ts';
import { normalisedLike } from './final-norm.ts';
import { allFinite, fixedSide, floatsOf, inputsByName, integerTensorFor } from './tensors.ts';

export interface ClipStates {
  /** [tokens, width] */
  states: Float32Array;
  width: number;
  /** `text_embeds` (or `pooler_output`); null where the graph gives neither. */
  pooled: Float32Array | null;
}

export interface ClipEncoder {
  /** Ids a chunk must have; null: any number. */
  readonly fixedLength: number | null;
  /** @param ids one chunk, with BOS, EOS and padding */
  encode(ids: readonly number[]): Promise<ClipStates>;
}

/**
 * last: the last layer's states, normalised (SD); beforeLast: the states before the last layer, as they are (SDXL).
 * `skip` leaves further layers out; normalised states are then normalised by the same final norm.
 */
export interface WhichStates {
  layer: 'last' | 'beforeLast';
  skip: number;
}

const hiddenState = /^hidden_states[._](\d+)$/;

/** @throws model-mismatch when the graph is no CLIP text encoder, unsupported when it does not give the states asked for out */
export function createClipEncoder(session: ModelSession, which: WhichStates, label: string): ClipEncoder {
  const inputs = inputsByName(session);
  const idsInput = inputs.get('input_ids') ?? (inputs.size === 1 ? session.inputs[0] : undefined);
  if (idsInput === undefined) {
    throw new AppError('model-mismatch', `The ${label} has no input "input_ids".`, { action: 'Check which file of the pack it is.' });
  }
  const strange = session.inputs.filter((input) => input !== idsInput && input.name !== 'attention_mask' && input.name !== 'position_ids');
  if (strange.length > 0) {
    throw new AppError(
      'model-mismatch',
      `The ${label} needs "${strange.map(({ name }) => name).join('", "')}": it is no CLIP text encoder.`,
      {
        action: 'Check which file of the pack it is.',
      },
    );
  }
  const names = session.outputs.map(({ name }) => name);
  const hidden = new Map(names.flatMap((name) => (hiddenState.test(name) ? [[Number(hiddenState.exec(name)?.[1]), name] as const] : [])));
  const layers = Math.max(0, ...hidden.keys());
  const lastName =
    names.find((name) => name === 'last_hidden_state') ?? session.outputs.find(({ dimensions }) => dimensions.length === 3)?.name;
  const pooledName = names.find((name) => name === 'text_embeds') ?? names.find((name) => name === 'pooler_output');

  const behind = which.layer === 'beforeLast' ? 1 + which.skip : which.skip;
  const stateName = behind === 0 ? lastName : hidden.get(layers - behind);
  if (stateName === undefined) {
    throw new AppError(
      behind > 0 ? 'unsupported' : 'model-mismatch',
      behind > 0
        ? `The ${label} does not give the states ${String(behind)} before its last layer out (hidden_states.${String(layers - behind)}).`
        : `The ${label} has no output "last_hidden_state".`,
      {
        action:
          which.skip > 0
            ? 'Set clip skip to 0, or use an export with hidden states (Optimum writes them for SDXL).'
            : 'Use an export made by Optimum, which gives hidden states out.',
      },
    );
  }
  const normalised = which.layer === 'last' && behind > 0;
  const lastHidden = hidden.get(layers);
  if (normalised && (lastName === undefined || lastHidden === undefined)) {
    throw new AppError('unsupported', `The ${label} does not give out what clip skip needs.`, { action: 'Set clip skip to 0.' });
  }

  return {
    fixedLength: fixedSide(idsInput, 1),
    async encode(ids) {
      const length = ids.length;
      const feeds: Record<string, TensorValue> = { [idsInput.name]: integerTensorFor(idsInput, ids, [1, length]) };
      const mask = inputs.get('attention_mask');
      const positions = inputs.get('position_ids');
      // CLIP in diffusion attends to its padding too, so the mask is all ones.
      if (mask !== undefined) feeds[mask.name] = integerTensorFor(mask, new Array<number>(length).fill(1), [1, length]);
      if (positions !== undefined) feeds[positions.name] = integerTensorFor(positions, [...ids.keys()], [1, length]);
      const outputs = await session.run(feeds);
      const states = statesOf(outputs[stateName], length, label);
      const pooledValue = pooledName === undefined ? undefined : outputs[pooledName];
      // A copy: the next chunk may be written over the runtime's buffer.
      const pooled = pooledValue === undefined ? null : floatsOf(pooledValue).slice();
      if (!normalised) return { ...states, pooled };
      const before = statesOf(outputs[lastHidden ?? ''], length, label);
      const after = statesOf(outputs[lastName ?? ''], length, label);
      return { ...states, states: normalisedLike(states.states, before.states, after.states, states.width), pooled };
    },
  };
}

function statesOf(value: TensorValue | undefined, length: number, label: string): { states: Float32Array; width: number } {
  const [batch, tokens, width] = value?.dims ?? [];
  if (value === undefined || value.dims.length !== 3 || batch !== 1 || tokens !== length || width === undefined) {
    throw new AppError('model-output-invalid', `The ${label} gave ${value?.dims.join('×') ?? 'no'} values for ${String(length)} tokens.`, {
      action: 'Check which file of the pack it is.',
    });
  }
  const states = floatsOf(value).slice();
  if (!allFinite(states)) {
    throw new AppError('model-output-invalid', `The ${label} gave values that are not numbers (NaN or infinity).`, {
      action: 'Try another backend or a float32 pack.',
    });
  }
  return { states, width };
}
