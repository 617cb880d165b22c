import { describe, expect, it } from 'vitest';
import { emptyScore, sortedNotes, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import { map } from '../modes/map.ts';
import { morph } from '../modes/morph.ts';
import { vary } from '../modes/vary.ts';
import type { ScoreRun } from '../run.ts';
import { fakeLatent, fakeRun, floats, wholeNumbers, type FakeGraph } from '../testing/fake-run.ts';
import { heldToken, pitchOfToken, struckToken, tokenCount } from '../voices/tokens.ts';
import { cellsOf } from './cells.ts';
import { hashOf, onMap, slerp, varied } from './latents.ts';
import { matchTracks } from './morph-scores.ts';

const note = (start: number, duration: number, pitch: number, velocity = 80): Note => ({ start, duration, pitch, velocity });
const track = (id: string, notes: Note[], more: Partial<Track> = {}): Track => ({
  id, name: id, instrument: { kind: 'melodic', program: 0 }, notes: sortedNotes(notes), volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2, ...more,
}); // prettier-ignore
const scoreOf = (bars: number, ...tracks: Track[]): Score => ({
  ...emptyScore({ bars, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: { fifths: 0, mode: 'major' } }),
  tracks,
});
const line = (pitches: readonly number[], duration = 480): Note[] => pitches.map((pitch, index) => note(index * duration, duration, pitch));

/**
 * A model of bars of four quarters: the first four numbers of the latent are the pitches of the first voice over 100, the next four
 * those of the last voice. The decoder writes the nearest pitches. Its hidden state is the latent and the step.
 */
const graphs: Record<string, FakeGraph> = {
  'bar-encoder.onnx': ({ tokens }) => {
    const values = wholeNumbers(tokens);
    const bars = values.length / 64;
    const mean = new Float32Array(bars * fakeLatent);
    for (let bar = 0; bar < bars; bar += 1) {
      for (let beat = 0; beat < 4; beat += 1) {
        mean[bar * fakeLatent + beat] = (pitchOfToken(values[bar * 64 + beat * 16] ?? 0) ?? 0) / 100;
        mean[bar * fakeLatent + 4 + beat] = (pitchOfToken(values[bar * 64 + beat * 16 + 3] ?? 0) ?? 0) / 100;
      }
    }
    return {
      mean: floats(mean, [bars, fakeLatent]),
      deviation: floats(
        mean.map(() => 0.1),
        [bars, fakeLatent],
      ),
    };
  },
  'bar-step.onnx': ({ latent, past, conditions }) => {
    const values = latent?.data as Float32Array;
    const [batch = 0, earlier = 0] = [past?.dims[2], past?.dims[4]];
    const steps = wholeNumbers(conditions).length / batch;
    const hidden = new Float32Array(batch * steps * 64);
    for (let row = 0; row < batch; row += 1) {
      for (let step = 0; step < steps; step += 1) {
        hidden.set(values.subarray(row * fakeLatent, (row + 1) * fakeLatent), (row * steps + step) * 64);
        hidden[(row * steps + step) * 64 + 10] = wholeNumbers(conditions)[row * steps + step] ?? 0;
      }
    }
    return {
      hidden: floats(hidden, [batch, steps, 64]),
      present: floats(new Float32Array(2 * batch * (earlier + steps)), [1, 2, batch, 1, earlier + steps, 1]),
    };
  },
  'bar-head.onnx': ({ hidden }) => {
    const values = hidden?.data as Float32Array;
    const batch = values.length / 64;
    const logits = new Float32Array(batch * 4 * tokenCount);
    for (let row = 0; row < batch; row += 1) {
      const step = values[row * 64 + 10] ?? 0;
      for (const [voice, from] of [
        [0, 0],
        [3, 4],
      ] as const) {
        // prettier-ignore
        const pitch = Math.round((values[row * 64 + from + Math.floor(step / 4)] ?? 0) * 100);
        if (pitch < 21 || pitch > 108) continue;
        logits[(row * 4 + voice) * tokenCount + struckToken(pitch)] = step % 4 === 0 ? 9 : 1;
        logits[(row * 4 + voice) * tokenCount + heldToken(pitch)] = 5;
      }
    }
    return { logits: floats(logits, [batch, 4 * tokenCount]) };
  },
  /** The latent is the share of hits of the first four drums; the decoder hits them on every place above a half. */
  'drum-encoder.onnx': ({ hits }) => {
    const values = hits?.data as Float32Array;
    const bars = values.length / 432;
    const mean = new Float32Array(bars * 4);
    for (let at = 0; at < bars * 16 * 9; at += 1) if (at % 9 < 4) mean[Math.floor(at / 144) * 4 + (at % 9)] = (mean[Math.floor(at / 144) * 4 + (at % 9)] ?? 0) + (values[at * 3] ?? 0) / 16; // prettier-ignore
    return { mean: floats(mean, [bars, 4]), deviation: floats(mean, [bars, 4]) };
  },
  'drum-decoder.onnx': ({ latent }) => {
    const values = latent?.data as Float32Array;
    const bars = values.length / 4;
    const hits = new Float32Array(bars * 432);
    for (let at = 0; at < bars * 144; at += 1)
      if (at % 9 < 4) hits.set([values[Math.floor(at / 144) * 4 + (at % 9)] ?? 0, 0.5, 0.25], at * 3);
    return { hits: floats(hits, [bars, 16, 9, 3]) };
  },
};

const run = (seed = 1): ScoreRun => fakeRun(graphs, seed).run;
const sampling = { temperature: 1, topK: 0, topP: 1 };
const duet = (): Score =>
  scoreOf(2, track('high', line([72, 74, 76, 77, 72, 74, 76, 77])), track('low', line([48, 50, 48, 43, 55, 50, 48, 43])));
const drumkit = (pitches: readonly number[], bars = 1): Track =>
  track('kit', Array.from({ length: bars * 16 }, (_, step) => pitches.map((pitch) => note(step * 120, 60, pitch))).flat(), { instrument: { kind: 'drums' } }); // prettier-ignore

describe('latents', () => {
  it('go along the circle, exactly at both ends', () => {
    const [a, b] = [Float32Array.of(2, 0), Float32Array.of(0, 2)];
    expect(slerp(a, b, 0)).toEqual(a);
    expect(slerp(a, b, 1)).toEqual(b);
    expect([...slerp(a, b, 0.5)].map((value) => value.toFixed(4))).toEqual(['1.4142', '1.4142']);
    expect([...slerp(a, Float32Array.of(4, 0), 0.5)]).toEqual([3, 0]);
    expect([...slerp(new Float32Array(2), b, 0.5)]).toEqual([0, 1]);
  });

  it('are moved farther by a larger amount, alike for like bars, otherwise for other seeds', () => {
    const latent = Float32Array.from({ length: 64 }, (_, index) => Math.sin(index * 7));
    const distance = (amount: number, seed = 1): number => Math.hypot(...varied(seed, amount, 1)(latent, 5, 'bar').map((value, index) => value - latent[index]!)); // prettier-ignore
    expect(distance(0)).toBe(0);
    expect([0.1, 0.3, 0.6, 1].map((amount) => distance(amount))).toEqual(
      [0.1, 0.3, 0.6, 1].map((amount) => distance(amount)).toSorted((a, b) => a - b),
    );
    expect(distance(0.3, 2)).not.toBe(distance(0.3));
    expect(varied(1, 0.5, 1)(latent, 5, 'bar')).toEqual(varied(1, 0.5, 1)(latent, 5, 'bar'));
    expect(varied(1, 0.5, 1)(latent, 5, 'bar')).not.toEqual(varied(1, 0.5, 1)(latent, 6, 'bar'));
    expect(hashOf([1, 2, 3])).not.toBe(hashOf([3, 2, 1]));
  });

  it('lie on a plane that the seed turns', () => {
    const axes = { bar: [[1, 0, 0], [0, 1, 0]], drums: [[0, 0, 2], [0, 0, 0]] } as const; // prettier-ignore
    const at = (seed: number, x: number, y: number): number[] => [...onMap(seed, x, y, axes)(new Float32Array(3), 0, 'bar')];
    expect(at(3, 0, 0)).toEqual([0, 0, 0]);
    expect(Math.hypot(...at(3, 0.6, 0.8))).toBeCloseTo(2.5, 5);
    expect(at(3, 1, 0)[2]).toBe(0);
    expect(at(3, 1, 0)).not.toEqual(at(4, 1, 0));
    expect(at(3, 1, 0)[0]! * at(3, 0, 1)[0]! + at(3, 1, 0)[1]! * at(3, 0, 1)[1]!).toBeCloseTo(0, 5);
    expect(onMap(0, 1, 0, axes)(new Float32Array(3), 0, 'drums')[2]).toBe(5);
  });

  it('are of cells of at most a bar of sixteen 16ths', () => {
    const score = { ...scoreOf(1), metres: [{ tick: 0, numerator: 3, denominator: 4 as const }, { tick: 1440, numerator: 5, denominator: 4 as const }], lengthTicks: 3840 }; // prettier-ignore
    expect(cellsOf(score)).toEqual([{ from: 0, to: 12 }, { from: 12, to: 28 }, { from: 28, to: 32 }]); // prettier-ignore
  });
});

describe('varying', () => {
  it('gives the very input at 0, and ever more other notes at more', async () => {
    const score = duet();
    expect((await vary({ mode: 'vary', regions: [], amount: 0, ...sampling }, { score, other: null }, run()))[0]).toBe(score);
    const changedAt = async (amount: number): Promise<number> => {
      const [varied] = await vary({ mode: 'vary', regions: [], amount, ...sampling }, { score, other: null }, run());
      const kept = varied!.tracks.flatMap(({ notes }, index) => notes.filter((one) => score.tracks[index]!.notes.includes(one)));
      return 16 - kept.length;
    };
    const changes = [await changedAt(0.002), await changedAt(0.05), await changedAt(0.6)];
    expect(changes[0]).toBeLessThan(4);
    expect(changes[2]).toBeGreaterThan(8);
    expect(changes).toEqual(changes.toSorted((a, b) => a - b));
  });

  it('changes regions only, and keeps tempo, keys and other tracks the same objects', async () => {
    const score = duet();
    const [varied] = await vary(
      { mode: 'vary', regions: [{ trackId: 'high', start: 1920, end: 2880 }], amount: 0.4, ...sampling },
      { score, other: null },
      run(),
    );
    expect(varied!.tracks[1]).toBe(score.tracks[1]);
    expect(varied!.keys).toBe(score.keys);
    const outside = (notes: readonly Note[]): Note[] => notes.filter(({ start }) => start < 1920 || start >= 2880);
    expect(outside(varied!.tracks[0]!.notes)).toEqual(outside(score.tracks[0]!.notes));
    expect(varied!.tracks[0]!.notes).not.toEqual(score.tracks[0]!.notes);
    const [again] = await vary(
      { mode: 'vary', regions: [{ trackId: 'high', start: 1920, end: 2880 }], amount: 0.4, ...sampling },
      { score, other: null },
      run(),
    );
    expect(again).toEqual(varied);
  });

  it('moves bars that repeat alike', async () => {
    const score = scoreOf(2, track('high', line([72, 74, 76, 77, 72, 74, 76, 77])));
    const [varied] = await vary({ mode: 'vary', regions: [], amount: 0.3, ...sampling }, { score, other: null }, run(4));
    const bar = (from: number): string[] => varied!.tracks[0]!.notes.filter(({ start }) => start >= from && start < from + 1920).map((one) => `${String(one.start - from)} ${String(one.pitch)}`); // prettier-ignore
    expect(bar(0)).toEqual(bar(1920));
    expect(varied).not.toEqual(score);
  });

  it('lets drums come and go', async () => {
    const score = scoreOf(1, drumkit([36, 38]));
    const results = await Promise.all(
      [1, 2, 3, 4].map((seed) => vary({ mode: 'vary', regions: [], amount: 0.8, ...sampling }, { score, other: null }, run(seed))),
    );
    const counts = results.map(([varied]) => varied!.tracks[0]!.notes.length);
    expect(new Set(counts).size).toBeGreaterThan(1);
    expect(results.every(([varied]) => varied!.tracks[0]!.notes.every(({ pitch }) => [36, 38, 42, 46].includes(pitch)))).toBe(true);
    await expect(
      vary({ mode: 'vary', regions: [{ trackId: 'x', start: 0, end: 9 }], amount: 0.5, ...sampling }, { score, other: null }, run()),
    ).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('the map', () => {
  it('has the input in its middle and moves all bars the same way', async () => {
    const score = duet();
    expect((await map({ mode: 'map', x: 0, y: 0, regions: [], ...sampling }, { score, other: null }, run()))[0]).toBe(score);
    const [moved] = await map({ mode: 'map', x: 0.02, y: 0, regions: [], ...sampling }, { score, other: null }, run(0));
    const first = moved!.tracks[0]!.notes;
    expect(first.map(({ pitch }) => pitch)).toEqual([77, 74, 76, 77, 77, 74, 76, 77]);
    expect(first[1]).toBe(score.tracks[0]!.notes[1]);
  });
});

describe('morphing', () => {
  it('goes from one object to the other over bars between, the shorter clip repeated', async () => {
    const to = scoreOf(1, track('alto', line([80, 80, 80, 80])), track('bass', line([60, 60, 60, 60])));
    const score = duet();
    const clips = await morph({ mode: 'morph', steps: 5, ...sampling }, { score, other: to }, run());
    expect(clips).toHaveLength(5);
    expect(clips[0]).toBe(score);
    expect(clips[4]).toBe(to);
    const means = clips
      .slice(1, 4)
      .map(({ tracks }) => tracks[0]!.notes.reduce((sum, { pitch }) => sum + pitch, 0) / tracks[0]!.notes.length);
    expect(means).toEqual(means.toSorted((a, b) => a - b));
    expect(means[0]).toBeGreaterThan(74);
    for (const clip of clips.slice(1, 4)) {
      expect(clip.lengthTicks).toBe(3840);
      expect(clip.tempos).toBe(score.tempos);
      expect(clip.tracks.map(({ id, instrument }) => [id, instrument])).toEqual(score.tracks.map(({ id, instrument }) => [id, instrument]));
      expect(clip.tracks.every(({ notes }) => notes.length === 8)).toBe(true);
    }
  });

  it('matches tracks by role and register, and lets those without a partner go and come in the middle', async () => {
    const pairs = matchTracks([track('a', line([72])), track('b', line([50]))], [track('low', line([48])), track('high', line([74]))]);
    expect(pairs.map(({ from, to }) => [from.id, to.id])).toEqual([['a', 'high'], ['b', 'low']]); // prettier-ignore
    const clips = await morph({ mode: 'morph', steps: 5, ...sampling }, { score: scoreOf(1, track('a', line([72, 74, 76, 77]))), other: scoreOf(1, track('a', line([72, 74, 76, 77])), drumkit([36])) }, run()); // prettier-ignore
    expect(clips.map(({ tracks }) => tracks.length)).toEqual([1, 1, 2, 2, 2]);
    const drums = await morph(
      { mode: 'morph', steps: 6, ...sampling },
      { score: scoreOf(1, drumkit([36])), other: scoreOf(1, drumkit([38])) },
      run(),
    );
    expect(drums[1]!.tracks[0]!.notes.every(({ pitch }) => pitch === 36)).toBe(true);
    expect(drums[4]!.tracks[0]!.notes.every(({ pitch }) => pitch === 38)).toBe(true);
    await expect(morph({ mode: 'morph', steps: 3, ...sampling }, { score: duet(), other: null }, run())).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });
});
