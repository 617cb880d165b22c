import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { AppError } from '../../../../shared/contract/errors.ts';
import { scoreSchema, sortedNotes, type Note, type Score } from '../../../../shared/music/score.ts';
import { spelled, writtenValues } from './notation.ts';
import { readMidi } from './read-midi.ts';
import { readMusicXml } from './read-musicxml.ts';
import { writeMusicXml } from './write-musicxml.ts';

const bytesOf = (xml: string): Uint8Array => new TextEncoder().encode(xml);
const wrapped = (measures: string, partList = '<score-part id="P1"><part-name>Piano</part-name></score-part>'): Uint8Array =>
  bytesOf(
    `<?xml version="1.0"?><!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd"><score-partwise><work><work-title>A &amp; B</work-title></work><part-list>${partList}</part-list><part id="P1">${measures}</part></score-partwise>`,
  );
const note = (step: string, octave: number, duration: number, more = '', alter = 0): string =>
  `<note>${more.includes('<chord/>') ? '<chord/>' : ''}<pitch><step>${step}</step>${alter === 0 ? '' : `<alter>${String(alter)}</alter>`}<octave>${String(octave)}</octave></pitch><duration>${String(duration)}</duration>${more.replace('<chord/>', '')}</note>`;

function zipped(files: Record<string, string>): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    zip.outputStream.on('data', (part: Buffer) => parts.push(part));
    zip.outputStream.on('error', reject);
    zip.outputStream.on('end', () => {
      resolve(new Uint8Array(Buffer.concat(parts)));
    });
  });
}

async function refusal(bytes: Uint8Array): Promise<AppError> {
  const error: unknown = await readMusicXml(bytes).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  if (!(error instanceof AppError)) throw new Error('no error');
  expect(error.action).toBeTruthy();
  return error;
}

