/** NumPy's and torch's arithmetic where its exact form is visible in the results. */

/** Element of a table whose index is known to be inside. */
export function at(table: ArrayLike<number>, index: number): number {
  const value = table[index];
  if (value === undefined) throw new RangeError(`index ${index} outside a table of ${table.length}`);
  return value;
}

/** Nearest integer, halves to even, as `np.round` and Python's `round` (JavaScript rounds halves up). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** `np.linspace`: the step first, then `i * step + start`; so 30 DPM steps over 999 give 499 where 499.5 would round to 500. */
export function linspace(start: number, stop: number, count: number, endpoint = true): number[] {
  const divisions = endpoint ? count - 1 : count;
  if (divisions <= 0) return count > 0 ? [start] : [];
  const step = (stop - start) / divisions;
  const result = Array.from({ length: count }, (_, index) => index * step + start);
  if (endpoint) result[count - 1] = stop;
  return result;
}

/**
 * `np.arange(start, 0, -step)` in floating point, with its length rule (61 steps of 1000/61 give 62 values, the last about 0)
 * and its fill rule (the increment is what start and start - step differ by after rounding).
 */
export function arangeToZero(start: number, step: number): number[] {
  const length = Math.max(Math.ceil(-start / -step), 0);
  const second = start - step;
  const increment = second - start;
  return Array.from({ length }, (_, index) => (index === 0 ? start : index === 1 ? second : start + index * increment));
}

/** `np.interp(position, [0 .. table.length - 1], table)`: linear, flat outside. */
export function interpolate(table: ArrayLike<number>, position: number): number {
  const last = table.length - 1;
  if (position <= 0) return at(table, 0);
  if (position >= last) return at(table, last);
  const low = Math.floor(position);
  return (at(table, low + 1) - at(table, low)) * (position - low) + at(table, low);
}

/** `torch.quantile(values, q)` with linear interpolation. Empty input gives NaN. */
export function quantile(values: Float32Array, q: number): number {
  if (values.length === 0) return NaN;
  const sorted = values.slice().sort();
  return interpolate(sorted, q * (sorted.length - 1));
}

/** A weighted array: what {@link combine} adds up. */
export type Term = readonly [weight: number, values: Float32Array];

/** Sum of weighted arrays of equal length, accumulated in double precision, stored as float32. */
export function combine(...terms: readonly Term[]): Float32Array {
  const length = terms[0]?.[1].length ?? 0;
  const sums = new Float64Array(length);
  for (const [weight, values] of terms) {
    for (let index = 0; index < length; index += 1) sums[index] = (sums[index] as number) + weight * (values[index] as number);
  }
  return Float32Array.from(sums);
}

/** Solves a small dense linear system by elimination with row pivots (UniPC's coefficients, at most a few rows). */
export function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length;
  const rows = matrix.map((row, index) => [...row, at(right, index)]);
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) {
      if (Math.abs(at(rows[row] ?? [], column)) > Math.abs(at(rows[pivot] ?? [], column))) pivot = row;
    }
    const pivotRow = rows[pivot] ?? [];
    rows[pivot] = rows[column] ?? [];
    rows[column] = pivotRow;
    for (let row = column + 1; row < size; row += 1) {
      const target = rows[row] ?? [];
      const factor = at(target, column) / at(pivotRow, column);
      for (let index = column; index <= size; index += 1) target[index] = at(target, index) - factor * at(pivotRow, index);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row -= 1) {
    const values = rows[row] ?? [];
    let sum = at(values, size);
    for (let index = row + 1; index < size; index += 1) sum -= at(values, index) * at(solution, index);
    solution[row] = sum / at(values, row);
  }
  return solution;
}
