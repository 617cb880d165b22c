/** Exact squared Euclidean distances: P. Felzenszwalb and D. Huttenlocher, Distance Transforms of Sampled Functions (2012). */

/** Larger than any distance in a picture. */
const never = 1 << 24;

/**
 * For each pixel the squared distance, in pixels, to the centre of the nearest pixel with `values` >= `threshold`; huge
 * where there is no such pixel at all. Whole numbers, exact up to 4096 pixels away (single precision beyond).
 * `into`, of the same length, is filled and returned.
 */
export function squaredDistances(values: Uint8Array, width: number, height: number, threshold: number, into: Float32Array): Float32Array {
  alongColumns(values, width, height, threshold, into);
  const heights = new Float64Array(width);
  // The lower envelope: which column's parabola is lowest, and from where on.
  const columns = new Int32Array(width);
  const starts = new Float64Array(width + 1);
  for (let row = 0; row < height; row += 1) {
    const line = into.subarray(row * width, (row + 1) * width);
    alongRow(line, heights, columns, starts);
  }
  return into;
}

/** Distances within each column, not squared: two sweeps over whole rows. */
function alongColumns(values: Uint8Array, width: number, height: number, threshold: number, into: Float32Array): void {
  for (let i = 0; i < into.length; i += 1) {
    if ((values[i] ?? 0) >= threshold) into[i] = 0;
    else into[i] = i < width ? never : (into[i - width] ?? 0) + 1;
  }
  for (let i = width * (height - 1) - 1; i >= 0; i -= 1) {
    const below = (into[i + width] ?? 0) + 1;
    if (below < (into[i] ?? 0)) into[i] = below;
  }
}

function alongRow(line: Float32Array, heights: Float64Array, columns: Int32Array, starts: Float64Array): void {
  const width = line.length;
  let count = 0;
  for (let x = 0; x < width; x += 1) {
    const distance = line[x] ?? 0;
    heights[x] = distance * distance;
    if (distance >= never) continue;
    // Inside a covered run nothing but its ends can be nearest to a pixel outside.
    if (distance === 0 && x > 0 && x < width - 1 && line[x - 1] === 0 && line[x + 1] === 0) continue;
    const own = distance * distance + x * x;
    let from = -Infinity;
    while (count > 0) {
      const other = columns[count - 1] ?? 0;
      from = (own - (heights[other] ?? 0) - other * other) / (2 * (x - other));
      if (from > (starts[count - 1] ?? 0)) break;
      count -= 1;
      from = -Infinity;
    }
    columns[count] = x;
    starts[count] = from;
    count += 1;
  }
  if (count === 0) {
    line.fill(never * never);
    return;
  }
  starts[count] = Infinity;
  let at = 0;
  for (let x = 0; x < width; x += 1) {
    if (heights[x] === 0) {
      line[x] = 0;
      continue;
    }
    while ((starts[at + 1] ?? Infinity) < x) at += 1;
    const column = columns[at] ?? 0;
    line[x] = (x - column) * (x - column) + (heights[column] ?? 0);
  }
}
