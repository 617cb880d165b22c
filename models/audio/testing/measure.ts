/** Measures of sounds, for tests and for tuning. */
import { fft, powerSpectrum } from '../dsp/fft.ts';

/** The pitch near `aboutHz` from `start` on, Hz: the phase's advance between two spectra a hop apart, good to a small part of a cent. */
export function pitchOf(samples: Float32Array, sampleRate: number, start: number, aboutHz: number, size = 16_384): number {
  const phaseAt = (from: number, bin: number): number => {
    const real = new Float64Array(size);
    for (let index = 0; index < size; index += 1)
      real[index] = (samples[from + index] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / size));
    const imaginary = new Float64Array(size);
    fft(real, imaginary);
    return Math.atan2(imaginary[bin] ?? 0, real[bin] ?? 0);
  };
  const power = powerSpectrum(samples, start, size);
  const low = Math.floor((aboutHz * 0.94 * size) / sampleRate);
  const high = Math.ceil((aboutHz * 1.06 * size) / sampleRate);
  let bin = low;
  for (let place = low; place <= high; place += 1) if ((power[place] ?? 0) > (power[bin] ?? 0)) bin = place;
  const hop = 512;
  const turns = (phaseAt(start + hop, bin) - phaseAt(start, bin)) / (2 * Math.PI);
  const expected = (bin * hop) / size;
  const advance = expected + (turns - expected - Math.round(turns - expected));
  return (advance * sampleRate) / hop;
}

/** Hz: the middle of the power's distribution, and its standard deviation. */
export function centroidOf(samples: Float32Array, sampleRate: number, start = 0, size = 16_384): { hz: number; bandwidthHz: number } {
  const power = powerSpectrum(samples, start, size);
  let total = 0;
  let weighted = 0;
  for (const [bin, value] of power.entries()) {
    total += value;
    weighted += value * bin;
  }
  const middle = weighted / total;
  let spread = 0;
  for (const [bin, value] of power.entries()) spread += value * (bin - middle) ** 2;
  return { hz: (middle * sampleRate) / size, bandwidthHz: (Math.sqrt(spread / total) * sampleRate) / size };
}

/** RMS of each stretch of `frames`. */
export function envelopeOf(samples: Float32Array, frames: number): number[] {
  return Array.from({ length: Math.floor(samples.length / frames) }, (_, place) => {
    const part = samples.subarray(place * frames, (place + 1) * frames);
    return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / frames);
  });
}

/** Seconds to -60 dB by Schroeder's backward sum: a line through -5 dB and `-5 - overDb`. */
export function decayOf(samples: Float32Array, sampleRate: number, overDb = 25): number {
  const energy = new Float64Array(samples.length);
  let sum = 0;
  for (let index = samples.length - 1; index >= 0; index -= 1) {
    sum += (samples[index] ?? 0) ** 2;
    energy[index] = sum;
  }
  const total = energy[0] ?? 0;
  const when = (db: number): number => energy.findIndex((value) => value < total * 10 ** (db / 10)) / sampleRate;
  return ((when(-5 - overDb) - when(-5)) * 60) / overDb;
}

/** Geometric over arithmetic mean of the power between two frequencies: 0.56 for Gaussian noise in one spectrum, near 0 for tones. */
export function flatnessOf(samples: Float32Array, sampleRate: number, start: number, size: number, lowHz: number, highHz: number): number {
  const power = powerSpectrum(samples, start, size).slice(Math.floor((lowHz * size) / sampleRate), Math.ceil((highHz * size) / sampleRate));
  const logarithms = power.reduce((sum, value) => sum + Math.log(Math.max(1e-30, value)), 0) / power.length;
  return Math.exp(logarithms) / (power.reduce((sum, value) => sum + value, 0) / power.length);
}

export const peakOf = (samples: Float32Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
