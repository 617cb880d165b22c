import { describe, expect, it } from 'vitest';
import { Biquad } from '../dsp/biquad.ts';
import { dbOfGain, gainOfDb } from '../dsp/levels.ts';
import { Noise } from '../dsp/noise.ts';
import { kWeighting } from './k-weighting.ts';
import { measureLoudness } from './loudness.ts';
import { truePeak } from './true-peak.ts';

/** 1 kHz, one level after the other: [seconds, dB of full scale]. */
function tone(sampleRate: number, parts: readonly (readonly [number, number])[]): Float32Array {
  const pieces = parts.map(([seconds, db]) => Float32Array.from({ length: Math.round(seconds * sampleRate) }, () => gainOfDb(db)));
  const levels = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    levels.set(piece, at);
    at += piece.length;
  }
  const turn = (2 * Math.PI * 1000) / sampleRate;
  return levels.map((level, frame) => level * Math.sin(turn * frame));
}

const integrated = (channels: Float32Array[], sampleRate: number): number => measureLoudness(channels, sampleRate).integratedLufs;
const stereo = (sampleRate: number, parts: readonly (readonly [number, number])[]): Float32Array[] => {
  const one = tone(sampleRate, parts);
  return [one, one];
};

describe('K weighting', () => {
  it('has the coefficients of BS.1770 at 48 kHz', () => {
    const { shelf, lowCut } = kWeighting(48_000);
    expect(shelf.b0).toBeCloseTo(1.535_124_859_586_97, 9);
    expect(shelf.b1).toBeCloseTo(-2.691_696_189_406_38, 9);
    expect(shelf.b2).toBeCloseTo(1.198_392_810_852_85, 9);
    expect(shelf.a1).toBeCloseTo(-1.690_659_293_182_41, 9);
    expect(shelf.a2).toBeCloseTo(0.732_480_774_215_85, 9);
    expect(lowCut.a1).toBeCloseTo(-1.990_047_454_833_98, 8);
    expect(lowCut.a2).toBeCloseTo(0.990_072_250_366_21, 8);
  });

  it('weighs alike at 22.05, 44.1 and 96 kHz', () => {
    for (const sampleRate of [22_050, 44_100, 96_000]) {
      for (const hz of [40, 100, 1000, 4000]) {
        const gain = (rate: number): number => {
          const { shelf, lowCut } = kWeighting(rate);
          const filters = [new Biquad(shelf), new Biquad(lowCut)] as const;
          let power = 0;
          for (let frame = 0; frame < rate; frame += 1) {
            const out = filters[1].step(filters[0].step(Math.sin((2 * Math.PI * hz * frame) / rate)));
            if (frame >= rate / 2) power += out ** 2;
          }
          return 10 * Math.log10(power / rate);
        };
        expect(Math.abs(gain(sampleRate) - gain(48_000)), `${hz} Hz at ${sampleRate}`).toBeLessThan(hz > 2000 ? 0.12 : 0.06);
      }
    }
  });
});

describe('integrated loudness (EBU Tech 3341, table 1)', () => {
  const cases: [string, (readonly [number, number])[], number][] = [
    ['1: steady', [[20, -23]], -23],
    ['2: steady', [[20, -33]], -33],
    ['3: relative gate', [[10, -36], [60, -23], [10, -36]], -23], // prettier-ignore
    ['4: both gates', [[10, -72], [10, -36], [60, -23], [10, -36], [10, -72]], -23], // prettier-ignore
    ['5: steps within the gate', [[20, -26], [20.1, -20], [20, -26]], -23], // prettier-ignore
  ];
  it.each(cases)('%s', (_, parts, expected) => {
    const sampleRate = parts.length > 1 ? 24_000 : 48_000;
    expect(Math.abs(integrated(stereo(sampleRate, parts), sampleRate) - expected)).toBeLessThan(0.1);
  });

  it('6: five channels', () => {
    const levels = [-28, -28, -24, -30, -30];
    const channels = levels.map((db) => tone(48_000, [[5, db]]));
    expect(Math.abs(integrated(channels, 48_000) + 23)).toBeLessThan(0.1);
  });

  it('is the same at 44.1 kHz, counts mono once, and has none for silence', () => {
    expect(Math.abs(integrated(stereo(44_100, [[5, -23]]), 44_100) + 23)).toBeLessThan(0.1);
    expect(Math.abs(integrated([tone(48_000, [[5, -20]])], 48_000) + 23)).toBeLessThan(0.1);
    expect(integrated([new Float32Array(48_000)], 48_000)).toBe(-Infinity);
    expect(integrated([tone(48_000, [[0.1, -10]])], 48_000)).toBeGreaterThan(-25);
  });
});

describe('loudness range (EBU Tech 3342, table 1)', () => {
  const cases: [(readonly [number, number])[], number][] = [
    [[[20, -20], [20, -30]], 10], // prettier-ignore
    [[[20, -20], [20, -15]], 5], // prettier-ignore
    [[[20, -40], [20, -20]], 20], // prettier-ignore
    [[[20, -50], [20, -35], [20, -20], [20, -35], [20, -50]], 15], // prettier-ignore
  ];
  it.each(cases)('case %#', (parts, expected) => {
    expect(Math.abs(measureLoudness(stereo(16_000, parts), 16_000).rangeLu - expected)).toBeLessThan(1);
  });
});

describe('true peak (EBU Tech 3341, cases 15 to 23)', () => {
  const sampleRate = 48_000;
  /** Faded in and out, as the hard edges of a tone have peaks of their own. */
  const sine = (share: number, degrees: number, amplitude: number): Float32Array =>
    Float32Array.from({ length: 4800 }, (_, frame) => {
      const fade = Math.min(1, frame / 600, (4799 - frame) / 600);
      return fade * amplitude * Math.sin(2 * Math.PI * share * frame + (degrees * Math.PI) / 180);
    });
  const cases: [string, number, number, number, number][] = [
    ['15', 1 / 4, 0, 0.5, -6],
    ['16', 1 / 4, 45, 0.5, -6],
    ['17', 1 / 6, 60, 0.5, -6],
    ['18', 1 / 8, 67.5, 0.5, -6],
    ['19', 1 / 4, 45, 1.41, 3],
  ];
  it.each(cases)('case %s', (_, share, degrees, amplitude, expected) => {
    const error = dbOfGain(truePeak([sine(share, degrees, amplitude)])) - expected;
    expect(error).toBeLessThan(0.2);
    expect(error).toBeGreaterThan(-0.4);
  });

  it.each([0, 1, 2, 3])('20 to 23: a peak at full scale that falls %i quarters beside a sample', (quarter) => {
    // A band-limited pulse on a grid four times as fine, of which every fourth value is kept.
    const pulse = Float32Array.from({ length: 512 }, (_, frame) => {
      const distance = frame - 256 + quarter / 4;
      const angle = Math.PI * distance * 0.5;
      return Math.abs(distance) < 1e-9 ? 1 : (Math.sin(angle) / angle) * Math.exp(-((distance / 40) ** 2));
    });
    const error = dbOfGain(truePeak([pulse]));
    expect(error).toBeLessThan(0.2);
    expect(error).toBeGreaterThan(-0.4);
  });

  it('is never below the highest sample', () => {
    const noise = new Noise(4);
    const samples = Float32Array.from({ length: sampleRate / 10 }, () => noise.white());
    expect(truePeak([samples])).toBeGreaterThanOrEqual(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
  });
});
