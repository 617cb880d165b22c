import { describe, expect, it } from 'vitest';
import { scoreMediaType } from '../../../shared/domain/asset.ts';
import { barsOf, emptyScore, scoreSchema, sortedNotes, ticksOfBar, type Note, type Score } from '../../../shared/music/score.ts';
import { openPack, type PackRun, type RunOptions } from '../../testing/run-pack.ts';
import type { ModelSession, TensorValue } from '../../runtime.ts';
import { voiceRanges } from './autoregressive/chorale-grammar.ts';
import { drumPitches } from './autoregressive/drum-map.ts';

const pack = openPack('kiln-music');
const slow = { timeout: 180_000 };

const bytesOf = (score: Score): Uint8Array => new TextEncoder().encode(JSON.stringify(score));
const scoresOf = (run: PackRun): Score[] => run.files.map(({ bytes }) => scoreSchema.parse(JSON.parse(new TextDecoder().decode(bytes))));

async function make(params: Record<string, unknown>, options: RunOptions = {}): Promise<Score> {
  const [score] = scoresOf(await pack.run({}, params, options));
  if (score === undefined) throw new Error('No score came out.');
  return score;
}

const change = (score: Score, params: Record<string, unknown>, options: RunOptions = {}): Promise<Score> =>
  make(params, { ...options, bytes: { score: bytesOf(score) } });

const trackOf = (score: Score, id: string): Score['tracks'][number] => {
  const track = score.tracks.find((one) => one.id === id);
  if (track === undefined) throw new Error(`There is no track "${id}".`);
  return track;
};
const notesOf = (score: Score, id: string): Note[] => trackOf(score, id).notes;

const chorale = await make({ mode: 'generate', style: 'chorale', bars: 4, key: { fifths: -1, mode: 'minor' } }, { seed: 5 });
const song = await make({ mode: 'generate', style: 'song', bars: 4, key: { fifths: 0, mode: 'major' } }, { seed: 5 });
const drums = await make({ mode: 'generate', style: 'drums', bars: 4, drumStyle: 'funk' }, { seed: 5 });

function expectInside(score: Score): void {
  for (const { notes } of score.tracks) {
    for (const note of notes) expect(note.start + note.duration).toBeLessThanOrEqual(score.lengthTicks);
  }
}

