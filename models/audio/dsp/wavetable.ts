/**
 * Band-limited waves: one period as a table, made from the harmonics that lie below the limit of hearing and of the sample rate, so
 * that nothing folds back. Read with linear interpolation: at 4096 points the images lie below -90 dB.
 */
import { fft } from './fft.ts';

export const tableSize = 4096;
const tableMask = tableSize - 1;

/** A period and its first point again, so that reading needs no wrap. */
function withGuard(period: Float64Array): Float32Array {
  const table = new Float32Array(tableSize + 1);
  table.set(period);
  table[tableSize] = table[0] ?? 0;
  return table;
}

export const sineTable = withGuard(Float64Array.from({ length: tableSize }, (_, index) => Math.sin((2 * Math.PI * index) / tableSize)));

/** @param phase turns, 0 or more */
export function sineOfTurns(phase: number): number {
  const position = (phase - Math.floor(phase)) * tableSize;
  const index = position | 0;
  const low = sineTable[index & tableMask] ?? 0;
  return low + ((sineTable[(index & tableMask) + 1] ?? 0) - low) * (position - index);
}

/** The amplitude of harmonic 1, 2, ... of a note of that many Hz. */
export type Spectrum = (harmonic: number, fundamentalHz: number) => number;

/**
 * One period with the harmonics below `limitHz`, loudness-normalised to an RMS of 0.25. Phases are spread (Schroeder 1970) where
 * asked, which keeps rich waves from being spiky.
 */
export function buildTable(spectrum: Spectrum, fundamentalHz: number, limitHz: number, spread = false): Float32Array {
  const real = new Float64Array(tableSize);
  const imaginary = new Float64Array(tableSize);
  const most = Math.max(1, Math.min(tableSize / 8, Math.floor(limitHz / fundamentalHz)));
  let power = 0;
  for (let harmonic = 1; harmonic <= most; harmonic += 1) {
    const amplitude = spectrum(harmonic, fundamentalHz);
    // Near the limit harmonics fade, so that tables of neighbouring notes sound alike.
    const faded = amplitude * Math.min(1, Math.max(harmonic === 1 ? 1 : 0, (limitHz / (harmonic * fundamentalHz) - 1) * 6));
    const phase = spread ? (-Math.PI * harmonic * (harmonic - 1)) / most : 0;
    real[harmonic] = faded * Math.sin(phase);
    imaginary[harmonic] = -faded * Math.cos(phase);
    power += faded ** 2 / 2;
  }
  fft(imaginary, real);
  // Swapped arguments make the inverse transform; the wave is the real part of the result, which lies in `real`.
  const scale = power > 0 ? 0.25 / Math.sqrt(power) : 0;
  return withGuard(real.map((value) => value * scale));
}

/** Tables of a wave for every pitch, made when first needed: about 0.3 ms each. */
export class WaveSet {
  readonly #spectrum: Spectrum;
  readonly #spread: boolean;
  readonly #tables = new Map<number, Float32Array>();

  constructor(spectrum: Spectrum, spread = false) {
    this.#spectrum = spectrum;
    this.#spread = spread;
  }

  /** The limit leaves a semitone for vibrato and detuning. */
  at(fundamentalHz: number, sampleRate: number): Float32Array {
    const semitone = Math.round(12 * Math.log2(fundamentalHz / 440));
    const key = semitone * 1_000_000 + sampleRate;
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = buildTable(this.#spectrum, 440 * 2 ** (semitone / 12), Math.min(18_000, sampleRate * 0.45), this.#spread);
    this.#tables.set(key, table);
    return table;
  }
}
