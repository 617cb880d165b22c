import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinySoundFont } from '../../../models/audio/testing/tiny-soundfont.ts';
import { scoreMediaType, soundFontPath } from '../../../shared/domain/asset.ts';
import { scoreText } from '../../../shared/music/score-json.ts';
import { scoreSchema, ticksPerQuarter, type Score } from '../../../shared/music/score.ts';
import { smallScore } from '../../audio/testing/sounds.ts';
import { writeMidi } from './files/write-midi.ts';
import { writeMusicXml } from './files/write-musicxml.ts';
import { readScore } from './score-assets.ts';
import { openMusicStudio, type MusicStudio } from './testing/music-studio.ts';

let open: MusicStudio;
beforeAll(async () => {
  open = await openMusicStudio();
});
afterAll(() => open.dispose());

const leftovers = (): string[] =>
  ['transfers', 'temporary'].flatMap((name) => readdirSync(join(open.scratch.folder, name)).map((file) => join(name, file)));
const abc = 'X:1\nT:First\nM:3/4\nL:1/4\nK:Dm\nD F A|d3|\n\nX:2\nT:Second\nM:4/4\nL:1/4\nK:C\nC D E F|\n';
const manyNotes = (count: number): Score => ({
  ...smallScore(),
  lengthTicks: Math.ceil((count * 48) / 1920) * 1920,
  tracks: [
    {
      ...smallScore().tracks[0]!,
      notes: Array.from({ length: count }, (_, index) => ({ start: index * 48, duration: 40, pitch: 40 + (index % 40), velocity: 64 })),
    },
  ],
});

describe('uploads of scores', () => {
  it('become one asset for one score', async () => {
    const text = scoreText(smallScore());
    const result = await open.upload('purpose=score', JSON.stringify(JSON.parse(text), null, 3));
    if (result.purpose !== 'score') throw new Error('no score');
    expect(open.scratch.assets.record(result.score)?.mediaType).toBe(scoreMediaType);
    expect(readFileSync(open.scratch.assets.filePath(result.score), 'utf8')).toBe(text);
    expect(await open.upload('purpose=score', text)).toEqual(result);
  });

  it('are refused by the first thing that is wrong', async () => {
    const broken = { ...smallScore(), tempos: [{ tick: 0, bpm: 5000 }] };
    await expect(open.upload('purpose=score', JSON.stringify(broken))).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('tempos[0].bpm') as string,
    });
    await expect(open.upload('purpose=score', 'MThd')).rejects.toMatchObject({ action: expect.stringContaining('MIDI') as string });
  });
});

describe('music files', () => {
  it.each([
    [
      'a MIDI file called .txt',
      'x.txt',
      writeMidi(smallScore(), { title: 'Étude', seed: 7, pack: 'p 1' }),
      { title: 'Étude', seed: 7, pack: 'p 1' },
    ],
    ['MIDI within RIFF', 'x.rmi', riff(writeMidi(smallScore())), { title: 'Small' }],
    ['MusicXML called .mid', 'x.mid', Buffer.from(writeMusicXml(smallScore()).xml), { title: 'Small', tracks: 3 }],
    ['ABC', 'tunes.abc', Buffer.from(abc), { title: 'First', bars: 2, notes: 4, tracks: 1 }],
  ])('are read by what is in them: %s', async (_what, name, bytes, expected) => {
    const imported = await open.importFile(name, bytes);
    expect(imported).toMatchObject(expected);
    expect((await readScore(open.scratch.assets, imported.score)).title).toBe(imported.title);
    expect(leftovers()).toEqual([]);
  });

  it('without a title are called as their file is', async () => {
    expect(await open.importFile('Mein Lied.v2.mid', writeMidi(smallScore({ title: '' })))).toMatchObject({ title: 'Mein Lied.v2' });
  });

  it('say which of several tunes was opened', async () => {
    expect((await open.importFile('x', abc)).remarks[0]).toBe('The file holds 2 tunes; the first that can be played was opened.');
  });

  it.each([
    ['sound', Buffer.from('ID3\u0004\0\0\0\0\0\0', 'latin1'), 'unsupported', /recording/, /transcription/],
    ['a WAV file', Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1'), 'unsupported', /recording/, /MIDI/],
    ['an MP4 file', Buffer.from('\0\0\0\x18ftypM4A ', 'latin1'), 'unsupported', /recording/, /MIDI/],
    ['a SoundFont', tinySoundFont(), 'unsupported', /SoundFont/, /Add it/],
    ['a PDF', Buffer.from('%PDF-1.7'), 'unsupported', /PDF/, /MusicXML/],
    ['Guitar Pro', Buffer.from('\u0018FICHIER GUITAR PRO v5.10', 'latin1'), 'unsupported', /Guitar Pro/, /MuseScore/],
    ['no music at all', Buffer.from('hello, world'), 'unsupported', /no music file/, /\.mid/],
    ['nothing', Buffer.from(' '), 'unsupported', /no music file/, /\.mid/],
    ['a MIDI file of nothing but its name', Buffer.from('MThd'), 'invalid-request', /ends within its header/, /Export/],
    ['a cut MIDI file', writeMidi(smallScore()).subarray(0, 60), 'invalid-request', /damaged|cut short|no notes/, /Export/],
    ['XML of something else', Buffer.from('<html><body/></html>'), 'invalid-request', /holds "html"/, /Export/],
    ['a damaged archive', Buffer.from('PK\u0003\u0004 and so on', 'latin1'), 'invalid-request', /archive is damaged/, /Export/],
    ['more notes than Kiln holds', writeMidi(manyNotes(200_001)), 'too-large', /200,000 notes/, /Split/],
  ] as const)('that cannot be opened say so, and what to do: %s', { timeout: 120_000 }, async (_what, bytes, code, message, action) => {
    await expect(open.importFile('x', bytes)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      action: expect.stringMatching(action) as string,
    });
    expect(leftovers()).toEqual([]);
  });

  it('of 10,000 notes come in, every note', { timeout: 120_000 }, async () => {
    const imported = await open.importFile('long.mid', writeMidi(manyNotes(10_000)));
    expect(imported).toMatchObject({ notes: 10_000, bars: 250, remarks: [] });
  });
});

