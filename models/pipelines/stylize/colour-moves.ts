/**
 * A smooth table of colours from scattered moves of colours: normalised convolution (Knutsson and Westin 1993) over a cube of
 * RGB. Where no colour lies, moves of farther ones count.
 */
import { intoGamut } from '../../../shared/colour/gamut.ts';
import { linearFromOklab, oklabFromLinear, type Oklab } from '../../../shared/colour/oklab.ts';
import { fromLinear, toLinear } from '../../../shared/colour/srgb.ts';

/** Nodes a side; in between the table is linear. */
export const nodes = 17;
/** How far a move spreads, in nodes: less would let the noise of a picture grow. */
const nearSigma = 1;
const farSigma = 3;
const farWeight = 0.02;
/** A node with less than about this many of the colours around it does not occur. */
const leastWeight = 0.3;
/** How much of the moves of lightness is made: more draws strokes so hard that the content's edges are lost. */
const lightness = 0.35;

/**
 * @param from OKLab, three values a colour; `to` where each goes
 * @returns nodes³ RGB colours 0..1, blue running fastest
 */
export function tableOfMoves(from: Float32Array, to: Float32Array): Float32Array {
  const near = gather(from, to);
  const far = near.slice();
  blurCube(near, nearSigma);
  blurCube(far, farSigma);
  for (let index = 0; index < near.length; index += 1) near[index] = (near[index] ?? 0) + farWeight * (far[index] ?? 0);
  const table = new Float32Array(nodes ** 3 * 3);
  const linear = Array.from({ length: nodes }, (_, index) => toLinear(index / (nodes - 1)));
  const at = (index: number): number => linear[index] ?? 0;
  for (let node = 0; node < nodes ** 3; node += 1) {
    const [L, a, b] = oklabFromLinear(at(Math.floor(node / (nodes * nodes))), at(Math.floor(node / nodes) % nodes), at(node % nodes));
    const weight = (near[node * 4] ?? 0) + 1e-9;
    const move = (value: number): number => (near[node * 4 + value] ?? 0) / weight;
    const moved: Oklab = [L + lightness * move(1), a + move(2), b + move(3)];
    // Keeping the hue takes long and is for colours that occur: the others are clipped.
    const colour = linearFromOklab(weight > leastWeight ? intoGamut(moved) : moved);
    for (let channel = 0; channel < 3; channel += 1) table[node * 3 + channel] = Math.min(1, Math.max(0, fromLinear(colour[channel] ?? 0)));
  }
  return table;
}

/** For each node the weight of the colours around it, and the sum of their weighted moves. */
function gather(from: Float32Array, to: Float32Array): Float32Array {
  const cube = new Float32Array(nodes ** 3 * 4);
  const place = (value: number): number => Math.min(nodes - 1.0001, Math.max(0, fromLinear(value) * (nodes - 1)));
  for (let start = 0; start < from.length; start += 3) {
    const [L, a, b] = [from[start] ?? 0, from[start + 1] ?? 0, from[start + 2] ?? 0];
    const [red, green, blue] = linearFromOklab([L, a, b]);
    const [x, y, z] = [place(red), place(green), place(blue)];
    const moves = [1, (to[start] ?? 0) - L, (to[start + 1] ?? 0) - a, (to[start + 2] ?? 0) - b];
    for (let corner = 0; corner < 8; corner += 1) {
      const [i, j, k] = [Math.floor(x) + (corner & 1), Math.floor(y) + ((corner >> 1) & 1), Math.floor(z) + (corner >> 2)];
      const weight = (1 - Math.abs(x - i)) * (1 - Math.abs(y - j)) * (1 - Math.abs(z - k));
      const node = ((i * nodes + j) * nodes + k) * 4;
      for (let value = 0; value < 4; value += 1) cube[node + value] = (cube[node + value] ?? 0) + weight * (moves[value] ?? 0);
    }
  }
  return cube;
}

/** A Gaussian along all three sides, in place; not normalised: weights are blurred as moves are. */
function blurCube(cube: Float32Array, sigma: number): void {
  const radius = Math.ceil(sigma * 2.5);
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, tap) => Math.exp(-((tap - radius) ** 2) / (2 * sigma * sigma)));
  const line = new Float32Array(nodes);
  for (const stride of [4, nodes * 4, nodes * nodes * 4]) {
    for (let start = 0; start < cube.length; start += 1) {
      // Lines begin where the position along them is 0; the four values of a node are lines of their own.
      if (Math.floor(start / stride) % nodes !== 0) continue;
      for (let at = 0; at < nodes; at += 1) line[at] = cube[start + at * stride] ?? 0;
      for (let at = 0; at < nodes; at += 1) {
        let sum = 0;
        const last = Math.min(nodes - 1, at + radius);
        for (let tap = Math.max(0, at - radius); tap <= last; tap += 1) sum += (kernel[tap - at + radius] ?? 0) * (line[tap] ?? 0);
        cube[start + at * stride] = sum;
      }
    }
  }
}
