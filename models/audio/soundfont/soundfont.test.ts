import { describe, expect, it } from 'vitest';
import { emptyScore, type Score } from '../../../shared/music/score.ts';
import { pitchOf } from '../testing/measure.ts';
import { renderScore } from '../synth/render.ts';
import { tinySoundFont } from '../testing/tiny-soundfont.ts';
import { readSoundFont, SoundFontSound } from './soundfont.ts';

const sampleRate = 44_100;
const score: Score = {
  ...emptyScore({ bars: 1, bpm: 120, metre: { numerator: 4, denominator: 4 }, key: null }),
  tracks: [
    {
      id: 'a', name: '', instrument: { kind: 'melodic', program: 0 }, volume: 1, pan: 0, muted: false, solo: false, reverb: 0,
      notes: [{ start: 480, duration: 480, pitch: 69, velocity: 100 }],
    },
  ],
}; // prettier-ignore

describe('SoundFonts', () => {
  it('play through the engine: in tune, in time, and the same each time', async () => {
    const font = await readSoundFont(tinySoundFont());
    expect(font.name).toBe('Tiny');
    expect(font.presets).toEqual([
      { name: 'Sine', bank: 0, program: 0, drums: false },
      { name: 'Kit', bank: font.presets[1]?.bank, program: 0, drums: true },
    ]);
    const render = (): Float32Array =>
      renderScore(score, { sampleRate, tailS: 0.5, soundOf: ({ instrument }) => new SoundFontSound(font, instrument, sampleRate) }).left;
    const left = render();
    const first = left.findIndex((sample) => Math.abs(sample) > 1e-3);
    expect(Math.abs(first - sampleRate / 2)).toBeLessThan(sampleRate * 0.004);
    expect(Math.abs(1200 * Math.log2(pitchOf(left, sampleRate, Math.round(sampleRate * 0.7), 420) / 440))).toBeLessThan(2);
    expect(left.slice(Math.round(sampleRate * 1.5)).every((sample) => Math.abs(sample) < 1e-3)).toBe(true);
    expect(render()).toEqual(left);
  });

  it('stop when they are told to', async () => {
    const sound = new SoundFontSound(await readSoundFont(tinySoundFont()), { kind: 'melodic', program: 0 }, sampleRate);
    const heard = (frames: number): number => {
      const left = new Float32Array(frames);
      sound.render(left, new Float32Array(frames), frames);
      return left.slice(-128).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    };
    sound.start({ pitch: 69, velocity: 1, seed: 0 }, 0, Infinity);
    expect(heard(12_800)).toBeGreaterThan(0.05);
    sound.silence();
    expect(heard(1280)).toBe(0);
    sound.start({ pitch: 69, velocity: 1, seed: 0 }, 0, Infinity);
    expect(heard(12_800)).toBeGreaterThan(0.05);
    sound.stop(69);
    expect(heard(sampleRate)).toBeLessThan(1e-3);
  });

  const whole = tinySoundFont();
  const damaged = (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => change(whole.slice());
  const hostile: [string, Uint8Array<ArrayBuffer>][] = [
    ['nothing', new Uint8Array()],
    ['another file', new TextEncoder().encode('RIFF????WAVEfmt and so on')],
    ['half a file', damaged((bytes) => bytes.slice(0, bytes.length / 2))],
    ['samples that are not there', tinySoundFont(900_000_000)],
    ['a part longer than the file', damaged((bytes) => (bytes.set([255, 255, 255, 127], 16), bytes))],
    ['no presets', damaged((bytes) => {
      const at = bytes.findIndex((_, index) => String.fromCharCode(...bytes.subarray(index, index + 4)) === 'phdr');
      bytes.set([120], at);
      return bytes;
    })],
  ]; // prettier-ignore
  it.each(hostile)('%s is refused in words', async (_, bytes) => {
    await expect(readSoundFont(bytes)).rejects.toMatchObject({ name: 'AppError', code: 'pack-invalid' });
  });

  it('any damaged byte of the tables is either refused in words or played', async () => {
    const start = whole.length - 420;
    for (let at = start; at < whole.length; at += 29) {
      const bytes = damaged((copy) => (copy.set([255], at), copy));
      const font = await readSoundFont(bytes).catch((error: unknown) => {
        expect(error).toMatchObject({ name: 'AppError' });
        return null;
      });
      if (font === null) continue;
      const sound = new SoundFontSound(font, { kind: 'melodic', program: 0 }, sampleRate);
      sound.start({ pitch: 60, velocity: 1, seed: 0 }, 0, 200);
      sound.render(new Float32Array(1024), new Float32Array(1024), 1024);
    }
  });
});
