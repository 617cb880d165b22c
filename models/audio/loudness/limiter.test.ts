import { describe, expect, it } from 'vitest';
import { dbOfGain, gainOfDb } from '../dsp/levels.ts';
import { Noise } from '../dsp/noise.ts';
import { fft } from '../dsp/fft.ts';
import { Limiter } from './limiter.ts';
import { measureLoudness } from './loudness.ts';
import { limited, normalise } from './normalise.ts';
import { truePeak } from './true-peak.ts';

const sampleRate = 48_000;
const ceiling = gainOfDb(-1);
const made = (frames: number, value: (frame: number) => number): Float32Array =>
  Float32Array.from({ length: frames }, (_, frame) => value(frame));

/** The peak after ideal eight-fold interpolation of the whole sound: independent of the meter that the limiter uses. */
function idealPeak(samples: Float32Array): number {
  const size = 2 ** Math.ceil(Math.log2(samples.length + 256));
  const real = new Float64Array(size);
  real.set(samples);
  const imaginary = new Float64Array(size);
  fft(real, imaginary);
  const wideReal = new Float64Array(size * 8);
  const wideImaginary = new Float64Array(size * 8);
  // Positive frequencies twice over: the real part of the inverse is the sound.
  for (let bin = 0; bin < size / 2; bin += 1) {
    wideReal[bin] = (real[bin]! * (bin === 0 ? 1 : 2)) / size;
    wideImaginary[bin] = (imaginary[bin]! * (bin === 0 ? 1 : 2)) / size;
  }
  fft(wideImaginary, wideReal);
  return wideReal.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Without what lies above 19 kHz, as lossy codecs leave it: then clipped peaks overshoot. Lengths are powers of two. */
function bandLimited(samples: Float32Array): Float32Array {
  const real = Float64Array.from(samples);
  const imaginary = new Float64Array(samples.length);
  fft(real, imaginary);
  const cut = Math.round((19_000 / sampleRate) * samples.length);
  real.fill(0, cut, samples.length - cut);
  imaginary.fill(0, cut, samples.length - cut);
  fft(imaginary, real);
  return Float32Array.from(real, (value) => value / samples.length);
}

/** A chord with a beat: what music does to a limiter. */
const music = made(sampleRate * 4, (frame) => {
  const t = frame / sampleRate;
  const beat = Math.exp(-(t % 0.5) * 8);
  return 0.25 * [220, 277.2, 329.6, 55].reduce((sum, hz) => sum + Math.sin(2 * Math.PI * hz * t), 0) * (0.3 + beat);
});

describe('limiter', () => {
  it('is bit-exact but for the delay when nothing is over', () => {
    const limiter = new Limiter({ sampleRate, ceiling });
    const quiet = made(8000, (frame) => 0.5 * Math.sin(frame * 0.05));
    const left = quiet.slice();
    limiter.process(left, left);
    expect(left.slice(limiter.latency)).toEqual(quiet.slice(0, -limiter.latency));
  });

  const noise = new Noise(1);
  const clipped = bandLimited(made(32_768, () => Math.max(-1, Math.min(1, 4 * noise.white()))));
  const sounds: [string, Float32Array][] = [
    ['an impulse', made(9600, (frame) => (frame === 4000 ? 4 : 0))],
    ['a tone whose peaks lie between the samples', made(9600, (frame) => 2 * Math.sin((Math.PI / 2) * frame + Math.PI / 4))],
    ['clipped noise after a codec', clipped],
    ['music 12 dB over', music.slice(0, 60_000).map((sample) => sample * 4)],
  ];
  it.each(sounds)('lets no sample and no peak between samples of %s through', (_, samples) => {
    const [left, right] = limited(samples, samples, 1, ceiling, sampleRate);
    expect(left).toEqual(right);
    expect(left.length).toBe(samples.length);
    expect(left.every((sample) => Math.abs(sample) <= ceiling)).toBe(true);
    expect(truePeak([left])).toBeLessThanOrEqual(ceiling);
    // Four-fold meters, as the standard's, may miss 0.4 dB of what is near 19 kHz.
    expect(dbOfGain(idealPeak(left))).toBeLessThan(-1 + 0.2);
  });

  it('moves its gain smoothly and comes back to exactly one', () => {
    const [left] = limited(
      made(96_000, (frame) => (frame > 20_000 && frame < 21_000 ? 2 : 0.25)),
      new Float32Array(96_000),
      1,
      ceiling,
      sampleRate,
    );
    let step = 0;
    for (let frame = 1; frame < 19_990; frame += 1) step = Math.max(step, Math.abs(left[frame]! - left[frame - 1]!));
    expect(step).toBeLessThan(0.25 / 100);
    expect(left[95_999]).toBe(0.25);
    expect(left[100]).toBe(0.25);
  });
});

describe('normalisation', () => {
  it.each([-40, -20, -6])('brings music at %i dB to -14 LUFS under -1 dBTP', (db) => {
    const samples = music.map((sample) => sample * gainOfDb(db));
    const result = normalise(samples, samples, { sampleRate });
    expect(Math.abs(measureLoudness([result.left, result.right], sampleRate).integratedLufs + 14)).toBeLessThan(0.1);
    expect(Math.abs(result.loudnessLufs + 14)).toBeLessThan(0.1);
    expect(truePeak([result.left, result.right])).toBeLessThanOrEqual(ceiling);
    expect(result.truePeakDbtp).toBeLessThanOrEqual(-1 + 1e-9);
  });

  it('is a mere gain when the peaks allow it', () => {
    const samples = made(sampleRate, (frame) => 0.02 * Math.sin(frame * 0.1));
    const result = normalise(samples, samples, { sampleRate });
    expect(result.limited).toBe(false);
    const gain = gainOfDb(result.gainDb);
    expect(result.left[1234]).toBeCloseTo(samples[1234]! * gain, 6);
  });

  it('leaves silence silent', () => {
    const result = normalise(new Float32Array(4800), new Float32Array(4800), { sampleRate });
    expect(result.loudnessLufs).toBe(-Infinity);
    expect(result.left.every((sample) => sample === 0)).toBe(true);
  });
});