describe('a new piece', () => {
  it('is four voices in their ranges, in the key and the bars asked for', () => {
    expect(chorale.tracks.map(({ name }) => name)).toEqual(['Soprano', 'Alto', 'Tenor', 'Bass']);
    expect(chorale.keys).toEqual([{ tick: 0, fifths: -1, mode: 'minor' }]);
    expect(chorale.tempos).toEqual([{ tick: 0, bpm: 96 }]);
    expect(chorale.title).toBe('Chorale in D minor');
    expect(barsOf(chorale)).toHaveLength(4);
    expectInside(chorale);
    for (const [voice, { notes }] of chorale.tracks.entries()) {
      const [low, high] = voiceRanges[voice] ?? [0, 0];
      expect(notes.length).toBeGreaterThan(3);
      for (const { start, pitch } of notes) expect(start % 120 === 0 && pitch >= low && pitch <= high).toBe(true);
      expect(notes.every((note, index) => note.start + note.duration <= (notes[index + 1]?.start ?? Infinity))).toBe(true);
    }
    expect(new Set(chorale.tracks.flatMap(({ notes }) => notes.map(({ velocity }) => velocity))).size).toBeGreaterThan(5);
  });

  it('is a voice and two hands on twelfths of a quarter', () => {
    expect(song.tracks.map(({ name }) => name)).toEqual(['Voice', 'Piano right hand', 'Piano left hand']);
    expectInside(song);
    for (const { notes } of song.tracks) for (const { start } of notes) expect(start % 40).toBe(0);
    const sung = notesOf(song, 'voice');
    expect(sung.every((note, index) => note.start + note.duration <= (sung[index + 1]?.start ?? Infinity))).toBe(true);
    expect(Math.max(...song.tracks.flatMap(({ notes }) => notes.map(({ start }) => start)))).toBeGreaterThanOrEqual(3 * 1920);
  });

  it.each([
    ['piano', ['Piano right hand', 'Piano left hand']],
    ['melody', ['Voice']],
  ])('writes only the parts asked for: %s', slow, async (parts, names) => {
    const found = await make({ mode: 'generate', style: 'song', bars: 3, parts });
    expect(found.tracks.map(({ name }) => name)).toEqual(names);
  });

  it('is drumming on the nine drums, played by hand', () => {
    const [track] = drums.tracks;
    expect(track?.instrument).toEqual({ kind: 'drums' });
    const notes = track?.notes ?? [];
    expectInside(drums);
    expect(notes.every(({ pitch }) => drumPitches.some((known) => known === pitch))).toBe(true);
    expect(notes.some(({ start }) => start % 120 !== 0)).toBe(true);
    expect(new Set(notes.map(({ velocity }) => velocity)).size).toBeGreaterThan(3);
    expect(drums.keys).toEqual([]);
  });

  it.each([
    ['chorale', 3, 4],
    ['chorale', 6, 8],
    ['song', 6, 8],
    ['song', 9, 4],
    ['drums', 7, 8],
  ] as const)('has exactly the bars asked for: %s in %d/%d', slow, async (style, numerator, denominator) => {
    const metre = { numerator, denominator };
    const found = await make({ mode: 'generate', style, bars: 3, metre, bpm: 132 });
    expect(found.lengthTicks).toBe(3 * ticksOfBar(metre));
    expect(found.tempos).toEqual([{ tick: 0, bpm: 132 }]);
    expectInside(found);
    expect(Math.max(...found.tracks.flatMap(({ notes }) => notes.map(({ start, duration }) => start + duration)))).toBeGreaterThan(
      2 * ticksOfBar(metre),
    );
  });

  it.each(['chorale', 'song', 'drums'])('is the same bytes again, and another piece from another seed: %s', slow, async (style) => {
    const params = { mode: 'generate', style, bars: 2 };
    const [first, again, other] = await Promise.all([7, 7, 8].map(async (seed) => (await pack.run({}, params, { seed })).files[0]?.bytes));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('comes with a picture and its facts', slow, async () => {
    const fractions: number[] = [];
    const run = await pack.run(
      {},
      { mode: 'generate', style: 'chorale', bars: 2, key: { fifths: 2, mode: 'major' } },
      { progress: (_phase, _step, _steps, fraction) => void fractions.push(fraction) },
    );
    expect(run.files.map(({ role, mediaType }) => [role, mediaType])).toEqual([['score', scoreMediaType]]);
    expect(run.image.data.length).toBe(run.image.width * run.image.height * run.image.channels);
    expect(run.details['clip']).toMatchObject({ bars: 2, bpm: 96, key: 'D major', seconds: 5 });
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  it('stops when it is cancelled', slow, async () => {
    const controller = new AbortController();
    const running = make(
      { mode: 'generate', style: 'chorale', bars: 64 },
      { signal: controller.signal, progress: (_phase, _step, _steps, fraction) => (fraction > 0.05 ? controller.abort() : undefined) },
    );
    await expect(running).rejects.toThrow(/abort/i);
  });

  it('names the styles of drumming when it is asked for another', slow, async () => {
    await expect(make({ mode: 'generate', style: 'drums', drumStyle: 'polka' })).rejects.toMatchObject({
      code: 'invalid-request',
      action: expect.stringMatching(/funk.*rock/) as string,
    });
  });

  it('refuses silence, after other attempts', slow, async () => {
    let heads = 0;
    const silent: ModelSession = {
      inputs: ['fields', 'conditions', 'past', 'hidden'].map((name) => ({ name, type: '', dimensions: [] })),
      outputs: ['hidden', 'present', 'logits'].map((name) => ({ name, type: '', dimensions: [] })),
      run: (feeds) => {
        const value = (dims: readonly number[], fill = 0): TensorValue => ({
          type: 'float32',
          dims,
          data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(fill),
        });
        const { fields, past } = feeds;
        if (past === undefined || fields === undefined) {
          heads += 1;
          const batch = fields?.dims[0] ?? 0;
          const logits = value([batch, 212], -9);
          for (let at = 0; at < logits.data.length; at += 53) logits.data[at] = 9;
          return Promise.resolve({ logits });
        }
        const [batch = 0, steps = 0] = fields.dims;
        const present = past.dims.map((side, axis) => (axis === 4 ? side + steps : side));
        return Promise.resolve({ hidden: value([batch, steps, 256]), present: value(present) });
      },
    };
    await expect(make({ mode: 'generate', style: 'chorale', bars: 1 }, { fakeSession: silent })).rejects.toMatchObject({
      code: 'model-output-invalid',
      message: 'The model wrote no notes in 3 attempts.',
    });
    expect(heads).toBe(3 * 16 * 4);
  });
});

describe('continuing', () => {
  it.each([
    ['a chorale', chorale],
    ['a song', song],
    ['drums', drums],
  ])('adds bars to the tracks of %s and leaves what is there', slow, async (_name, score) => {
    const more = await change(score, { mode: 'continue', bars: 3 });
    expect(more.lengthTicks).toBe(score.lengthTicks + 3 * 1920);
    expect(more.tracks.map(({ id, name, instrument }) => [id, name, instrument])).toEqual(
      score.tracks.map(({ id, name, instrument }) => [id, name, instrument]),
    );
    for (const track of score.tracks) expect(notesOf(more, track.id).slice(0, track.notes.length)).toEqual(track.notes);
    const added = more.tracks.flatMap(({ notes }) => notes.filter(({ start }) => start >= score.lengthTicks));
    expect(Math.max(...added.map(({ start, duration }) => start + duration))).toBeGreaterThan(more.lengthTicks - 1920);
    expectInside(more);
  });

  it('goes on in all tracks of a piece with drums, and keeps empty ones', slow, async () => {
    const both: Score = {
      ...song,
      tracks: [...song.tracks, ...drums.tracks, { ...trackOf(song, 'voice'), id: 'empty', name: 'Pad', notes: [] }],
    };
    const more = await change(both, { mode: 'continue', bars: 2 });
    expect(notesOf(more, 'drums').length).toBeGreaterThan(notesOf(drums, 'drums').length);
    expect(notesOf(more, 'empty')).toEqual([]);
  });

  it('needs notes', async () => {
    await expect(change({ ...song, tracks: [] }, { mode: 'continue' })).rejects.toMatchObject({
      code: 'invalid-request',
      action: expect.any(String) as string,
    });
    await expect(make({ mode: 'continue' })).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('writing a region anew, note by note', () => {
  it.each([
    ['a voice of a chorale', chorale, 'tenor'],
    ['a left hand', song, 'left-hand'],
    ['a melody', song, 'voice'],
    ['drums', drums, 'drums'],
  ])('keeps everything else of %s to the bit', slow, async (_name, score, trackId) => {
    const region = { trackId, start: 1920, end: 3 * 1920 };
    const found = await change(score, { mode: 'fill', method: 'autoregressive', regions: [region] }, { seed: 9 });
    const outside = ({ start }: Note): boolean => start < region.start || start >= region.end;
    for (const track of score.tracks) {
      const now = notesOf(found, track.id);
      if (track.id === trackId) {
        expect(now.filter(outside)).toEqual(track.notes.filter(outside));
        const fresh = now.filter((note) => !outside(note));
        expect(fresh.every(({ start, duration }) => start + duration <= region.end)).toBe(true);
        expect(fresh).not.toEqual(track.notes.filter((note) => !outside(note)));
      } else {
        expect(now).toEqual(track.notes);
      }
    }
    const again = await change(score, { mode: 'fill', method: 'autoregressive', regions: [region] }, { seed: 9 });
    expect(again).toEqual(found);
  });

  it('writes chords into a piano of one track, and nothing over a note that is held', slow, async () => {
    const piano = {
      ...trackOf(song, 'right-hand'),
      id: 'piano',
      name: 'Piano',
      notes: [{ start: 0, duration: 1920 * 2, pitch: 60, velocity: 70 }],
    };
    const score: Score = { ...song, tracks: [trackOf(song, 'voice'), piano] };
    const found = await change(score, {
      mode: 'fill',
      method: 'autoregressive',
      regions: [{ trackId: 'piano', start: 960, end: 4 * 1920 }],
    });
    const notes = notesOf(found, 'piano');
    expect(notes[0]).toEqual(piano.notes[0]);
    expect(notes.slice(1).length).toBeGreaterThan(2);
    expect(notes.slice(1).every(({ start, pitch }) => start >= 960 && (pitch !== 60 || start >= 3840))).toBe(true);
    expect(notesOf(found, 'voice')).toEqual(notesOf(song, 'voice'));
  });
});

describe('accompanying', () => {
  const melody: Score = { ...emptyScore({ bars: 2, bpm: 100, metre: { numerator: 4, denominator: 4 }, key: null }), tracks: [{ ...trackOf(song, 'voice'), id: 'tune', name: 'Tune', notes: [60, 62, 64, 65, 67, 65, 64, 60].map((pitch, index) => ({ start: index * 480, duration: 480, pitch, velocity: 80 })) }] }; // prettier-ignore

  it.each([
    ['piano', ['Piano right hand', 'Piano left hand']],
    ['drums', ['Drums']],
    ['harmony', ['Alto', 'Tenor', 'Bass']],
    ['bass', ['Bass line']],
  ])('adds %s and leaves the melody', slow, async (write, names) => {
    const found = await change(melody, { mode: 'accompany', melodyTrackId: 'tune', write, passes: 4 });
    expect(found.tracks.map(({ name }) => name)).toEqual(['Tune', ...names]);
    expect(notesOf(found, 'tune')).toEqual(notesOf(melody, 'tune'));
    expect(found.tracks.slice(1).reduce((sum, { notes }) => sum + notes.length, 0)).toBeGreaterThan(2);
    expect(found.keys).toEqual([{ tick: 0, fifths: 0, mode: 'major' }]);
    expect(found.lengthTicks).toBe(melody.lengthTicks);
    expectInside(found);
  });

  it('needs a melody', async () => {
    await expect(change(drums, { mode: 'accompany', melodyTrackId: 'drums', write: 'bass' })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    await expect(change(song, { mode: 'accompany', melodyTrackId: 'nothing', write: 'piano' })).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });
});

describe('humanising', () => {
  const hit = (start: number, pitch: number): Note => ({ start, duration: 60, pitch, velocity: 100 });
  const stiff: Score = {
    ...emptyScore({ bars: 2, bpm: 100, metre: { numerator: 4, denominator: 4 }, key: null }),
    tracks: [
      {
        ...trackOf(drums, 'drums'),
        notes: sortedNotes(Array.from({ length: 16 }, (_, index) => [hit(index * 240, 42), ...(index % 4 === 0 ? [hit(index * 240, 36)] : []), ...(index % 4 === 2 ? [hit(index * 240, 38)] : [])]).flat()),
      },
    ],
  }; // prettier-ignore

  it('changes loudness and timing, not which drums are hit', slow, async () => {
    const found = await change(stiff, { mode: 'humanise', amount: 1 });
    const [before, now] = [notesOf(stiff, 'drums'), notesOf(found, 'drums')];
    const hitsOf = (notes: readonly Note[]): string[] =>
      notes.map(({ start, pitch }) => `${String(Math.round(start / 120))} ${String(pitch)}`).toSorted();
    expect(hitsOf(now)).toEqual(hitsOf(before));
    expect(new Set(now.map(({ velocity }) => velocity)).size).toBeGreaterThan(2);
    expect(now.some(({ start }) => start % 120 !== 0)).toBe(true);
    expect(now.every(({ start }) => Math.abs(start - Math.round(start / 120) * 120) <= 60)).toBe(true);
  });

  it('does nothing with the amount 0, and half as much with 0.5', slow, async () => {
    expect(await change(stiff, { mode: 'humanise', amount: 0 })).toEqual(stiff);
    const [half, whole] = await Promise.all([0.5, 1].map((amount) => change(stiff, { mode: 'humanise', amount, temperature: 0 })));
    const loudness = (score: Score | undefined): number =>
      score === undefined ? 0 : notesOf(score, 'drums').reduce((sum, { velocity }) => sum + velocity - 100, 0);
    expect(loudness(half)).toBeCloseTo(loudness(whole) / 2, -1.2);
  });

  it('keeps triplets and percussion that it does not know', slow, async () => {
    const [track] = stiff.tracks;
    if (track === undefined) throw new Error('The pattern has no track.');
    const triplets = [0, 160, 320, 480].map((start) => hit(start, 42));
    const score: Score = { ...stiff, tracks: [{ ...track, notes: [...triplets, hit(600, 75)] }] };
    const now = notesOf(await change(score, { mode: 'humanise', temperature: 0 }), 'drums');
    expect(now.find(({ pitch }) => pitch === 75)).toEqual(hit(600, 75));
    for (const [index, { start }] of now.filter(({ pitch }) => pitch === 42).entries())
      expect(Math.abs(start - index * 160)).toBeLessThanOrEqual(60);
  });

  it('needs drums', async () => {
    await expect(change(song, { mode: 'humanise' })).rejects.toMatchObject({
      code: 'invalid-request',
      message: 'There are no drums to humanise.',
    });
  });
});

describe('scores that come in', () => {
  const run = (bytes: Uint8Array): Promise<Score> => make({ mode: 'humanise' }, { bytes: { score: bytes } });

  it.each([
    ['no text', Uint8Array.from([0xff, 0xfe, 0x00]), /no text in UTF-8/],
    ['no JSON', new TextEncoder().encode('MThd'), /no JSON/],
    ['another thing', new TextEncoder().encode('{"tracks":[]}'), /tempos/],
    ['a late tempo', bytesOf({ ...song, tempos: [{ tick: 5, bpm: 100 }] }), /tempos do not begin at tick 0/],
    [
      'keys in disorder',
      bytesOf({ ...song, keys: [0, 960, 960].map((tick) => ({ tick, fifths: 0, mode: 'major' as const })) }),
      /keys are not in order/,
    ],
  ])('are refused with the reason: %s', async (_name, bytes, reason) => {
    await expect(run(bytes)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(reason) as string,
      action: expect.any(String) as string,
    });
  });
});
