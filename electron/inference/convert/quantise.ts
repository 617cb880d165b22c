/** Matrices as bytes: symmetric, one scale for each output, so that no output pays for another's outliers. */

const largestByte = 127;
const largestFinite = 65_504;

/** Whether all of them are finite as halves. */
export function fitsHalves(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) <= largestFinite);
}

/**
 * @param dims of a matrix, row-major
 * @param axis the outputs': 0 or 1
 * @returns value = bytes * scales[output]
 */
export function quantised(values: Float32Array, dims: readonly number[], axis: number): { bytes: Uint8Array; scales: Float32Array } {
  const [rows = 0, columns = 0] = dims;
  const scales = new Float32Array(axis === 0 ? rows : columns);
  const output = axis === 0 ? (row: number): number => row : (_row: number, column: number): number => column;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = output(row, column);
      scales[at] = Math.max(scales[at] ?? 0, Math.abs(values[row * columns + column] ?? 0));
    }
  }
  // A row of zeros has no scale of its own; any will do.
  for (const [at, most] of scales.entries()) scales[at] = most === 0 ? 1 : most / largestByte;
  const bytes = new Int8Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      bytes[at] = Math.max(-largestByte, Math.min(largestByte, Math.round((values[at] ?? 0) / (scales[output(row, column)] ?? 1))));
    }
  }
  return { bytes: new Uint8Array(bytes.buffer), scales };
}
