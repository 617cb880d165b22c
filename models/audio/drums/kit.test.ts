import { describe, expect, it } from 'vitest';
import { instruments } from '../instruments/catalogue.ts';
import { centroidOf, decayOf, peakOf, pitchOf } from '../testing/measure.ts';
import { playPhrase } from '../testing/phrases.ts';
import { drumPitches } from './kit.ts';

const sampleRate = 32_000;
const stroke = (pitch: number, seconds = 1): Float32Array =>
  playPhrase(instruments.drums, [{ atS: 0, forS: 0.05, pitch }], sampleRate, seconds)[0];

describe('drum kit', () => {
  it('has a sound of its own level for each key of General MIDI, and ends', () => {
    expect(drumPitches).toEqual(Array.from({ length: 47 }, (_, index) => index + 35));
    for (const pitch of drumPitches) {
      const left = stroke(pitch, 4);
      expect(peakOf(left), `key ${pitch}`).toBeGreaterThan(0.05);
      expect(peakOf(left), `key ${pitch}`).toBeLessThan(1);
      expect(peakOf(left.slice(-4800)), `key ${pitch}`).toBeLessThan(4e-3);
      expect(Math.abs(left.reduce((sum, sample) => sum + sample, 0) / left.length), `key ${pitch}`).toBeLessThan(1e-4);
    }
    expect(peakOf(stroke(20))).toBe(0);
  });

  it('is low where it should be and high where it should be', () => {
    const hz = (pitch: number): number => centroidOf(stroke(pitch), sampleRate, 0, 8192).hz;
    expect(hz(36)).toBeLessThan(250);
    expect(hz(38)).toBeGreaterThan(600);
    expect(hz(42)).toBeGreaterThan(5000);
    expect(hz(49)).toBeGreaterThan(2500);
    const toms = [41, 43, 45, 47, 48, 50].map((pitch) =>
      pitchOf(stroke(pitch), sampleRate, 4000, [74, 88, 104, 124, 147, 175][[41, 43, 45, 47, 48, 50].indexOf(pitch)]!, 16_384),
    );
    expect(toms).toEqual(toms.toSorted((a, b) => a - b));
  });

  it('rings as long as the thing would', () => {
    const seconds = (pitch: number): number => decayOf(stroke(pitch, 4), sampleRate);
    expect(seconds(42)).toBeLessThan(0.15);
    expect(seconds(46)).toBeGreaterThan(0.35);
    expect(seconds(49)).toBeGreaterThan(1);
    expect(seconds(38)).toBeLessThan(0.4);
    expect(seconds(36)).toBeGreaterThan(0.3);
  });

  it('lets the closed hi-hat cut the open one off', () => {
    const open = [{ atS: 0, forS: 0.05, pitch: 46 }];
    const [ringing] = playPhrase(instruments.drums, open, sampleRate, 1);
    const [choked] = playPhrase(instruments.drums, [...open, { atS: 0.2, forS: 0.05, pitch: 42 }], sampleRate, 1);
    expect(peakOf(choked.slice(0.45 * sampleRate))).toBeLessThan(peakOf(ringing.slice(0.45 * sampleRate)) / 10);
  });
});
