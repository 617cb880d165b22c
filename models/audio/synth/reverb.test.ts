import { describe, expect, it } from 'vitest';
import { powerSpectrum } from '../dsp/fft.ts';
import { decayOf, envelopeOf, peakOf } from '../testing/measure.ts';
import { Reverb } from './reverb.ts';

const sampleRate = 48_000;
const response = (decayS: number, seconds = 3): [Float32Array, Float32Array] => {
  const frames = seconds * sampleRate;
  const [left, right, sendLeft, sendRight] = [0, 1, 2, 3].map(() => new Float32Array(frames)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  sendLeft[0] = 1;
  sendRight[0] = 1;
  new Reverb({ sampleRate, decayS }).process(sendLeft, sendRight, left, right, frames);
  return [left, right];
};

/** Mean power of the bins around: the fall towards high frequencies is no ringing. */
const smoothed = (power: Float64Array, bin: number): number => {
  const around = power.slice(Math.max(0, bin - 40), bin + 41);
  return around.reduce((sum, value) => sum + value, 0) / around.length;
};

describe('reverb', () => {
  it.each([0.9, 1.9, 3])('decays by 60 dB in about %f s, evenly', (decayS) => {
    const [left] = response(decayS, Math.ceil(decayS * 1.5));
    // The height goes sooner: what is measured over all frequencies lies a little below.
    expect(decayOf(left, sampleRate)).toBeGreaterThan(decayS * 0.7);
    expect(decayOf(left, sampleRate)).toBeLessThan(decayS * 1.1);
    const levels = envelopeOf(left.slice(sampleRate * 0.15), 2400).map((rms) => 20 * Math.log10(rms));
    const steps = levels.slice(1, 10).map((level, index) => level - levels[index]!);
    expect(Math.max(...steps)).toBeLessThan(2.5);
  });

  it('rings at no frequency of its own: as flat as noise', () => {
    const [left] = response(1.9);
    const power = powerSpectrum(left, 9600, 16_384);
    const levelled = power.map((value, bin) => value / smoothed(power, bin));
    for (const [lowHz, highHz] of [
      [200, 1500],
      [1500, 4500],
      [4500, 9000],
    ] as const) {
      // prettier-ignore
      const band = levelled.slice(Math.floor((lowHz * 16_384) / sampleRate), Math.ceil((highHz * 16_384) / sampleRate));
      // Geometric over arithmetic mean: noise has 0.56, a few ringing modes far less.
      expect(Math.exp(band.reduce((sum, value) => sum + Math.log(value), 0) / band.length)).toBeGreaterThan(0.45);
      // The highest line over its surroundings; of noise that is about 9 dB.
      expect(10 * Math.log10(Math.max(...band))).toBeLessThan(13);
    }
  });

  it('is thick soon, wide, and comes to an end', () => {
    const [left, right] = response(1.2, 4);
    const early = left.slice(sampleRate * 0.08, sampleRate * 0.18);
    const rms = Math.sqrt(early.reduce((sum, value) => sum + value * value, 0) / early.length);
    // Of Gaussian noise 32 % lies outside its RMS (Abel and Huang 2006: echo density 1).
    const outside = early.filter((value) => Math.abs(value) > rms).length / early.length / 0.317;
    expect(outside).toBeGreaterThan(0.7);
    const product = left.reduce((sum, value, index) => sum + value * right[index]!, 0);
    const power = left.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(product / power)).toBeLessThan(0.25);
    expect(peakOf(left.slice(-4800))).toBeLessThan(1e-5);
  });
});
