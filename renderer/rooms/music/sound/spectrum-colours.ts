/** Levels as colours: lightness rises evenly from the ground to the loudest, so that twice as far looks twice as far. */

type Stop = readonly [at: number, red: number, green: number, blue: number];

const dark: readonly Stop[] = [
  [0, 19, 18, 16], [0.18, 33, 21, 54], [0.4, 100, 24, 92], [0.6, 176, 45, 73], [0.78, 233, 102, 46], [0.92, 250, 178, 76], [1, 255, 240, 200],
]; // prettier-ignore
const light: readonly Stop[] = [
  [0, 236, 232, 226], [0.18, 228, 214, 214], [0.4, 226, 170, 138], [0.6, 216, 112, 66], [0.78, 163, 48, 56], [0.92, 94, 20, 74], [1, 30, 10, 46],
]; // prettier-ignore

/** [256 * 4] red, green, blue, alpha. */
export function spectrumColours(theme: 'light' | 'dark'): Uint8ClampedArray {
  const stops = theme === 'dark' ? dark : light;
  const table = new Uint8ClampedArray(256 * 4);
  for (let level = 0; level < 256; level += 1) {
    const at = level / 255;
    const upper = stops.find(([place]) => place >= at) ?? stops[stops.length - 1];
    const lower = stops.findLast(([place]) => place <= at) ?? stops[0];
    if (upper === undefined || lower === undefined) continue;
    const part = upper[0] === lower[0] ? 0 : (at - lower[0]) / (upper[0] - lower[0]);
    for (const channel of [1, 2, 3] as const) table[level * 4 + channel - 1] = lower[channel] + (upper[channel] - lower[channel]) * part;
    table[level * 4 + 3] = 255;
  }
  return table;
}