const shared = join(import.meta.dirname, '../../../../shared/data');
const noteKeys = (score: Score): string[] =>
  score.tracks
    .flatMap(({ instrument, notes }) =>
      notes.map((note) => [instrument.kind, note.start, note.duration, note.pitch, note.velocity].join(' ')),
    )
    .toSorted();

/** MIDI in, nothing edited, MIDI out, and in again. */
async function roundTrip(name: string, midi: Uint8Array): Promise<{ first: Score; again: Score; out: Buffer }> {
  const { score } = await open.importFile(name, midi);
  const { files } = await open.export({ items: [{ name, asset: score }], format: { kind: 'midi' } });
  const out = await open.bytesOf(files[0]!.exportId);
  const back = await open.importFile(name, out);
  return { first: await readScore(open.scratch.assets, score), again: await readScore(open.scratch.assets, back.score), out };
}

describe('round trips of real music', () => {
  const groove = join(shared, 'groove_midi');
  it.runIf(existsSync(groove))('keep every note of drummers, to the tick', { timeout: 240_000 }, async () => {
    const files = readdirSync(groove, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.mid'))
      .toSorted();
    expect(files.length).toBeGreaterThan(100);
    for (let index = 0; index < files.length; index += Math.floor(files.length / 12)) {
      const name = files[index] ?? '';
      const { first, again } = await roundTrip(name, readFileSync(join(groove, name)));
      expect(noteKeys(first).length).toBeGreaterThan(0);
      expect(noteKeys(again), name).toEqual(noteKeys(first));
      expect([again.metres, again.lengthTicks]).toEqual([first.metres, first.lengthTicks]);
      again.tempos.forEach(({ tick, bpm }, place) => {
        expect([tick, bpm]).toEqual([first.tempos[place]?.tick, expect.closeTo(first.tempos[place]?.bpm ?? 0, 3)]);
      });
    }
  });

  const lieder = join(shared, 'lieder/lieder.jsonl.gz');
  it.runIf(existsSync(lieder))('keep every note of songs, as MIDI and as MusicXML', { timeout: 240_000 }, async () => {
    const songs = gunzipSync(readFileSync(lieder)).toString('utf8').trim().split('\n');
    for (let index = 0; index < songs.length; index += Math.floor(songs.length / 6)) {
      const score = scoreOfSong(songs[index] ?? '');
      const { first, again } = await roundTrip(score.title, writeMidi(score));
      expect(noteKeys(first), score.title).toEqual(noteKeys(score));
      expect(noteKeys(again), score.title).toEqual(noteKeys(score));
      expect([again.keys, again.metres]).toEqual([first.keys, first.metres]);
      const { score: asset } = await open.importFile(score.title, writeMidi(score));
      const { files } = await open.export({ items: [{ name: score.title, asset }], format: { kind: 'musicxml' } });
      const back = await open.importFile('x', await open.bytesOf(files[0]!.exportId));
      const pitches = (one: Score): string[] =>
        one.tracks.flatMap(({ notes }) => notes.map(({ start, duration, pitch }) => [start, duration, pitch].join(' '))).toSorted();
      expect(pitches(await readScore(open.scratch.assets, back.score)), score.title).toEqual(pitches(score));
    }
  });
});

interface Song {
  title: string;
  keys: [number, number, string][];
  times: [number, string][];
  tempi: [number, number][];
  bars: number[];
  parts: { name: string; program: number; notes: [number, number, number, number][] }[];
}

/** One voice a track, so that notes of one pitch never overlap in it: MIDI has one end a pitch. */
function scoreOfSong(line: string): Score {
  const song = JSON.parse(line) as Song;
  const ticks = (value: number): number => value * (ticksPerQuarter / 24);
  const tracks = song.parts.flatMap(({ name, program, notes }, part) =>
    [1, 2].map((staff) => ({
      id: `${String(part)}-${String(staff)}`,
      name: `${name} ${String(staff)}`,
      instrument: { kind: 'melodic', program },
      notes: withoutOverlaps(
        notes.flatMap(([start, duration, pitch, on]) =>
          on === staff ? [{ start: ticks(start), duration: ticks(duration), pitch, velocity: 90 }] : [],
        ),
      ),
    })),
  );
  const metres = song.times.map(([tick, text]) => ({
    tick: ticks(tick),
    numerator: Number(text.split('/')[0]),
    denominator: Number(text.split('/')[1]),
  }));
  const [first = 0, second = first + 1] = song.bars;
  const last = (song.bars.at(-1) ?? 0) + second - first;
  return scoreSchema.parse({
    title: song.title,
    tempos: song.tempi.length > 0 ? song.tempi.map(([tick, bpm]) => ({ tick: ticks(tick), bpm })) : [{ tick: 0, bpm: 90 }],
    metres,
    keys: song.keys.map(([tick, fifths, mode]) => ({ tick: ticks(tick), fifths, mode: mode === 'minor' ? 'minor' : 'major' })),
    tracks: tracks.filter(({ notes }) => notes.length > 0),
    lengthTicks: ticks(last),
  });
}

interface PlainNote {
  start: number;
  duration: number;
  pitch: number;
  velocity: number;
}

function withoutOverlaps(notes: readonly PlainNote[]): PlainNote[] {
  const ends = new Map<number, number>();
  return notes
    .toSorted((a, b) => a.start - b.start || a.duration - b.duration)
    .filter(({ start, duration, pitch }) => {
      if ((ends.get(pitch) ?? 0) > start) return false;
      ends.set(pitch, start + duration);
      return true;
    });
}

function riff(midi: Uint8Array): Buffer {
  const head = Buffer.alloc(20);
  head.write('RIFF');
  head.writeUInt32LE(midi.length + 12, 4);
  head.write('RMIDdata', 8);
  head.writeUInt32LE(midi.length, 16);
  return Buffer.concat([head, midi]);
}

describe('SoundFonts', () => {
  let before: string[] = [];
  beforeAll(() => {
    before = leftovers();
  });
  const add = async (name: string, bytes: Uint8Array): Promise<Awaited<ReturnType<MusicStudio['calls']['soundFonts.add']>>> => {
    const result = await open.upload(`purpose=music&name=${encodeURIComponent(name)}`, bytes);
    if (result.purpose !== 'music') throw new Error('no music');
    return open.calls['soundFonts.add']({ uploadId: result.uploadId });
  };
  const get = (id: string, init?: RequestInit): Promise<Response> => open.http(new Request(`http://127.0.0.1${soundFontPath(id)}`, init));

  it('are kept by their hash, served in ranges and with caching, and go when they are removed', async () => {
    const bytes = tinySoundFont();
    const font = await add('My font.sf2', bytes);
    expect(font).toMatchObject({
      name: 'Tiny',
      sizeBytes: bytes.length,
      presets: 2,
      id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    // The same again is the same font.
    expect(await add('again.sf2', bytes)).toEqual(font);
    expect(await open.calls['soundFonts.list']()).toEqual([font]);
    expect(leftovers()).toEqual(before);

    const whole = await get(font.id);
    expect(Buffer.from(await whole.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    expect([whole.headers.get('Content-Type'), whole.headers.get('ETag')]).toEqual(['audio/x-soundfont', `"${font.id}"`]);
    expect(whole.headers.get('Cache-Control')).toContain('immutable');
    const part = await get(font.id, { headers: { Range: 'bytes=0-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'RIFF']);
    expect((await get(font.id, { headers: { 'If-None-Match': `"${font.id}"` } })).status).toBe(304);

    await open.calls['soundFonts.remove']({ id: font.id });
    expect(await open.calls['soundFonts.list']()).toEqual([]);
    expect((await get(font.id)).status).toBe(404);
    expect(readdirSync(join(open.scratch.folder, 'soundfonts'))).toEqual(['soundfonts.json']);
    await expect(open.calls['soundFonts.remove']({ id: font.id })).rejects.toMatchObject({ code: 'not-found' });
    expect((await get('..%2fsoundfonts.json')).status).toBe(400);
  });

  it.each([
    ['text', Buffer.from('not a font'), /no SF2/],
    ['a cut file', tinySoundFont().slice(0, 900), /cut off/],
    ['samples that are not there', tinySoundFont(99_999), /samples that it does not hold/],
  ])('are refused when they are none: %s', async (_what, bytes, message) => {
    await expect(add('x.sf2', bytes)).rejects.toMatchObject({ code: 'pack-invalid', message: expect.stringMatching(message) as string });
    expect(await open.calls['soundFonts.list']()).toEqual([]);
    expect(leftovers()).toEqual(before);
  });
});
