/** Weights of tokens on an encoder's states, by AUTOMATIC1111's rule. */

/**
 * Each token's states times its weight, then all of them times the number that restores their mean. In place. A mean too near
 * zero to be restored is left.
 * @param states [tokens, width]
 */
export function applyEmphasis(states: Float32Array, weights: Float32Array): void {
  const width = states.length / weights.length;
  let before = 0;
  let after = 0;
  for (let token = 0; token < weights.length; token += 1) {
    const weight = weights[token] ?? 1;
    for (let index = token * width; index < (token + 1) * width; index += 1) {
      const value = states[index] ?? 0;
      before += value;
      after += value * weight;
      states[index] = value * weight;
    }
  }
  const ratio = before / after;
  if (!Number.isFinite(ratio) || ratio <= 0 || ratio > 1e3) return;
  for (let index = 0; index < states.length; index += 1) states[index] = (states[index] ?? 0) * ratio;
}