function random(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('reading MusicXML', () => {
  it('knows divisions, chords, ties, backup, staves, dynamics, keys, metres and tempo', async () => {
    const first = `<measure number="1"><attributes><divisions>2</divisions><key><fifths>-2</fifths><mode>minor</mode></key><time><beats>3</beats><beat-type>4</beat-type></time><staves>2</staves></attributes>
      <direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>60</per-minute></metronome></direction-type></direction>
      <direction><direction-type><dynamics><p/></dynamics></direction-type></direction>
      ${note('G', 4, 4, '<voice>1</voice><staff>1</staff>')}${note('B', 4, 4, '<chord/><voice>1</voice><staff>1</staff>', -1)}
      ${note('D', 5, 2, '<tie type="start"/><voice>1</voice><staff>1</staff>')}
      <backup><duration>6</duration></backup>${note('G', 2, 6, '<voice>5</voice><staff>2</staff>')}</measure>`;
    const second = `<measure number="2"><attributes><key><fifths>1</fifths></key><time><beats>6</beats><beat-type>8</beat-type></time></attributes><sound tempo="100"/>
      ${note('D', 5, 2, '<tie type="stop"/><voice>1</voice><staff>1</staff>')}<forward><duration>2</duration></forward>
      <note><grace/><pitch><step>C</step><octave>5</octave></pitch></note>${note('A', 4, 2, '<staff>1</staff>')}<barline><repeat direction="backward"/></barline></measure>`;
    const { score, remarks, tags } = await readMusicXml(wrapped(first + second));
    expect(tags.title).toBe('A & B');
    expect(score.tempos).toEqual([
      { tick: 0, bpm: 90 },
      { tick: 1440, bpm: 100 },
    ]);
    expect(score.keys).toEqual([
      { tick: 0, fifths: -2, mode: 'minor' },
      { tick: 1440, fifths: 1, mode: 'major' },
    ]);
    expect(score.metres.map(({ tick, numerator, denominator }) => [tick, numerator, denominator])).toEqual([
      [0, 3, 4],
      [1440, 6, 8],
    ]);
    expect(score.tracks.map(({ name }) => name)).toEqual(['Piano (staff 1)', 'Piano (staff 2)']);
    expect(score.tracks[0]?.notes).toEqual([
      { start: 0, duration: 960, pitch: 67, velocity: 49 },
      { start: 0, duration: 960, pitch: 70, velocity: 49 },
      { start: 960, duration: 960, pitch: 74, velocity: 49 },
      { start: 2400, duration: 480, pitch: 69, velocity: 49 },
    ]);
    expect(score.tracks[1]?.notes).toEqual([{ start: 0, duration: 1440, pitch: 43, velocity: 49 }]);
    expect(remarks).toEqual(['1 grace note left out.', 'Repeats and endings are not played out: each bar was read once.']);
    const one = await readMusicXml(wrapped(first + second), { splitStaves: false });
    expect(one.score.tracks.map(({ notes }) => notes.length)).toEqual([5]);
  });

  it('adds tuplets of any kind up without drift, transposes, and lets an upbeat be a bar', async () => {
    const sevens = Array.from({ length: 7 }, () => note('C', 4, 4)).join('');
    const xml = `<measure number="0" implicit="yes"><attributes><divisions>14</divisions><key><fifths>2</fifths></key><time><beats>4</beats><beat-type>4</beat-type></time><transpose><chromatic>-2</chromatic></transpose></attributes>${note('D', 4, 14)}</measure>
      <measure number="1">${sevens}${sevens}</measure>`;
    const { score } = await readMusicXml(wrapped(xml));
    expect(score.keys).toEqual([{ tick: 0, fifths: 0, mode: 'major' }]);
    expect(score.metres.map(({ tick }) => tick)).toEqual([0, 480]);
    expect(score.tracks[0]?.notes.map(({ start }) => start)).toEqual([
      0,
      ...Array.from({ length: 14 }, (_, index) => Math.round(480 + (index * 4 * 480) / 14)),
    ]);
    expect(score.tracks[0]?.notes.every(({ pitch }, index) => pitch === (index === 0 ? 60 : 58))).toBe(true);
    expect(score.lengthTicks).toBe(480 + 1920);
  });

  it('knows drums by their instrument, else by their place', async () => {
    const hit = (step: string, octave: number, id = ''): string =>
      `<note><unpitched><display-step>${step}</display-step><display-octave>${String(octave)}</display-octave></unpitched><duration>1</duration>${id === '' ? '' : `<instrument id="${id}"/>`}</note>`;
    const list =
      '<score-part id="P1"><part-name>Kit</part-name><midi-instrument id="I1"><midi-channel>10</midi-channel><midi-unpitched>57</midi-unpitched></midi-instrument><midi-instrument id="I2"><midi-channel>10</midi-channel><midi-unpitched>37</midi-unpitched></midi-instrument></score-part>';
    const { score } = await readMusicXml(
      wrapped(`<measure number="1">${hit('B', 4, 'I1')}${hit('C', 5)}${hit('F', 4)}${hit('G', 5)}</measure>`, list),
    );
    expect(score.tracks[0]?.instrument).toEqual({ kind: 'drums' });
    expect(score.tracks[0]?.notes.map(({ pitch }) => pitch)).toEqual([56, 38, 36, 42]);
  });

  it('opens compressed files', async () => {
    const { xml } = writeMusicXml(score24(1));
    const container = '<container><rootfiles><rootfile full-path="inner/piece.musicxml"/></rootfiles></container>';
    const read = await readMusicXml(
      await zipped({ 'META-INF/container.xml': container, 'inner/piece.musicxml': xml, 'other.xml': '<x/>' }),
    );
    expect(read.score.tracks.map(({ notes }) => notes)).toEqual(score24(1).tracks.map(({ notes }) => notes));
  });
});

describe('MusicXML that is wrong', () => {
  it('is refused in words', async () => {
    const bomb = `<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>`;
    const external = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><score-partwise><work><work-title>&e;</work-title></work></score-partwise>`;
    const zip = await zipped({ 'a.musicxml': writeMusicXml(score24(1)).xml });
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(), /empty/],
      [bytesOf('hello'), /damaged|holds no music/],
      [bytesOf('<score-partwise><part></score-partwise>'), /line 1/],
      [bytesOf(bomb), /attacks/],
      [bytesOf(external), /attacks/],
      [bytesOf(`${'<a>'.repeat(500)}${'</a>'.repeat(500)}`), /deeply/],
      [bytesOf('<html/>'), /"html"/],
      [bytesOf('<score-timewise/>'), /by time/],
      [wrapped(''), /no notes/],
      [zip.subarray(0, 60), /archive/],
      [await zipped({ 'readme.txt': 'x' }), /no score/],
      [await zipped({ 'bomb.xml': ' '.repeat(33 * 1024 ** 2) }), /absurd/],
    ];
    for (const [bytes, words] of cases) expect((await refusal(bytes)).message).toMatch(words);
    const long = `<measure>${`<forward><duration>999999999</duration></forward>`.repeat(3)}${note('C', 4, 1)}</measure>`;
    expect((await refusal(wrapped(long.repeat(3)))).code).toBe('too-large');
  });

  it('gives a score or an AppError for a hundred damaged files, twice over', { timeout: 120_000 }, async () => {
    // A short piece: each round reads it twice.
    const piece = score24(2);
    const tracks = piece.tracks.map((track) => ({ ...track, notes: track.notes.slice(0, 8) }));
    const whole = bytesOf(writeMusicXml({ ...piece, tracks, lengthTicks: 3840 }).xml);
    for (let seed = 0; seed < 100; seed += 1) {
      const next = random(seed);
      const bytes = whole.slice(0, 6000);
      for (let count = 0; count < 1 + (seed % 5); count += 1) bytes[Math.floor(next() * bytes.length)] = 32 + next() * 90;
      // Half are damaged within sound XML: numbers changed only.
      const text = new TextDecoder()
        .decode(whole)
        .replaceAll(/<(duration|octave|divisions|fifths|beats)>\d+/g, (found, name: string) =>
          next() < 0.1 ? `<${name}>${String(Math.floor(next() * 1e9) - 5e8)}` : found,
        );
      for (const one of [bytes, bytesOf(text)]) {
        try {
          expect(scoreSchema.safeParse((await readMusicXml(one)).score).success).toBe(true);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }
    }
  });
});

/** Notes on the 24 grid with chords, overlaps, notes over bars, several metres. */
function score24(seed: number): Score {
  const next = random(seed);
  const pick = (count: number): number => Math.floor(next() * count);
  const notes = (low: number, span: number, count: number): Note[] => {
    const unique = new Map<string, Note>();
    for (let index = 0; index < count; index += 1) {
      const one = { start: pick(24 * 14) * 20, duration: (1 + pick(60)) * 20, pitch: low + pick(span), velocity: 1 + pick(127) };
      unique.set(`${String(one.start)},${String(one.pitch)}`, one);
    }
    return sortedNotes([...unique.values()]);
  };
  return scoreSchema.parse({
    title: `Piece <${String(seed)}>`,
    tempos: [
      { tick: 0, bpm: 96.5 },
      { tick: 1930, bpm: 120 },
    ],
    metres: [
      { tick: 0, numerator: 4, denominator: 4 },
      { tick: 480, numerator: 4, denominator: 4 },
      { tick: 2400, numerator: 6, denominator: 8 },
      { tick: 2400 + 1440, numerator: 5, denominator: 8 },
    ],
    keys: [{ tick: 0, fifths: pick(15) - 7, mode: seed % 2 === 0 ? 'minor' : 'major' }],
    lengthTicks: 2400 + 1440 + 1200 * 4,
    tracks: [
      { id: 'track-1', name: 'Both hands', instrument: { kind: 'melodic', program: 0 }, notes: notes(36, 60, 80), volume: 0.5, pan: -0.5 },
      { id: 'track-2', name: 'Bass', instrument: { kind: 'melodic', program: 33 }, notes: notes(28, 20, 30) },
      { id: 'track-3', name: 'Kit', instrument: { kind: 'drums' }, notes: notes(35, 24, 40) },
    ],
  });
}

describe('MusicXML out and in', () => {
  it('keeps every note, tempo, metre, key and name of twenty quantised scores', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const score = score24(seed);
      const { xml, remarks } = writeMusicXml(score, { title: score.title, seed, pack: 'p 1' });
      expect(remarks).toEqual([]);
      const read = await readMusicXml(bytesOf(xml));
      expect(read.remarks).toEqual([]);
      expect(read.tags).toEqual({ title: score.title, seed, pack: 'p 1' });
      expect({ ...read.score, tracks: [] }, String(seed)).toEqual({ ...score, tracks: [] });
      for (const [index, track] of score.tracks.entries()) expect(read.score.tracks[index], `${String(seed)} ${track.name}`).toEqual(track);
    }
  });

  it('keeps a chorale, on readable values', async () => {
    const { score } = readMidi(new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures/chorale.mid'))));
    const { xml, remarks } = writeMusicXml(score);
    expect(remarks).toEqual([]);
    expect(xml).not.toContain('<time-modification>');
    expect(xml.match(/<sign>F<\/sign>/g)?.length).toBeGreaterThanOrEqual(1);
    const read = await readMusicXml(bytesOf(xml));
    expect(read.score.tracks.map(({ notes }) => notes)).toEqual(score.tracks.map(({ notes }) => notes));
  });

  it('says when notes had to be moved', async () => {
    const { score } = readMidi(new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures/groove-fill.mid'))));
    const { xml, remarks } = writeMusicXml(score);
    expect(remarks[0]).toContain('off the grid');
    const read = (await readMusicXml(bytesOf(xml))).score.tracks[0]?.notes ?? [];
    expect(read.map(({ pitch }) => pitch).toSorted()).toEqual(score.tracks[0]?.notes.map(({ pitch }) => pitch).toSorted());
  });
});

describe('notation', () => {
  it('splits where beats begin', () => {
    const types = (at: number, end: number, beat: number): string[] =>
      writtenValues(at, end, beat).map(({ type, dots, triplet }) => `${type}${dots === 1 ? '.' : ''}${triplet ? '3' : ''}`);
    expect(types(0, 96, 24)).toEqual(['whole']);
    expect(types(0, 36, 24)).toEqual(['quarter.']);
    expect(types(12, 36, 24)).toEqual(['eighth', 'eighth']);
    expect(types(6, 24, 24)).toEqual(['eighth.']);
    expect(types(0, 36, 36)).toEqual(['quarter.']);
    expect(types(0, 8, 24)).toEqual(['eighth3']);
    expect(types(8, 24, 24)).toEqual(['eighth3', 'eighth3']);
    for (let at = 0; at < 96; at += 1) {
      for (let end = at + 1; end <= 96; end += 1)
        expect(writtenValues(at, end, 24).reduce((sum, { units }) => sum + units, 0)).toBe(end - at);
    }
  });

  it('spells by key', () => {
    const name = (pitch: number, fifths: number, mode: 'major' | 'minor' = 'major'): string => {
      const { step, alter, octave } = spelled(pitch, { fifths, mode });
      return `${step}${alter > 0 ? '#'.repeat(alter) : 'b'.repeat(-alter)}${String(octave)}`;
    };
    expect(name(66, 1)).toBe('F#4');
    expect(name(70, -1)).toBe('Bb4');
    expect(name(68, 0, 'minor')).toBe('G#4');
    expect(name(61, -1, 'minor')).toBe('C#4');
    expect(name(60, 7)).toBe('B#3');
    expect(name(71, -7)).toBe('Cb5');
  });
});
