/** The exact log-likelihood of palettes under the flow, whatever the order of their colours. */
import { scorePalettes } from '../../components/palette-flow.ts';
import type { ModelSession } from '../../runtime.ts';
import { permutations, stack } from './palette-space.ts';

/** More orders than these are not summed over: above five colours the order given stands alone. */
const mostOrders = 120;

/**
 * The flow is trained on colours in random order, so order should not matter; it does a little. The average of the density
 * over all orders is itself an exact density, does not depend on the order, and is a better model (an ensemble).
 * @param rows OKLab rows of `size` colours
 * @returns natural logs
 */
export async function symmetricLogLikelihoods(scorer: ModelSession, size: number, rows: readonly Float32Array[]): Promise<number[]> {
  if (rows.length === 0) return [];
  const all = permutations(size);
  const orders = all.length > mostOrders ? [Array.from({ length: size }, (_, index) => index)] : all;
  const reordered = rows.flatMap((row) =>
    orders.map((order) => Float32Array.from(order.flatMap((at) => [...row.subarray(at * 3, at * 3 + 3)]))),
  );
  const { logLikelihoods } = await scorePalettes(scorer, size * 3, stack(reordered));
  return rows.map((_, index) => logMeanExp(logLikelihoods.subarray(index * orders.length, (index + 1) * orders.length)));
}

function logMeanExp(values: Float32Array): number {
  const largest = Math.max(...values);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum / values.length);
}

/** Bits a coordinate when each is known to 1/256 of an OKLab unit. */
export const bitsPerDimension = (logLikelihood: number, dims: number): number => -logLikelihood / Math.LN2 / dims + 8;
