import { describe, expect, it } from 'vitest';
import { emptyScore, secondsAt, ticksPerQuarter, type Note, type Score, type Track } from '../../../shared/music/score.ts';
import { powerSpectrum } from '../dsp/fft.ts';
import { gainOfDb } from '../dsp/levels.ts';
import { peakOf } from '../testing/measure.ts';
import { createEngine } from './engine.ts';
import { renderScore } from './render.ts';
import { TempoMap } from './tempo-map.ts';

const sampleRate = 48_000;
const note = (beat: number, pitch: number, beats = 1, velocity = 100): Note => ({
  start: beat * 480,
  duration: beats * 480,
  pitch,
  velocity,
});
const track = (id: string, program: number | 'drums', notes: Note[], more: Partial<Track> = {}): Track => ({
  id, name: id, instrument: program === 'drums' ? { kind: 'drums' } : { kind: 'melodic', program },
  notes, volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2, ...more,
}); // prettier-ignore
const scoreOf = (tracks: Track[], bars = 1): Score => ({
  ...emptyScore({ bars, bpm: 120, metre: { numerator: 4, denominator: 4 }, key: null }),
  tracks,
});
const song = scoreOf([
  track('keys', 4, [note(0, 60), note(1, 64), note(2, 67, 2)], { pan: -0.4 }),
  track('bass', 33, [note(0, 36, 2), note(2, 43, 2)]),
  track('strings', 48, [note(0, 72, 4, 60)], { pan: 0.4, reverb: 0.6 }),
  track('drums', 'drums', [note(0, 36), note(0, 42), note(0.5, 46), note(1, 38), note(1.5, 42), note(2, 36), note(3, 38)]),
]);

describe('tempo map', () => {
  it('tells the same seconds as the score', () => {
    const tempos = [{ tick: 0, bpm: 120 }, { tick: 960, bpm: 61.7 }, { tick: 961, bpm: 200 }, { tick: 4000, bpm: 90 }]; // prettier-ignore
    const map = new TempoMap(tempos);
    for (const tick of [0, 1, 959, 960, 961, 962, 3999, 4000, 4001, 100_000])
      expect(map.secondsAt(tick)).toBeCloseTo(secondsAt({ tempos }, tick), 9);
  });
});

