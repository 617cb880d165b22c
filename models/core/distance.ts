import type { Size } from '../../shared/domain/geometry.ts';

const far = 1e12;

/**
 * Exact Euclidean distance of every pixel to the nearest marked one, in pixels (0 on marked pixels; very large when
 * nothing is marked). Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012.
 */
export function distanceTo(marked: Uint8Array, { width, height }: Size): Float32Array {
  const squared = new Float64Array(width * height);
  for (let index = 0; index < squared.length; index += 1) squared[index] = marked[index] === 0 ? far : 0;
  const longest = Math.max(width, height);
  const line = new Float64Array(longest);
  const sites = new Int32Array(longest);
  const bounds = new Float64Array(longest + 1);
  const pass = (start: number, stride: number, length: number): void => {
    for (let index = 0; index < length; index += 1) line[index] = squared[start + index * stride] ?? far;
    let last = 0;
    sites[0] = 0;
    bounds[0] = -Infinity;
    bounds[1] = Infinity;
    for (let site = 1; site < length; site += 1) {
      const raised = (line[site] ?? far) + site * site;
      let meet: number;
      for (;;) {
        const other = sites[last] ?? 0;
        meet = (raised - ((line[other] ?? far) + other * other)) / (2 * (site - other));
        // bounds[0] is -Infinity, so this ends.
        if (meet > (bounds[last] ?? 0)) break;
        last -= 1;
      }
      last += 1;
      sites[last] = site;
      bounds[last] = meet;
      bounds[last + 1] = Infinity;
    }
    let nearest = 0;
    for (let index = 0; index < length; index += 1) {
      while ((bounds[nearest + 1] ?? Infinity) < index) nearest += 1;
      const site = sites[nearest] ?? 0;
      squared[start + index * stride] = (index - site) ** 2 + (line[site] ?? far);
    }
  };
  for (let x = 0; x < width; x += 1) pass(x, width, height);
  for (let y = 0; y < height; y += 1) pass(y * width, 1, width);
  return Float32Array.from(squared, Math.sqrt);
}
