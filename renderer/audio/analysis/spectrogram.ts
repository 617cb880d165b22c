/**
 * Spectra on a logarithmic frequency axis. Low notes lie close together and change slowly, high ones the other way round: three window
 * lengths, long ones below, short ones above, blended where they meet.
 */
import { fft } from '../../../models/audio/dsp/fft.ts';
import { hzOfRow } from './spectrogram-axis.ts';

/** Relative to a sine of full scale. */
export const lowestDb = -96;

/** Windows in seconds, from the longest, and the frequencies at which one gives way to the next, over half an octave each way. */
const windowsS = [0.17, 0.085, 0.03];
const crossoversHz = [260, 2100];

/** The transform is twice as long as the window: what lies between two bins is seen as well. */
const padding = 2;
const silentDb = -120;

/** One window length: the power of each bin in dB, 0 for a sine of full scale. */
class Spectrum {
  /** Of the transform. */
  readonly size: number;
  readonly #window: Float64Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  readonly #db: Float64Array;

  /** @param frames of the window, a power of two */
  constructor(frames: number) {
    this.size = frames * padding;
    this.#window = Float64Array.from({ length: frames }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (index + 0.5)) / frames));
    this.#real = new Float64Array(this.size);
    this.#imaginary = new Float64Array(this.size);
    this.#db = new Float64Array(this.size / 2);
  }

  /** @param middle frame, may lie near or beyond the ends */
  at(samples: Float32Array, middle: number): void {
    const frames = this.#window.length;
    const start = Math.round(middle - frames / 2);
    this.#real.fill(0);
    this.#imaginary.fill(0);
    for (let index = 0; index < frames; index += 1) this.#real[index] = (samples[start + index] ?? 0) * (this.#window[index] ?? 0);
    fft(this.#real, this.#imaginary);
    // Half of a sine's amplitude lies at its own frequency, half of that is the window's mean.
    const scale = 16 / frames ** 2;
    for (let bin = 0; bin < this.#db.length; bin += 1) {
      const power = ((this.#real[bin] ?? 0) ** 2 + (this.#imaginary[bin] ?? 0) ** 2) * scale;
      this.#db[bin] = power > 1e-12 ? 10 * Math.log10(power) : silentDb;
    }
  }

  /** Highest of the bins between two places, which are fractional; between bins what a line would give. */
  between(low: number, high: number): number {
    const at = (bin: number): number => {
      const whole = Math.min(this.#db.length - 2, Math.floor(bin));
      const part = bin - whole;
      return (this.#db[whole] ?? silentDb) * (1 - part) + (this.#db[whole + 1] ?? silentDb) * part;
    };
    let most = at((low + high) / 2);
    for (let bin = Math.ceil(low); bin <= high && bin < this.#db.length; bin += 1) most = Math.max(most, this.#db[bin] ?? silentDb);
    return most;
  }
}

interface RowPlan {
  /** Place in `windowsS` of the longer window, and how much of the next shorter one. */
  window: number;
  share: number;
  lowHz: number;
  highHz: number;
}

function planOf(row: number, rows: number): RowPlan {
  const hz = hzOfRow(row, rows);
  const [lowHz, highHz] = [hzOfRow(row - 0.5, rows), hzOfRow(row + 0.5, rows)];
  for (const [window, crossover] of crossoversHz.entries()) {
    const share = Math.log2(hz / crossover) + 0.5;
    if (share < 1) return { window, share: Math.max(0, share), lowHz, highHz };
  }
  return { window: windowsS.length - 1, share: 0, lowHz, highHz };
}

export class LogSpectrogram {
  readonly #samples: Float32Array;
  readonly #sampleRate: number;
  readonly #spectra: Spectrum[];
  #plans: RowPlan[] = [];

  /** @param sampleRate Hz */
  constructor(samples: Float32Array, sampleRate: number) {
    this.#samples = samples;
    this.#sampleRate = sampleRate;
    this.#spectra = windowsS.map((seconds) => new Spectrum(2 ** Math.round(Math.log2(seconds * sampleRate))));
  }

  /**
   * One column.
   * @param second its middle
   * @param levels [rows] from below, filled: 0 is {@link lowestDb} and below, 255 a sine of full scale
   */
  column(second: number, levels: Uint8Array): void {
    const rows = levels.length;
    if (this.#plans.length !== rows) this.#plans = Array.from({ length: rows }, (_, row) => planOf(row, rows));
    for (const spectrum of this.#spectra) spectrum.at(this.#samples, second * this.#sampleRate);
    for (const [row, plan] of this.#plans.entries()) {
      const long = this.#level(plan, plan.window);
      const db = plan.share === 0 ? long : long * (1 - plan.share) + this.#level(plan, plan.window + 1) * plan.share;
      levels[row] = Math.round(Math.min(1, Math.max(0, 1 - db / lowestDb)) * 255);
    }
  }

  #level({ lowHz, highHz }: RowPlan, window: number): number {
    const spectrum = this.#spectra[window];
    if (spectrum === undefined || highHz > this.#sampleRate / 2) return silentDb;
    const perHz = spectrum.size / this.#sampleRate;
    return spectrum.between(lowHz * perHz, highHz * perHz);
  }
}
