import { describe, expect, it } from 'vitest';
import { gainOfDb } from '../dsp/levels.ts';
import { measureLoudness } from '../loudness/loudness.ts';
import { truePeak } from '../loudness/true-peak.ts';
import { centroidOf, decayOf, envelopeOf, flatnessOf, peakOf, pitchOf } from '../testing/measure.ts';
import { modeT60S } from './impacts.ts';
import { slopeOf } from '../testing/spectrum-slope.ts';
import { shippedParameters } from '../testing/pack-parameters.ts';
import { effectIds, effectInfo, makeEffect, type EffectId, type EffectOptions } from './effects.ts';

const sampleRate = 32_000;
/** The same sound is measured in several tests. */
const kept = new Map<string, { left: Float32Array; right: Float32Array }>();
const fresh = (id: EffectId, options: Partial<EffectOptions> = {}): { left: Float32Array; right: Float32Array } =>
  makeEffect(id, shippedParameters, { sampleRate, lengthS: Math.min(5, effectInfo(id).seconds), seed: 5, ...options });
function made(id: EffectId, options: Partial<EffectOptions> = {}): { left: Float32Array; right: Float32Array } {
  const key = id + JSON.stringify(options);
  const known = kept.get(key) ?? fresh(id, options);
  kept.set(key, known);
  return known;
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Standard deviation over mean of the level in stretches of `ms`. */
const unevenness = (samples: Float32Array, ms: number): number => {
  const levels = envelopeOf(samples, Math.round((sampleRate * ms) / 1000));
  const middle = mean(levels);
  return Math.sqrt(mean(levels.map((level) => (level - middle) ** 2))) / middle;
};

describe.each(effectIds)('%s', (id) => {
  it('has its length and level, no DC, and follows its seed', () => {
    const { left, right } = made(id);
    expect(left.length).toBe(Math.round(Math.min(5, effectInfo(id).seconds) * sampleRate));
    expect(truePeak([left, right])).toBeLessThanOrEqual(gainOfDb(-1) + 1e-6);
    const loudness = measureLoudness([left, right], sampleRate).integratedLufs;
    if (effectInfo(id).group === 'texture') expect(loudness).toBeLessThan(-19.9);
    else expect(truePeak([left, right])).toBeGreaterThan(gainOfDb(-1.1));
    expect(loudness).toBeGreaterThan(-40);
    expect(Math.abs(mean(Array.from(left)))).toBeLessThan(2e-3);
    const part = fresh(id, { lengthS: 0.3 }).left;
    expect(fresh(id, { lengthS: 0.3 }).left).toEqual(part);
    expect(fresh(id, { lengthS: 0.3, seed: 6 }).left).not.toEqual(part);
    expect(Math.abs(left.at(-1)!)).toBeLessThan(0.01);
  });
});

describe('spectra and time', () => {
  const left = (id: EffectId, options: Partial<EffectOptions> = {}): Float32Array => made(id, options).left;
  const hz = (id: EffectId, options: Partial<EffectOptions> = {}): number => centroidOf(left(id, options), sampleRate, 0, 65_536).hz;

  it('wind: a low, coloured noise that swells within seconds and rises with its strength', () => {
    expect(hz('wind')).toBeLessThan(900);
    expect(unevenness(left('wind'), 250)).toBeGreaterThan(0.15);
    expect(hz('wind', { intensity: 1 })).toBeGreaterThan(hz('wind', { intensity: 0 }) * 1.3);
  });

  it('rain: bright, broad, even over seconds and grainy over milliseconds; denser when it pours', () => {
    const rain = centroidOf(left('rain'), sampleRate, 0, 65_536);
    expect(rain.hz).toBeGreaterThan(2200);
    expect(rain.bandwidthHz).toBeGreaterThan(1500);
    expect(unevenness(left('rain'), 500)).toBeLessThan(0.15);
    expect(unevenness(left('rain', { intensity: 0 }), 2)).toBeGreaterThan(unevenness(left('rain', { intensity: 1 }), 2));
  });

  it('waves: come every some seconds, and break bright', () => {
    const waves = made('waves', { lengthS: 24 }).left;
    expect(unevenness(waves, 500)).toBeGreaterThan(0.2);
    const levels = envelopeOf(waves, sampleRate / 2);
    const peaks = levels.filter(
      (level, place) => level > mean(levels) && level > (levels[place - 1] ?? 0) && level >= (levels[place + 1] ?? 0),
    );
    expect(peaks.length).toBeGreaterThanOrEqual(2);
    expect(peaks.length).toBeLessThan(10);
  });

  it('fire: crackles: peaks far above the level', () => {
    const fire = left('fire');
    const rms = Math.sqrt(mean(Array.from(fire, (value) => value * value)));
    expect(peakOf(fire) / rms).toBeGreaterThan(8);
    expect(unevenness(left('rain'), 5)).toBeLessThan(unevenness(fire, 5));
  });

  it('hum: lines at multiples of 50 Hz', () => {
    const hum = left('hum');
    expect(flatnessOf(hum, sampleRate, 0, 65_536, 40, 1000)).toBeLessThan(0.02);
    expect(hz('hum')).toBeLessThan(400);
    expect(hz('hum', { intensity: 1 })).toBeGreaterThan(hz('hum', { intensity: 0 }));
  });

  it('thunder: rumbles on for seconds, ever darker, and is brighter when it is near', () => {
    const thunder = left('thunder');
    expect(decayOf(thunder, sampleRate)).toBeGreaterThan(1.5);
    expect(centroidOf(thunder, sampleRate, 0, 16_384).hz).toBeGreaterThan(centroidOf(thunder, sampleRate, 2 * sampleRate, 16_384).hz * 1.5);
    expect(hz('thunder', { intensity: 1 })).toBeGreaterThan(hz('thunder', { intensity: 0 }));
  });

  it('steps come one by one', () => {
    const levels = envelopeOf(left('footsteps'), sampleRate / 50);
    const onsets = levels.filter((level, place) => level > 0.06 && (levels[place - 1] ?? 0) < level / 4).length;
    expect(onsets).toBeGreaterThanOrEqual(6);
    expect(onsets).toBeLessThanOrEqual(24);
    expect(levels.filter((level) => level < 0.005).length / levels.length).toBeGreaterThan(0.3);
  });

  it('wood is short, metal rings, glass is high', () => {
    expect(decayOf(left('impact-wood'), sampleRate)).toBeLessThan(0.3);
    expect(decayOf(left('impact-metal'), sampleRate)).toBeGreaterThan(0.8);
    expect(hz('impact-glass')).toBeGreaterThan(hz('impact-wood') * 3);
    expect(hz('impact-metal', { intensity: 1 })).toBeGreaterThan(hz('impact-metal', { intensity: 0 }));
  });

  it('a whoosh swells, passes from left to right, and goes', () => {
    const { left: one, right: other } = made('whoosh');
    const levels = envelopeOf(one, 3200);
    expect(levels.indexOf(Math.max(...levels))).toBeGreaterThan(1);
    const early = peakOf(one.slice(0, 12_000)) / peakOf(other.slice(0, 12_000));
    const late = peakOf(one.slice(20_000)) / peakOf(other.slice(20_000));
    expect(early).toBeGreaterThan(late * 2);
  });

  it('variation moves colour and pitch: nothing at 0, more at 1', () => {
    const spread = (variation: number): number =>
      mean((['kick', 'tom', 'impact-glass', 'impact-metal', 'wind', 'snare', 'footsteps'] as const).map((id) => {
        const all = [1, 2, 3, 4].map((seed) => Math.log2(centroidOf(made(id, { seed, variation, lengthS: 1 }).left, sampleRate).hz));
        return Math.max(...all) - Math.min(...all);
      })); // prettier-ignore
    expect(spread(1)).toBeGreaterThan(spread(0) * 2);
  });

  it.each(effectIds.filter((id) => effectInfo(id).loopable))('%s loops without a seam', (id) => {
    const { left: loop } = made(id, { loop: true, lengthS: 4 });
    const steps = Array.from(loop.slice(1), (value, index) => Math.abs(value - loop[index]!)).toSorted((a, b) => a - b);
    const seam = Math.abs(loop[0]! - loop.at(-1)!);
    expect(seam).toBeLessThanOrEqual(steps[Math.floor(steps.length * 0.999)]!);
    // The level over the seam is that of its surroundings.
    const around = Float32Array.from([...loop.slice(-3200), ...loop.slice(0, 3200)]);
    const levels = envelopeOf(around, 1600).map((level) => 20 * Math.log10(level));
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(id === 'fire' ? 25 : 8);
  });
});

describe('what physics says', () => {
  const { wood, metal, glass } = shippedParameters.impacts;
  const { bubbles } = shippedParameters.rain;

  it.each([
    ['wind', 5, 250, 4000, -5.02],
    ['waves', 12, 500, 8000, -5.12],
    ['fire', 5, 160, 1000, -7.53],
  ] as const)('%s falls as published spectra do', { timeout: 60_000 }, (id, lengthS, lowHz, highHz, dbPerOctave) => {
    const slopes = [1, 2].map((seed) =>
      slopeOf(makeEffect(id, shippedParameters, { sampleRate: 24_000, lengthS, seed }).left, 24_000, lowHz, highHz),
    );
    expect(Math.abs(mean(slopes.map((slope) => slope.dbPerOctave)) - dbPerOctave)).toBeLessThan(1);
    expect(mean(slopes.map(({ unevenDb }) => unevenDb))).toBeLessThan(4.5);
  });

  it('thunder lies where microphones heard it, far and near', () => {
    const hz = (intensity: number): number => mean([1, 2, 3].map((seed) => centroidOf(makeEffect('thunder', shippedParameters, { sampleRate: 24_000, lengthS: 6, seed, intensity }).left, 24_000, 0, 65_536).hz)); // prettier-ignore
    expect(hz(0)).toBeGreaterThan(100);
    expect(hz(0)).toBeLessThan(400);
    expect(hz(1)).toBeGreaterThan(300);
    expect(hz(1)).toBeLessThan(700);
  });

  it('bars, rings and skins have their modes', () => {
    // A free bar: squares of the roots of cos x cosh x = 1. A ring: Hoppe (1871). A membrane: zeros of Bessel functions.
    for (const root of [4.73004, 7.8532, 10.99561])
      expect(wood.ratios.some((ratio) => Math.abs(ratio - (root / 4.73004) ** 2) < 0.002)).toBe(true);
    const ring = (n: number): number => (n * (n * n - 1)) / Math.sqrt(n * n + 1);
    glass.ratios.forEach((ratio, place) => expect(ratio).toBeCloseTo(ring(place + 2) / ring(2), 2));
    expect(shippedParameters.drums.tom.ratios.slice(0, 4)).toEqual([1, 1.593, 2.135, 2.295]);
    const blow = makeEffect('impact-glass', shippedParameters, { sampleRate, lengthS: 1.2, seed: 5, intensity: 0.7 }).left;
    expect(pitchOf(blow, sampleRate, 1500, glass.hz) / glass.hz).toBeCloseTo(1, 2);
    const second = pitchOf(blow, sampleRate, 1500, glass.hz * 2.828, 4096) / glass.hz;
    expect(Math.abs(second - 2.828)).toBeLessThan(2.828 * (glass.spread + 0.005));
  });

  it('modes die as loss factors say', () => {
    expect(modeT60S(1000, { loss: 0.0022, longestS: 60 })).toBeCloseTo(1 / (1 + 1 / 60), 5);
    const ringing = (['wood', 'glass', 'metal'] as const).map((material) => decayOf(left(`impact-${material}`), sampleRate));
    expect(ringing).toEqual(ringing.toSorted((a, b) => a - b));
    expect(modeT60S(metal.hz, metal)).toBeGreaterThan(10 * modeT60S(wood.hz, wood));
  });

  it('bubbles ring where Minnaert says, and the smaller the shorter', () => {
    const [smallest, largest] = bubbles.radiusM;
    expect(bubbles.minnaert / largest).toBeGreaterThan(1000);
    expect(bubbles.minnaert / smallest).toBeLessThan(10_000);
    // 3.26 Hz m: sqrt(3 * 1.4 * 101325 / 998) / (2 pi).
    expect(bubbles.minnaert).toBeCloseTo(Math.sqrt((3 * 1.4 * 101_325) / 998) / (2 * Math.PI), 1);
  });

  function left(id: EffectId): Float32Array {
    return made(id).left;
  }
});
