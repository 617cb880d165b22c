/** How a sound's spectrum falls, as published measurements say it. */
import { powerSpectrum } from '../dsp/fft.ts';

const size = 4096;

/** Mean power density of a whole sound, by bins of sampleRate / 4096 Hz. */
function meanSpectrum(samples: Float32Array): Float64Array {
  const total = new Float64Array(size / 2);
  let frames = 0;
  for (let start = 0; start + size <= samples.length; start += size / 2) {
    powerSpectrum(samples, start, size).forEach((value, bin) => (total[bin] = (total[bin] ?? 0) + value));
    frames += 1;
  }
  return total.map((value) => value / Math.max(1, frames));
}

/** Levels of third-octave bands as densities, dB (power a Hz). */
function densities(samples: Float32Array, sampleRate: number, lowHz: number, highHz: number): { hz: number; db: number }[] {
  const power = meanSpectrum(samples);
  const bands: { hz: number; db: number }[] = [];
  for (let hz = lowHz; hz <= highHz * 1.01; hz *= 2 ** (1 / 3)) {
    const [from, to] = [Math.floor((hz * 2 ** (-1 / 6) * size) / sampleRate), Math.ceil((hz * 2 ** (1 / 6) * size) / sampleRate)];
    const part = power.subarray(from, Math.max(from + 1, to));
    bands.push({ hz, db: 10 * Math.log10(part.reduce((sum, value) => sum + value, 1e-20) / part.length) });
  }
  return bands;
}

/** The straight line through the densities: dB an octave, and how far (root mean square, dB) the bands lie from it. */
export function slopeOf(
  samples: Float32Array,
  sampleRate: number,
  lowHz: number,
  highHz: number,
): { dbPerOctave: number; unevenDb: number } {
  const points = densities(samples, sampleRate, lowHz, highHz).map(({ hz, db }) => ({ x: Math.log2(hz / lowHz), y: db }));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const slope =
    points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return { dbPerOctave: slope, unevenDb: Math.sqrt(mean(points.map((point) => (point.y - y - slope * (point.x - x)) ** 2))) };
}
