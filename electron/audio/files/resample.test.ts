import { describe, expect, it } from 'vitest';
import { sourceOf } from './audio-source.ts';
import { blocksOf, resample } from './resample.ts';

const sine = (hertz: number, rate: number, frames: number): Float32Array =>
  Float32Array.from({ length: frames }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hertz * index) / rate));

function converted(samples: Float32Array, from: number, to: number): Float32Array {
  const out = resample(sourceOf({ sampleRate: from, channels: [samples] }), to);
  const all = [...out.blocks()].flatMap(([block]) => [...(block ?? [])]);
  expect(all).toHaveLength(out.frames);
  return Float32Array.from(all);
}

/** Power in decibels below a full-scale sine, of what is left after taking away the best fitting sine of the given frequency. */
function residueDb(samples: Float32Array, hertz: number, rate: number): { toneDb: number; restDb: number } {
  const edge = 2000;
  let [cc, ss, cs, xc, xs, count] = [0, 0, 0, 0, 0, 0];
  for (let index = edge; index < samples.length - edge; index += 1) {
    const [c, s, x] = [Math.cos((2 * Math.PI * hertz * index) / rate), Math.sin((2 * Math.PI * hertz * index) / rate), samples[index] ?? 0];
    cc += c * c;
    ss += s * s;
    cs += c * s;
    xc += x * c;
    xs += x * s;
    count += 1;
  }
  const determinant = cc * ss - cs * cs;
  const [a, b] = [(xc * ss - xs * cs) / determinant, (xs * cc - xc * cs) / determinant];
  let rest = 0;
  for (let index = edge; index < samples.length - edge; index += 1) {
    const angle = (2 * Math.PI * hertz * index) / rate;
    rest += ((samples[index] ?? 0) - a * Math.cos(angle) - b * Math.sin(angle)) ** 2;
  }
  return { toneDb: 10 * Math.log10(a * a + b * b), restDb: 10 * Math.log10((2 * rest) / count + 1e-30) };
}

const powerDb = (samples: Float32Array): number => {
  const inner = samples.subarray(2000, samples.length - 2000);
  return 10 * Math.log10((2 * inner.reduce((sum, value) => sum + value * value, 0)) / inner.length + 1e-30);
};

const pairs = [
  [44_100, 48_000],
  [48_000, 44_100],
  [48_000, 32_000],
  [32_000, 48_000],
  [44_100, 32_000],
  [32_000, 44_100],
] as const;

describe('resampling', () => {
  it.each(pairs)('keeps tones of the pass band, %i to %i Hz', (from, to) => {
    const lower = Math.min(from, to) / 2;
    for (const hertz of [50, 997, lower * 0.5, lower * 0.91]) {
      const frames = from / 4;
      const out = converted(sine(hertz, from, frames), from, to);
      const { toneDb, restDb } = residueDb(out, hertz, to);
      expect(Math.abs(toneDb - 20 * Math.log10(0.5)), `${String(hertz)} Hz level`).toBeLessThan(0.01);
      // Aliases, images and rounding together, below the tone.
      expect(restDb - toneDb, `${String(hertz)} Hz purity`).toBeLessThan(-96);
    }
  });

  it.each(pairs.filter(([from, to]) => from > to))('lets nothing fold back, %i to %i Hz', (from, to) => {
    for (const share of [1.005, 1.05, 1.2]) {
      const hertz = (to / 2) * share;
      if (hertz >= from / 2) continue;
      expect(powerDb(converted(sine(hertz, from, from / 4), from, to)) - 20 * Math.log10(0.5)).toBeLessThan(-96);
    }
  });

  it('keeps places in time, constants and length', () => {
    const impulse = new Float32Array(4410);
    impulse[2205] = 1;
    const out = converted(impulse, 44_100, 48_000);
    expect(out).toHaveLength(4800);
    expect(out.indexOf(Math.max(...out))).toBe(2400);
    const constant = converted(new Float32Array(44_100).fill(0.25), 44_100, 48_000);
    expect(constant.subarray(1000, 47_000).every((value) => Math.abs(value - 0.25) < 1e-6)).toBe(true);
  });

  it('gives the same in small blocks as at once', () => {
    const samples = sine(440, 44_100, 20_000);
    const whole = converted(samples, 44_100, 48_000);
    const source = sourceOf({ sampleRate: 44_100, channels: [samples] });
    const pieces = { ...source, blocks: () => blocksOf(source, 77) };
    const out = resample(pieces, 48_000);
    const joined = Float32Array.from([...out.blocks()].flatMap(([block]) => [...(block ?? [])]));
    expect(joined.subarray(0, whole.length)).toEqual(whole);
  });
});
