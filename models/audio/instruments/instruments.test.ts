import { describe, expect, it } from 'vitest';
import { powerSpectrum } from '../dsp/fft.ts';
import { hzOfPitch } from '../dsp/levels.ts';
import { phraseLoudness, phraseOf, playPhrase } from '../testing/phrases.ts';
import { peakOf, pitchOf } from '../testing/measure.ts';
import type { NoteStart } from '../synth/sound.ts';
import { instrumentIds, instrumentOfProgram, instruments, type InstrumentId } from './catalogue.ts';
import { sustained, wavePatches } from './sustained.ts';
import type { WavePatch } from './wave-voice.ts';

const sampleRate = 48_000;
const melodic = instrumentIds.filter((id) => id !== 'drums');
const one = (id: InstrumentId, pitch: number, seconds: number, forS = seconds, velocity = 100 / 127): [Float32Array, Float32Array] =>
  playPhrase(instruments[id], [{ atS: 0, forS, pitch }], sampleRate, seconds, velocity);
const register = (id: InstrumentId): number => Math.min(...phraseOf(id).map(({ pitch }) => pitch));
const lowest = new Set<InstrumentId>(['marimba', 'pizzicato', 'mutedGuitar', 'xylophone', 'banjo']);

describe.each(melodic)('%s', (id) => {
  const pitch = register(id) + 9;
  const [left, right] = one(id, pitch, 1.4, 1);
  const middle = left.map((sample, frame) => (sample + right[frame]!) / 2);

  it('is in tune within 2 cents', () => {
    // Players of a section and their vibrato are unlike, and cancel out over the whole only: their mean is tested with all of them.
    for (const offset of [-12, 0, 12]) {
      const hz = hzOfPitch(pitch + offset);
      const [a, b] = one(id, pitch + offset, 0.7);
      const mono = a.map((sample, frame) => sample + b[frame]!);
      const cents = 1200 * Math.log2(pitchOf(mono, sampleRate, 3000, hz, lowest.has(id) ? 8192 : 16_384) / hz);
      const swaying = [
        'strings',
        'voices',
        'pad',
        'lead',
        'accordion',
        'brass',
        'honkyTonk',
        'soloString',
        'flute',
        'reed',
        'squareLead',
        'clarinet',
        'horn',
        'organ',
        'churchOrgan',
        'electricGuitar',
        'mutedGuitar',
        'electricPiano',
        'bellPiano',
      ].includes(id);
      expect(Math.abs(cents), `pitch ${pitch + offset}`).toBeLessThan(swaying ? 12 : 2);
    }
  });

  it('has no DC, no clicks, no clipping, and ends', () => {
    const mean = middle.reduce((sum, sample) => sum + sample, 0) / middle.length;
    expect(Math.abs(mean) / peakOf(middle)).toBeLessThan(2e-3);
    expect(peakOf(left)).toBeLessThan(1);
    // At the start a step is at most what the wave itself does later.
    const step = (from: number, to: number): number => {
      let most = 0;
      for (let frame = from; frame < to; frame += 1) most = Math.max(most, Math.abs(left[frame]! - left[frame - 1]!));
      return most;
    };
    expect(Math.abs(left[0]!)).toBeLessThan(0.01);
    expect(step(1, 4)).toBeLessThan(0.05);
    // As the key goes up, nothing jumps.
    const off = sampleRate;
    expect(step(off - 32, off + 256)).toBeLessThanOrEqual(step(off - 2400, off - 33) * 1.25 + 1e-4);
    const [long] = one(id, pitch, 5, 0.2);
    expect(peakOf(long.slice(-128))).toBeLessThan(['bells', 'glockenspiel', 'vibraphone'].includes(id) ? 0.03 : 1e-3);
  });

  it('is louder when played harder', () => {
    const level = (velocity: number): number => peakOf(one(id, pitch, 0.5, 0.5, velocity)[0]);
    expect(level(1)).toBeGreaterThan(level(0.5) * 1.2);
    expect(level(0.5)).toBeGreaterThan(level(0.1) * 1.2);
  });
});

describe('instruments', () => {
  it('are of one loudness within 3 LU', () => {
    const levels = instrumentIds.map((id) => phraseLoudness(instruments[id], phraseOf(id), 32_000));
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(3);
  });

  it.each([...Object.keys(wavePatches), 'electricPiano', 'organ', 'churchOrgan'])(
    '%s: high notes have nothing between their harmonics',
    (id) => {
      // The bare wave: breath, vibrato and chorus are meant to lie beside the harmonics. Plucked and modal voices are linear.
      const patch = Object.hasOwn(wavePatches, id) ? wavePatches[id as keyof typeof wavePatches] : null;
      const bare: WavePatch = {
        ...(patch ?? wavePatches.flute),
        breath: { gain: 0, multiple: 1, q: 1, chiff: 0 },
        oscillators: [{ cents: 0, pan: 0, gain: 1 }],
        vibrato: { hz: 1, cents: 0, delayS: 0 },
        driftCents: 0,
      };
      const full = patch === null ? instruments[id as InstrumentId] : sustained(id, bare, 1);
      const dry = { name: id, gain: 1, start: (note: NoteStart, rate: number) => full.start(note, rate) };
      for (const pitch of [84, 91, 103]) {
        const [left] = playPhrase(dry, [{ atS: 0, forS: 2, pitch }], sampleRate, 1.6, 1);
        const size = 32_768;
        const power = powerSpectrum(left, 38_000, size);
        // The organ's lowest pipe is an octave below.
        const hz = hzOfPitch(pitch) / 2;
        let harmonic = 0;
        let between = 0;
        for (const [bin, value] of power.entries()) {
          const at = (bin * sampleRate) / size;
          if (Math.abs(at / hz - Math.round(at / hz)) * hz < 12) harmonic += value;
          else if (at > 60) between += value;
        }
        expect(10 * Math.log10(between / harmonic), `pitch ${pitch}`).toBeLessThan(-75);
      }
    },
  );

  it('stand for all 128 programs', () => {
    const used = new Set(Array.from({ length: 128 }, (_, program) => instrumentOfProgram(program)));
    expect([...used].every((id) => instrumentIds.includes(id))).toBe(true);
    expect(melodic.filter((id) => !used.has(id))).toEqual([]);
    expect(instrumentOfProgram(0)).toBe('piano');
    expect(instrumentOfProgram(33)).toBe('fingerBass');
    expect(instrumentOfProgram(48)).toBe('strings');
    expect(instrumentOfProgram(73)).toBe('flute');
    expect(instrumentOfProgram(127)).toBe('pad');
  });
});
