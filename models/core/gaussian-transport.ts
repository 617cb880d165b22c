/** Means and covariances of vectors, and the linear map that takes one Gaussian to another with the least motion. */
import { applyToSymmetric, eigenSymmetric, multiply } from './symmetric.ts';

export interface Moments {
  size: number;
  mean: Float64Array;
  deviation: Float64Array;
  /** Row-major, without a ridge. */
  covariance: Float64Array;
}

/** Adds vectors up; vectors given twice count twice. */
export class MomentCollector {
  readonly size: number;
  #count = 0;
  readonly #sum: Float64Array;
  /** Upper triangle, row by row. */
  readonly #products: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#sum = new Float64Array(size);
    this.#products = new Float64Array(size * size);
  }

  add(vector: Float32Array): void {
    const { size } = this;
    this.#count += 1;
    for (let row = 0; row < size; row += 1) {
      const value = vector[row] ?? 0;
      this.#sum[row] = (this.#sum[row] ?? 0) + value;
      const base = row * size;
      for (let column = row; column < size; column += 1) {
        this.#products[base + column] = (this.#products[base + column] ?? 0) + value * (vector[column] ?? 0);
      }
    }
  }

  moments(): Moments {
    const { size } = this;
    const count = Math.max(1, this.#count);
    const mean = this.#sum.map((sum) => sum / count);
    const covariance = new Float64Array(size * size);
    for (let row = 0; row < size; row += 1) {
      for (let column = row; column < size; column += 1) {
        const value = (this.#products[row * size + column] ?? 0) / count - (mean[row] ?? 0) * (mean[column] ?? 0);
        covariance[row * size + column] = value;
        covariance[column * size + row] = value;
      }
    }
    const deviation = Float64Array.from({ length: size }, (_, index) =>
      Math.sqrt(Math.max(0, covariance[index * size + index] ?? 0) + varianceFloor),
    );
    return { size, mean, deviation, covariance };
  }
}

/** The floor of training's moments(): models/training/style/model.py. */
const varianceFloor = 1e-5;
const leastEigenvalue = 1e-6;

function withRidge({ covariance, size }: Moments, ridge: number): Float64Array {
  let trace = 0;
  for (let index = 0; index < size; index += 1) trace += covariance[index * size + index] ?? 0;
  const raised = Float64Array.from(covariance);
  for (let index = 0; index < size; index += 1) {
    raised[index * size + index] = (raised[index * size + index] ?? 0) + (ridge * trace) / size + leastEigenvalue;
  }
  return raised;
}

/**
 * The symmetric matrix T for which T (x - mean of `from`) + mean of `to` has the covariance of `to`: optimal transport
 * between Gaussians (Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping", 2007).
 * @param ridge added to both covariances, relative to their mean variance, so that flat directions are not blown up
 * @returns row-major, size × size
 */
export function transportMap(from: Moments, to: Moments, ridge = 1e-3): Float64Array {
  const { size } = from;
  const source = eigenSymmetric(withRidge(from, ridge), size);
  const root = applyToSymmetric(source, (value) => Math.sqrt(Math.max(leastEigenvalue, value)));
  const inverse = applyToSymmetric(source, (value) => 1 / Math.sqrt(Math.max(leastEigenvalue, value)));
  const inner = multiply(multiply(root, withRidge(to, ridge), size), root, size);
  const middle = applyToSymmetric(eigenSymmetric(inner, size), (value) => Math.sqrt(Math.max(leastEigenvalue, value)));
  return multiply(multiply(inverse, middle, size), inverse, size);
}
