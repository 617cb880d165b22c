import { describe, expect, it } from 'vitest';
import { emptyScore, sortedNotes, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import { fakeRun, floats, wholeNumbers, type FakeGraph, type FakeRun } from '../testing/fake-run.ts';
import { hiddenToken, pitchOfToken, struckToken, heldToken, tokenCount } from '../voices/tokens.ts';
import { fillMasked } from './fill-masked.ts';
import { hiddenShare } from './gibbs.ts';

const options = { passes: 12, temperature: 1, topK: 0, topP: 1 };
const note = (start: number, duration: number, pitch: number, velocity = 80): Note => ({ start, duration, pitch, velocity });
const track = (id: string, notes: Note[], more: Partial<Track> = {}): Track => ({
  id, name: id, instrument: { kind: 'melodic', program: 0 }, notes: sortedNotes(notes), volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2, ...more,
}); // prettier-ignore
const scoreOf = (bars: number, ...tracks: Track[]): Score => ({
  ...emptyScore({ bars, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: { fifths: 0, mode: 'major' } }),
  tracks,
});
const line = (pitches: readonly number[], duration = 480): Note[] =>
  pitches.map((pitch, index) => note(index * duration, duration, pitch, 70 + (index % 5)));

interface Heard {
  tokens: number[];
  conditions: number[];
}
/** A model that wants `tokenOf(step, voice, tokens)` everywhere, and remembers what it was asked. */
function wishing(
  tokenOf: (step: number, voice: number, tokens: readonly number[]) => number,
  sharpness = 50,
): { graph: FakeGraph; heard: Heard[] } {
  const heard: Heard[] = [];
  return {
    heard,
    graph({ tokens, conditions }) {
      const given = wholeNumbers(tokens);
      heard.push({ tokens: given, conditions: wholeNumbers(conditions) });
      const logits = new Float32Array(given.length * tokenCount);
      for (let at = 0; at < given.length; at += 1) logits[at * tokenCount + tokenOf(Math.floor(at / 4), at % 4, given)] = sharpness;
      return { logits: floats(logits, [1, given.length / 4, 4, tokenCount]) };
    },
  };
}
const run = (graph: FakeGraph, seed = 1): FakeRun => fakeRun({ 'masked.onnx': graph }, seed);
const satb = (bars = 2): Score =>
  scoreOf(
    bars,
    track('Soprano', line([72, 74, 76, 77, 76, 74, 72, 71])),
    track('Alto', line([67, 67, 67, 69, 67, 65, 64, 62])),
    track('Tenor', line([60, 59, 60, 60, 60, 59, 60, 59])),
    track('Bass', line([48, 55, 48, 53, 48, 50, 52, 55])),
  );

describe('filling regions by the masked model', () => {
  it('hides only what may change, hears the rest in pitch order, and tells bar, key, corpus and metre', async () => {
    const { graph, heard } = wishing(() => 0);
    await fillMasked(satb(), [{ trackId: 'Tenor', start: 1920, end: 2400 }], options, run(graph).run);
    const [first] = heard;
    expect(heard).toHaveLength(12);
    expect(first?.tokens).toHaveLength(32 * 4);
    expect(first?.tokens.flatMap((token, at) => (token === hiddenToken ? [[Math.floor(at / 4), at % 4]] : []))).toEqual(
      [16, 17, 18, 19].map((step) => [step, 2]),
    );
    expect(first?.tokens.slice(0, 8)).toEqual([72, 67, 60, 48].map(struckToken).concat([72, 67, 60, 48].map(heldToken)));
    expect(first?.conditions.slice(17 * 4, 18 * 4)).toEqual([1, 0, 0, 2]);
  });

  it('writes what the model wants and leaves all else the same object', async () => {
    const score = satb();
    const wanted = [62, 62, 64, 64];
    const { graph } = wishing((step) => {
      const pitch = wanted[step - 16] ?? 60;
      return step === 16 || step === 18 ? struckToken(pitch) : heldToken(pitch);
    });
    const filled = await fillMasked(score, [{ trackId: 'Tenor', start: 1920, end: 2400 }], options, run(graph).run);
    const [soprano, alto, tenor, bass] = filled.tracks;
    expect([soprano, alto, bass]).toEqual([score.tracks[0], score.tracks[1], score.tracks[3]]);
    expect(soprano).toBe(score.tracks[0]);
    const before = score.tracks[2]!.notes;
    expect(tenor?.notes.filter(({ start }) => start < 1920 || start >= 2400)).toEqual(
      before.filter(({ start }) => start < 1920 || start >= 2400),
    );
    expect(
      tenor?.notes.filter(({ start }) => start >= 1920 && start < 2400).map(({ start, duration, pitch }) => [start, duration, pitch]),
    ).toEqual([
      [1920, 240, 62],
      [2160, 240, 64],
    ]);
    const velocities = tenor?.notes.filter(({ start }) => start >= 1920 && start < 2400).map(({ velocity }) => velocity) ?? [];
    expect(velocities.every((velocity) => velocity > 55 && velocity < 95)).toBe(true);
    expect(filled.tempos).toBe(score.tempos);
  });

  it('leaves a note that is held over the border, and lets nothing new sound on beyond the region', async () => {
    const score = scoreOf(2, track('a', [note(0, 1440, 60), note(1440, 960, 64), note(2400, 480, 65)]));
    const { graph } = wishing((step) => (step % 4 === 0 ? struckToken(67) : heldToken(67)));
    const filled = await fillMasked(score, [{ trackId: 'a', start: 960, end: 1920 }], options, run(graph).run);
    const notes = filled.tracks[0]!.notes;
    expect(notes[0]).toEqual(note(0, 1440, 60));
    expect(notes.at(-1)).toEqual(note(2400, 480, 65));
    const fresh = notes.slice(1, -1);
    expect(fresh.map(({ start, duration, pitch }) => [start, duration, pitch])).toEqual([[1440, 960, 67]]);
  });

  it('strikes what the model holds from nowhere, and keeps to the track’s range', async () => {
    const score = scoreOf(2, track('a', line([72, 74, 76, 77, 76, 74, 72, 71])));
    const { graph } = wishing((step, voice) => (voice === 0 ? heldToken(step % 2 === 0 ? 74 : 76) : heldToken(50)));
    const filled = await fillMasked(score, [{ trackId: 'a', start: 0, end: 3840 }], options, run(graph).run);
    expect(filled.tracks[0]!.notes).toHaveLength(32);
    expect(filled.tracks[0]!.notes.map(({ pitch }) => pitch)).toEqual(Array.from({ length: 32 }, (_, step) => (step % 2 === 0 ? 74 : 76)));
    const high = wishing(() => struckToken(100), 3);
    const inRange = await fillMasked(score, [{ trackId: 'a', start: 0, end: 3840 }], options, run(high.graph).run);
    expect(inRange.tracks[0]!.notes.every(({ pitch }) => pitch >= 67 && pitch <= 82)).toBe(true);
  });

  it('moves low melodies by octaves for the model and back', async () => {
    const { graph, heard } = wishing((_, voice) => struckToken([69, 62, 57, 45][voice]!));
    const score = scoreOf(1, track('Melody', line([48, 50, 52, 53])), track('Alto', []), track('Tenor', []), track('Bass', []));
    const filled = await fillMasked(
      score,
      ['Alto', 'Tenor', 'Bass'].map((trackId) => ({ trackId, start: 0, end: 1920 })),
      options,
      run(graph).run,
    );
    expect(pitchOfToken(heard[0]!.tokens[0]!)).toBe(72);
    expect(filled.tracks.map(({ notes }) => notes[0]?.pitch)).toEqual([48, 38, 33, 21]);
  });

  it('fills all four voices, many bars in windows, the same way for the same seed only', async () => {
    const { graph, heard } = wishing(
      (step, voice) => (step % 4 === 0 ? struckToken([72, 67, 60, 48][voice]! + (step % 3)) : heldToken([72, 67, 60, 48][voice]!)),
      2,
    );
    const long = satb(24);
    const all = long.tracks.map(({ id }) => ({ trackId: id, start: 0, end: 24 * 1920 }));
    const first = await fillMasked(long, all, options, run(graph, 5).run);
    expect(heard.every(({ tokens }) => tokens.length === 128 * 4)).toBe(true);
    expect(first.tracks.every(({ notes }) => notes.at(-1)!.start > 22 * 1920)).toBe(true);
    expect(await fillMasked(long, all, options, run(graph, 5).run)).toEqual(first);
    expect(await fillMasked(long, all, options, run(graph, 6).run)).not.toEqual(first);
  });

  it('takes chords of one track as lines', async () => {
    const chords = Array.from({ length: 8 }, (_, beat) => [
      note(beat * 480, 480, 48),
      note(beat * 480, 480, 64),
      note(beat * 480, 480, 67),
    ]).flat();
    const { graph } = wishing((step, voice) => (step % 4 === 0 ? struckToken : heldToken)([66, 63, 60, 50][voice]!));
    const score = scoreOf(2, track('piano', chords));
    const filled = await fillMasked(score, [{ trackId: 'piano', start: 1920, end: 3840 }], options, run(graph).run);
    expect(filled.tracks[0]!.notes.filter(({ start }) => start < 1920)).toEqual(score.tracks[0]!.notes.filter(({ start }) => start < 1920));
    const second = filled.tracks[0]!.notes.filter(({ start }) => start === 1920).map(({ pitch }) => pitch);
    expect(second).toHaveLength(3);
    expect(second).toEqual([50, 63, 66]);
  });

  it('refuses drums and unknown tracks in words, reports progress, and stops when told', async () => {
    const { graph } = wishing(() => 0);
    const score = scoreOf(1, track('kit', [], { instrument: { kind: 'drums' } }), track('a', line([60, 62])));
    await expect(fillMasked(score, [{ trackId: 'kit', start: 0, end: 960 }], options, run(graph).run)).rejects.toMatchObject({
      code: 'unsupported',
    });
    await expect(fillMasked(score, [{ trackId: 'x', start: 0, end: 960 }], options, run(graph).run)).rejects.toMatchObject({
      code: 'invalid-request',
    });
    const { run: told, fractions } = run(graph);
    await fillMasked(score, [{ trackId: 'a', start: 0, end: 960 }], options, told);
    expect(fractions).toHaveLength(12);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(
      fillMasked(score, [{ trackId: 'a', start: 0, end: 960 }], options, fakeRun({ 'masked.onnx': graph }, 1, stop.signal).run),
    ).rejects.toThrow('stopped');
  });

  it('hides nine tenths at first and one tenth from three quarters on', () => {
    expect(hiddenShare(0, 100)).toBeCloseTo(0.9);
    expect(hiddenShare(37.5, 100)).toBeCloseTo(0.5);
    expect(hiddenShare(75, 100)).toBeCloseTo(0.1);
    expect(hiddenShare(99, 100)).toBeCloseTo(0.1);
  });
});