describe('engine', () => {
  const offline = renderScore(song, { sampleRate, tailS: 0.5, seed: 7 });

  it('gives in real time, in any block size, what it gives offline, bit by bit', () => {
    for (const frames of [128, 441]) {
      const engine = createEngine({ sampleRate, seed: 7 });
      engine.load(song);
      engine.play();
      const streamed = new Float32Array(sampleRate);
      const block = [new Float32Array(frames), new Float32Array(frames)] as const;
      const skip = engine.latencyFrames;
      for (let at = 0; at < streamed.length + skip + frames; at += frames) {
        engine.process(block[0], block[1]);
        for (let index = 0; index < frames; index += 1) if (at + index >= skip) streamed[at + index - skip] = block[0][index]!;
      }
      expect(streamed).toEqual(offline.left.slice(0, sampleRate));
    }
  });

  it('repeats itself for a seed and not for another', () => {
    expect(renderScore(song, { sampleRate, tailS: 0.5, seed: 7 }).right).toEqual(offline.right);
    expect(renderScore(song, { sampleRate, tailS: 0.5, seed: 8 }).right).not.toEqual(offline.right);
  });

  it('begins notes on their sample, through changes of tempo', () => {
    const tempos = [{ tick: 0, bpm: 120 }, { tick: ticksPerQuarter, bpm: 77 }]; // prettier-ignore
    const score = { ...scoreOf([track('block', 'drums', [note(0, 75), note(1, 75), note(2, 75)], { reverb: 0 })]), tempos };
    const { left } = renderScore(score, { sampleRate, tailS: 0.2, limiter: false });
    for (const beat of [0, 1, 2]) {
      const expected = Math.round(secondsAt(score, beat * ticksPerQuarter) * sampleRate);
      const first = left.findIndex((sample, frame) => frame >= expected - 500 && Math.abs(sample) > 1e-5);
      expect(Math.abs(first - expected), `beat ${beat}`).toBeLessThan(6);
    }
  });

  it('mixes: stems sum to the mix; mute, solo, volume and pan do what they say', () => {
    const { left, stems } = renderScore(song, { sampleRate, tailS: 0.3, limiter: false, stems: true });
    const sum = new Float32Array(left.length);
    for (const stem of stems ?? []) for (let frame = 0; frame < sum.length; frame += 1) sum[frame] = sum[frame]! + stem.left[frame]!;
    expect(stems?.map(({ trackId }) => trackId)).toEqual(['keys', 'bass', 'strings', 'drums']);
    expect(peakOf(sum.map((value, frame) => value - left[frame]!))).toBeLessThan(1e-5);

    const only = (change: (one: Track) => Track): { left: Float32Array; right: Float32Array } =>
      renderScore({ ...song, tracks: song.tracks.map(change) }, { sampleRate, tailS: 0.3, limiter: false });
    const bass = stems?.find(({ trackId }) => trackId === 'bass');
    expect(
      peakOf(only((one) => ({ ...one, solo: one.id === 'bass' })).left.map((value, frame) => value - bass!.left[frame]!)),
    ).toBeLessThan(1e-6);
    expect(peakOf(only((one) => ({ ...one, muted: true })).left)).toBe(0);
    const hard = only((one) => ({ ...one, pan: 1, reverb: 0 }));
    expect(peakOf(hard.left)).toBeLessThan(1e-6);
    expect(peakOf(hard.right)).toBeGreaterThan(0.05);
    const full = renderScore(scoreOf([track('a', 33, [note(0, 40)], { volume: 1, reverb: 0 })]), { sampleRate, tailS: 0, limiter: false });
    const half = renderScore(scoreOf([track('a', 33, [note(0, 40)], { volume: 0.5, reverb: 0 })]), {
      sampleRate,
      tailS: 0,
      limiter: false,
    });
    expect(peakOf(half.left) / peakOf(full.left)).toBeCloseTo(0.25, 4);
  });

  it('never goes over its ceiling, however loud the score', () => {
    const loud = scoreOf(
      Array.from({ length: 12 }, (_, index) =>
        track(`t${index}`, 19, [note(0, 36 + index, 4, 127), note(0, 60 + index, 4, 127)], { volume: 1, reverb: 1 }),
      ),
    );
    const { left, right } = renderScore(loud, { sampleRate, tailS: 0.2 });
    expect(Math.max(peakOf(left), peakOf(right))).toBeLessThanOrEqual(gainOfDb(-0.5));
    expect(peakOf(left)).toBeGreaterThan(0.8);
  });

  it('steals voices without clicks', () => {
    const notes = Array.from({ length: 60 }, (_, index) => note(index / 16, 40 + (index % 24), 4));
    const { left } = renderScore(scoreOf([track('pad', 89, notes, { reverb: 0 })]), {
      sampleRate,
      tailS: 0.3,
      polyphony: 4,
      limiter: false,
    });
    // Power near the Nyquist frequency, where the pad has none: a click would have it.
    for (let start = 0; start + 4096 < left.length; start += 4096) {
      const power = powerSpectrum(left, start, 4096).slice(1800);
      expect(10 * Math.log10(power.reduce((sum, value) => sum + value, 0) + 1e-20)).toBeLessThan(-85);
    }
  });

  it('loops, seeks, and plays keys that are held', () => {
    const engine = createEngine({ sampleRate });
    const pull = (seconds: number): Float32Array => {
      const left = new Float32Array(Math.round(seconds * sampleRate));
      engine.process(left, new Float32Array(left.length));
      return left;
    };
    engine.load(song);
    engine.setLoop({ startS: 0.5, endS: 1 });
    engine.seek(0.5);
    engine.play();
    pull(2.25);
    expect(engine.positionS).toBeCloseTo(0.75, 2);
    engine.pause();
    pull(6);
    expect(peakOf(pull(0.1))).toBeLessThan(1e-4);
    engine.noteOn('keys', 69, 100);
    expect(peakOf(pull(0.3))).toBeGreaterThan(0.02);
    expect([...engine.takePeaks().entries()].filter(([, peak]) => peak > 0.02).map(([id]) => id)).toContain('keys');
    engine.noteOff('keys', 69);
    pull(4);
    expect(peakOf(pull(0.1))).toBeLessThan(1e-3);
    // In the middle of a long note it sounds from there.
    engine.setLoop(null);
    engine.load(scoreOf([track('strings', 48, [note(0, 60, 4)])]));
    engine.seek(1);
    engine.play();
    expect(peakOf(pull(0.5))).toBeGreaterThan(0.02);
  });

  it('counts beats aloud when it is asked to', () => {
    const engine = createEngine({ sampleRate, limiter: false });
    engine.load(scoreOf([]));
    engine.setMetronome(true);
    engine.play();
    const left = new Float32Array(sampleRate * 1.2);
    engine.process(left, new Float32Array(left.length));
    for (const beat of [0, 0.5, 1]) expect(peakOf(left.slice(beat * sampleRate, beat * sampleRate + 2000))).toBeGreaterThan(0.02);
    expect(peakOf(left.slice(0.35 * sampleRate, 0.49 * sampleRate))).toBeLessThan(1e-3);
  });
});
