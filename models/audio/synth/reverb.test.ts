import { describe, expect, it } from 'vitest';
import { powerSpectrum } from '../dsp/fft.ts';
import { decayOf, envelopeOf, flatnessOf, peakOf } from '../testing/measure.ts';
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
    // Noise has 0.56; a few modes have far less.
    for (const [low, high] of [[200, 1500], [1500, 4500]] as const) expect(flatnessOf(left, sampleRate, 9600, 16_384, low, high)).toBeGreaterThan(0.4); // prettier-ignore
    const power = powerSpectrum(left, 9600, 16_384).slice(70, 1400);
    const smooth = (bin: number): number => power.slice(Math.max(0, bin - 60), bin + 60).reduce((sum, value) => sum + value, 0) / 120;
    // The highest line over its surroundings: that of exponentially distributed power, ln(1330) times the mean, 8.6 dB, and some.
    expect(Math.max(...Array.from(power, (value, bin) => 10 * Math.log10(value / smooth(bin))))).toBeLessThan(13);
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
