import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMidi } from 'midi-file';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../shared/contract/errors.ts';
import { scoreSchema, type Note, type Score } from '../../../../shared/music/score.ts';
import { readMidi } from './read-midi.ts';
import { writeMidi } from './write-midi.ts';

const vlq = (value: number): number[] => {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
};
const word = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const chunk = (id: string, data: readonly number[]): number[] => [...Buffer.from(id), ...word(data.length), ...data];
const header = (format: number, tracks: number, division: number): number[] =>
  chunk('MThd', [0, format, 0, tracks, division >>> 8, division & 255]);
const end = [0, 0xff, 0x2f, 0];
const file = (format: number, division: number, ...tracks: (readonly number[])[]): Uint8Array =>
  Uint8Array.from([...header(format, tracks.length, division), ...tracks.flatMap((track) => chunk('MTrk', track))]);
const notesOf = (score: Score): Note[][] => score.tracks.map(({ notes }) => notes);

function thrown(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    if (error instanceof AppError) return error;
  }
  throw new Error('nothing was thrown');
}

function random(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const score: Score = scoreSchema.parse({
  title: 'Étude',
  tempos: [
    { tick: 0, bpm: 96 },
    { tick: 1920, bpm: 60_000_000 / 512_345 },
  ],
  metres: [
    { tick: 0, numerator: 3, denominator: 4 },
    { tick: 1440, numerator: 6, denominator: 8 },
  ],
  keys: [
    { tick: 0, fifths: -1, mode: 'minor' },
    { tick: 1440, fifths: 3, mode: 'major' },
  ],
  lengthTicks: 1440 * 3,
  tracks: [
    {
      id: 'a',
      name: 'Geige – links',
      instrument: { kind: 'melodic', program: 40 },
      pan: -1,
      volume: 1,
      notes: [
        { start: 0, duration: 480, pitch: 62, velocity: 1 },
        { start: 240, duration: 480, pitch: 62, velocity: 127 },
        { start: 480, duration: 1, pitch: 65, velocity: 64 },
      ],
    },
    { id: 'b', name: 'Kit', instrument: { kind: 'drums' }, notes: [{ start: 7, duration: 100, pitch: 36, velocity: 99 }] },
  ],
});

describe('MIDI out and in', () => {
  it('keeps notes, tempo, metre, key, names, programs, mix and tags', () => {
    const read = readMidi(writeMidi(score, { title: 'Étude', seed: 1234, pack: 'chorale 1.0.0' }));
    expect(read.remarks).toEqual([]);
    expect(read.tags).toEqual({ title: 'Étude', seed: 1234, pack: 'chorale 1.0.0' });
    expect(read.score.title).toBe('Étude');
    expect(read.score.tempos).toEqual(score.tempos);
    expect(read.score.metres).toEqual(score.metres);
    expect(read.score.keys).toEqual(score.keys);
    expect(read.score.lengthTicks).toBe(score.lengthTicks);
    expect(notesOf(read.score)).toEqual(notesOf(score));
    expect(read.score.tracks.map(({ name, instrument, pan }) => ({ name, instrument, pan }))).toEqual(
      score.tracks.map(({ name, instrument, pan }) => ({ name, instrument, pan })),
    );
    expect(read.score.tracks[0]?.volume).toBe(1);
    expect(read.score.tracks[1]?.reverb).toBeCloseTo(0.2, 2);
    expect(scoreSchema.safeParse(read.score).success).toBe(true);
  });

  it('gives forty tracks channels of their own', () => {
    const tracks = Array.from({ length: 40 }, (_, index) => ({
      ...structuredClone(score.tracks[index % 7 === 3 ? 1 : 0]!),
      id: String(index),
      name: `T${String(index)}`,
    }));
    tracks.forEach((track, index) => (track.instrument.kind === 'melodic' ? (track.instrument.program = index) : null));
    const read = readMidi(writeMidi({ ...score, tracks })).score;
    expect(read.tracks.map(({ name, instrument, notes }) => ({ name, instrument, notes }))).toEqual(
      tracks.map(({ name, instrument, notes }) => ({ name, instrument, notes })),
    );
  });
});

describe('MIDI as others write it', () => {
  it('splits format 0 by channel, knows running status, note-on with velocity 0, and exclusive messages', () => {
    const track = [
      ...[0, 0xff, 3, 4, ...Buffer.from('Song')],
      ...[0, 0xf0, 3, 1, 2, 0xf7, 0, 0xff, 0x60, 2, 9, 9],
      ...[0, 0xc1, 24, 0, 0x90, 60, 100, 0, 64, 90],
      ...[96, 60, 0, 0, 64, 0],
      ...[0, 0x91, 48, 70, 48, 0x81, 48, 0, 0, 0x99, 38, 80, 48, 0x99, 38, 0],
      ...end,
    ];
    const read = readMidi(file(0, 96, track));
    expect(read.score.title).toBe('Song');
    expect(read.score.tracks.map(({ instrument }) => instrument)).toEqual([
      { kind: 'melodic', program: 0 },
      { kind: 'melodic', program: 24 },
      { kind: 'drums' },
    ]);
    expect(read.score.tracks[0]?.notes).toEqual([
      { start: 0, duration: 480, pitch: 60, velocity: 100 },
      { start: 0, duration: 480, pitch: 64, velocity: 90 },
    ]);
    expect(read.score.tracks[1]?.notes).toEqual([{ start: 480, duration: 240, pitch: 48, velocity: 70 }]);
  });

  it('brings any division to 480 ticks without losing notes', () => {
    for (const division of [1, 24, 96, 120, 192, 480, 960, 1024, 15_360, 32_767]) {
      const bytes = Array.from({ length: 50 }, (_, index) => [
        ...[...vlq(index === 0 ? 0 : 1), 0x90, 40 + index, 64],
        ...[...vlq(1), 0x80, 40 + index, 0],
      ]).flat();
      const read = readMidi(file(1, division, [...bytes, ...end])).score.tracks[0]?.notes ?? [];
      expect(read).toHaveLength(50);
      expect(read.every(({ duration }) => duration >= 1)).toBe(true);
      expect(read.at(-1)?.start).toBe(Math.round((98 * 480) / division));
    }
  });

  it('ends overlapping notes of one pitch in the order in which they began, and closes endless ones', () => {
    const track = [0, 0x90, 60, 10, 48, 0x90, 60, 20, 48, 0x80, 60, 0, 48, 0x80, 60, 0, 0, 0x90, 62, 30, 96, ...end.slice(1)];
    const read = readMidi(file(1, 96, track));
    expect(read.score.tracks[0]?.notes).toEqual([
      { start: 0, duration: 480, pitch: 60, velocity: 10 },
      { start: 240, duration: 480, pitch: 60, velocity: 20 },
      { start: 720, duration: 480, pitch: 62, velocity: 30 },
    ]);
    expect(read.remarks).toEqual(['1 note without an end closed at the end of the track.']);
  });

  it('makes a track for each program of a channel, and passes over chunks it does not know', () => {
    const track = [0, 0xc0, 0, 0, 0x90, 60, 9, 96, 0x80, 60, 0, 0, 0xc0, 40, 0, 0x90, 60, 9, 96, 0x80, 60, 0, ...end];
    const bytes = Uint8Array.from([...header(1, 1, 96), ...chunk('XFIH', [1, 2, 3]), ...chunk('MTrk', track)]);
    expect(readMidi(bytes).score.tracks.map(({ name }) => name)).toEqual(['Grand piano', 'Violin']);
    const riff = Uint8Array.from([...Buffer.from('RIFF'), 0, 0, 0, 0, ...Buffer.from('RMIDdata'), 0, 0, 0, 0, ...bytes]);
    expect(readMidi(riff).score.tracks).toHaveLength(2);
  });

  it('puts more than 64 parts together by channel', () => {
    const tracks = Array.from({ length: 80 }, (_, index) => [0, 0x90 | (index % 9), 60, 9, 96, 0x80 | (index % 9), 60, 0, ...end]);
    const read = readMidi(file(1, 96, ...tracks));
    expect(read.score.tracks.flatMap(({ notes }) => notes)).toHaveLength(80);
    expect(read.remarks[0]).toContain('more than 64 parts');
  });
});

describe('MIDI that is wrong', () => {
  it('says why it cannot be read and what to do', () => {
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(), /empty/],
      [Uint8Array.from(Buffer.from('PK not midi at all')), /does not begin/],
      [Uint8Array.from(header(1, 1, 96)).subarray(0, 10), /header/],
      [file(2, 96, end), /format 2/],
      [file(1, 0xe728, end), /SMPTE/],
      [file(1, 0, end), /ticks per quarter/],
      [Uint8Array.from(header(1, 1, 96)), /no tracks/],
      [file(1, 96, end), /no notes/],
      [file(1, 96, [0, 0x90, 60]), /cut short/],
      [file(1, 96, [0x60, 0x60]), /cut short/],
    ];
    for (const [bytes, words] of cases) {
      const error = thrown(() => readMidi(bytes));
      expect(error.message).toMatch(words);
      expect(error.action).toBeTruthy();
    }
  });

  it('keeps what comes before the damage, and says so', () => {
    const whole = writeMidi(score);
    const read = readMidi(whole.subarray(0, whole.length - 20));
    expect(read.score.tracks[0]?.notes).toHaveLength(3);
    expect(read.remarks[0]).toContain('cut short');
  });

  it('refuses absurd lengths and times', () => {
    const negative = [0, 0xff, 1, 0xff, 0xff, 0xff, 0xff, 0x7f, ...end];
    expect(thrown(() => readMidi(file(1, 96, negative))).message).toMatch(/damaged/);
    const far = [...Array.from({ length: 20 }, () => [...vlq(0x0fff_ffff), 0xff, 6, 0]).flat(), 0, 0x90, 60, 9, 1, 0x80, 60, 0, ...end];
    expect(thrown(() => readMidi(file(1, 96, far))).code).toBe('too-large');
  });

  it('reads 200,000 notes quickly and refuses more', { timeout: 60_000 }, () => {
    const many = (count: number): Uint8Array => {
      const bytes: number[] = [];
      for (let index = 0; index < count; index += 1) bytes.push(0, 0x90, index % 128, 64, 1, 0x80, index % 128, 0);
      return file(1, 480, [...bytes, ...end]);
    };
    for (const count of [10_000, 200_000]) {
      const read = readMidi(many(count)).score;
      expect(read.tracks[0]?.notes).toHaveLength(count);
      if (count === 200_000) expect(notesOf(readMidi(writeMidi(read)).score)).toEqual(notesOf(read));
    }
    expect(thrown(() => readMidi(many(200_001))).code).toBe('too-large');
    // Endless notes of one pitch, all ended at the end: no quadratic search.
    const stacked = [
      ...Array.from({ length: 90_000 }, () => [0, 0x90, 60, 1]).flat(),
      ...Array.from({ length: 90_000 }, () => [1, 0x80, 60, 0]).flat(),
    ];
    expect(readMidi(file(1, 480, [...stacked, ...end])).score.tracks[0]?.notes).toHaveLength(90_000);
  });

  it('answers five hundred damaged files with a score or an AppError', { timeout: 60_000 }, () => {
    const whole = writeMidi(score);
    let read = 0;
    for (let seed = 0; seed < 500; seed += 1) {
      const next = random(seed);
      const bytes = seed % 3 === 0 ? Uint8Array.from({ length: 200 }, () => next() * 256) : whole.slice();
      if (seed % 3 === 0) bytes.set(whole.subarray(0, seed % 2 === 0 ? 14 : 22));
      else for (let count = 0; count < 1 + (seed % 12); count += 1) bytes[Math.floor(next() * bytes.length)] = next() * 256;
      try {
        expect(scoreSchema.safeParse(readMidi(bytes).score).success).toBe(true);
        read += 1;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }
    expect(read).toBeGreaterThan(100);
  });
});

