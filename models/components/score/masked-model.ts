/** The model that fills hidden places of a grid of four voices from everything around them. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { ModelSession } from '../../runtime.ts';

export const maskedVoices = 4;
/** 0 silence; 1 + (p - 21): pitch p goes on; 89 + (p - 21): pitch p is struck. The next value, 177, hides the place. */
export const maskedTokens = 177;

export interface MaskedModel {
  /**
   * @param tokens [steps, 4], 16th notes, voices from high to low
   * @param conditions [steps, 4]: place in the bar in 16ths (24 unknown), key (24 unknown), corpus (2 unknown), metre
   * @returns logits [steps, 4, 177]
   * @throws AppError model-mismatch, model-output-invalid
   */
  predict(tokens: Int32Array, conditions: Int32Array): Promise<Float32Array>;
}

export function maskedModel(session: ModelSession, file: string): MaskedModel {
  for (const name of ['tokens', 'conditions']) {
    if (!session.inputs.some((input) => input.name === name)) {
      throw new AppError('model-mismatch', `The graph "${file}" is no masked score model: it has no input "${name}".`, {
        action: 'Install the pack again.',
      });
    }
  }
  return {
    async predict(tokens, conditions) {
      const steps = tokens.length / maskedVoices;
      const { logits } = await session.run({
        tokens: { type: 'int64', dims: [1, steps, maskedVoices], data: BigInt64Array.from(tokens, BigInt) },
        conditions: { type: 'int64', dims: [1, steps, maskedVoices], data: BigInt64Array.from(conditions, BigInt) },
      });
      if (logits === undefined || !(logits.data instanceof Float32Array) || logits.data.length !== tokens.length * maskedTokens) {
        throw new AppError('model-output-invalid', `The graph "${file}" gave logits of another shape than [1, ${String(steps)}, 4, 177].`, {
          action: 'Install the pack again, or choose another backend in the settings.',
        });
      }
      return logits.data;
    },
  };
}
