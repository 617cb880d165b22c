/**
 * The encoder's final layer norm, for states of an earlier layer (clip skip). The graph applies it inside and gives no weights
 * out, but both sides of it: the last layer's states and their norm. y = gain * n + bias with n = (x - mean) / deviation is one
 * straight line for each channel, and 77 tokens lie on it, so gain and bias are found by least squares.
 */
import { AppError } from '../../../shared/contract/errors.ts';

const epsilon = 1e-5;
/** Largest distance from the lines, relative to the values: half precision stays below a hundredth of this. */
const tolerance = 0.05;

function standardised(states: Float32Array, width: number): Float32Array {
  const result = new Float32Array(states.length);
  for (let from = 0; from < states.length; from += width) {
    let sum = 0;
    for (let index = from; index < from + width; index += 1) sum += states[index] ?? 0;
    const mean = sum / width;
    let squares = 0;
    for (let index = from; index < from + width; index += 1) squares += ((states[index] ?? 0) - mean) ** 2;
    const deviation = Math.sqrt(squares / width + epsilon);
    for (let index = from; index < from + width; index += 1) result[index] = ((states[index] ?? 0) - mean) / deviation;
  }
  return result;
}

/**
 * @param states of an earlier layer, [tokens, width]
 * @param before the last layer's states, [tokens, width]
 * @param after the same, normalised
 * @throws unsupported when `after` is no layer norm of `before`
 */
export function normalisedLike(states: Float32Array, before: Float32Array, after: Float32Array, width: number): Float32Array {
  const tokens = before.length / width;
  const known = standardised(before, width);
  const result = standardised(states, width);
  let error = 0;
  let size = 0;
  for (let channel = 0; channel < width; channel += 1) {
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumXY = 0;
    for (let index = channel; index < known.length; index += width) {
      const x = known[index] ?? 0;
      const y = after[index] ?? 0;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
    }
    const spread = sumXX - (sumX * sumX) / tokens;
    // A channel that never changes says nothing of its gain: its value is all bias.
    const gain = spread > 1e-9 ? (sumXY - (sumX * sumY) / tokens) / spread : 0;
    const bias = (sumY - gain * sumX) / tokens;
    for (let index = channel; index < known.length; index += width) {
      error += (gain * (known[index] ?? 0) + bias - (after[index] ?? 0)) ** 2;
      size += (after[index] ?? 0) ** 2;
    }
    for (let index = channel; index < result.length; index += width) result[index] = gain * (result[index] ?? 0) + bias;
  }
  if (!(error <= size * tolerance ** 2)) {
    throw new AppError('unsupported', 'The text encoder’s last states are no layer norm of its last layer, so clip skip cannot be done.', {
      action: 'Set clip skip to 0.',
    });
  }
  return result;
}