const grooves = join(import.meta.dirname, '../../../../../shared/data/groove_midi');

describe('MIDI in, nothing edited, MIDI out', () => {
  const fixtures = join(import.meta.dirname, 'fixtures');
  const committed = readdirSync(fixtures)
    .filter((name) => name.endsWith('.mid'))
    .map((name) => join(fixtures, name));
  const all = existsSync(grooves)
    ? readdirSync(grooves, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.mid'))
        .map((name) => join(grooves, name))
    : [];
  it(`keeps every note of ${String(committed.length + all.length)} files`, { timeout: 120_000 }, () => {
    expect(committed.length).toBeGreaterThanOrEqual(2);
    let notes = 0;
    for (const path of [...committed, ...all]) {
      const bytes = new Uint8Array(readFileSync(path));
      const first = readMidi(bytes);
      const again = readMidi(writeMidi(first.score));
      expect(notesOf(again.score), path).toEqual(notesOf(first.score));
      expect([again.score.tempos, again.score.metres, again.score.keys, again.score.lengthTicks], path).toEqual([
        first.score.tempos,
        first.score.metres,
        first.score.keys,
        first.score.lengthTicks,
      ]);
      const count = first.score.tracks.reduce((sum, track) => sum + track.notes.length, 0);
      // The library's events, without our reading of them.
      expect(count, path).toBe(
        parseMidi(bytes)
          .tracks.flat()
          .filter(({ type }) => type === 'noteOn').length,
      );
      notes += count;
    }
    expect(notes).toBeGreaterThan(10 * committed.length);
  });
});
