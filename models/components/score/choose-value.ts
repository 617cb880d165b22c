/** Sampling of one value from logits. */
import { AppError } from '../../../shared/contract/errors.ts';

export interface Sampling {
  /** 1 = as the model thinks, lower = more usual, 0 = the likeliest. */
  temperature: number;
  /** Only the k likeliest; 0 = all. */
  topK: number;
  /** Only the likeliest that together have this probability (nucleus sampling, arXiv:1904.09751). */
  topP: number;
}

/**
 * Values that are not allowed have no probability from the start, so that top-k and top-p choose among the others.
 * @param logits of the field alone
 * @param allowed one flag a value, at least one of them set
 * @param chance [0, 1)
 * @throws AppError model-output-invalid when an allowed logit is no number
 */
export function chooseValue(logits: Float32Array, allowed: Uint8Array, { temperature, topK, topP }: Sampling, chance: number): number {
  const values: number[] = [];
  for (let value = 0; value < allowed.length; value += 1) {
    if (allowed[value] === 0) continue;
    if (Number.isNaN(logits[value] ?? NaN)) {
      throw new AppError('model-output-invalid', 'The score model gave values that are no numbers.', {
        action: 'Choose the CPU as the backend in the settings, or install the pack again.',
      });
    }
    values.push(value);
  }
  const logit = (value: number): number => logits[value] ?? -Infinity;
  values.sort((a, b) => logit(b) - logit(a) || a - b);
  const [likeliest] = values;
  if (likeliest === undefined) throw new AppError('internal', 'No value of the event is allowed here.');
  if (temperature === 0 || values.length === 1) return likeliest;
  const kept = topK > 0 ? values.slice(0, topK) : values;
  const weights = kept.map((value) => Math.exp((logit(value) - logit(likeliest)) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let count = 0;
  let nucleus = 0;
  while (count < kept.length && (count === 0 || nucleus < topP * total)) {
    nucleus += weights[count] ?? 0;
    count += 1;
  }
  let left = chance * nucleus;
  for (let at = 0; at < count; at += 1) {
    left -= weights[at] ?? 0;
    if (left < 0) return kept[at] ?? likeliest;
  }
  return kept[count - 1] ?? likeliest;
}
