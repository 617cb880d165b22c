import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audioPackFiles, type AudioPackName } from '../../../models/testing/audio-packs/packs.ts';
import { writeFiles } from '../../../models/testing/audio-packs/write-packs.ts';
import { tinySoundFont } from '../../../models/audio/testing/tiny-soundfont.ts';
import { generationIdSchema, packIdSchema } from '../../../shared/domain/ids.ts';
import { smallScore } from '../../audio/testing/sounds.ts';
import { writeMidi } from '../../services/music/files/write-midi.ts';
import { readMidi } from '../../services/music/files/read-midi.ts';
import { openTestStudio, type TestStudio } from '../../services/testing/studio-host.ts';
import type { CommandContext } from '../command.ts';
import { music } from './music.ts';

let data: string;
let folder: string;
let open: TestStudio;
let song: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-cli-music-'));
  open = await openTestStudio(data);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(data, 'files-'));
  song = join(folder, 'song.mid');
  await writeFile(song, writeMidi(smallScore()));
});

type Line = Record<string, unknown>;

async function run(words: string[], flags: CommandContext['flags'] = {}, signal = new AbortController().signal): Promise<Line[]> {
  const lines: Line[] = [];
  const output = {
    json: true,
    result: (_: string, line: object) => void lines.push({ ...line }),
    progress: () => undefined,
    remark: () => undefined,
  };
  await music.run({ studio: open.studio, output, positionals: words, flags, signal });
  return lines;
}
const slow = { timeout: 300_000 };
const refusal = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });

describe('kiln music render', () => {
  it('writes files as their ending says, and the same music', slow, async () => {
    for (const ending of ['mid', 'musicxml', 'json', 'svg', 'png', 'flac']) {
      const out = join(folder, 'out', `x.${ending}`);
      const [line] = await run(['render', song], { out, width: '600' });
      expect(line).toMatchObject({ type: 'result', file: song, out, files: [out], bars: 2 });
    }
    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual(['x.flac', 'x.json', 'x.mid', 'x.musicxml', 'x.png', 'x.svg']);
    const notes = (bytes: Uint8Array): object[] => readMidi(bytes).score.tracks.map((track) => track.notes);
    expect(notes(readFileSync(join(folder, 'out/x.mid')))).toEqual(notes(readFileSync(song)));
    const again = join(folder, 'again.mid');
    await run(['render', join(folder, 'out/x.json')], { out: again });
    expect(notes(readFileSync(again))).toEqual(notes(readFileSync(song)));
  });

  it('takes folders, goes on after a broken file, and resumes', slow, async () => {
    await writeFile(join(folder, 'broken.mid'), 'MThd');
    await writeFile(join(folder, 'tune.abc'), 'X:1\nT:Tune\nM:4/4\nL:1/4\nK:C\nC D E F|\n');
    const out = join(folder, 'out');
    await expect(run(['render', folder], { out, format: 'mid' })).rejects.toThrow('1 of 3 pieces failed');
    expect(readdirSync(out).toSorted()).toEqual(['song-rendered.mid', 'tune-rendered.mid']);
    await rm(join(folder, 'broken.mid'));
    expect((await run(['render', folder], { out, format: 'mid', resume: true })).map(({ type }) => type)).toEqual([
      'skipped',
      'skipped',
      'summary',
    ]);
  });

  it('writes stems, uses a SoundFont for as long as it takes, and leaves loudness alone when told to', slow, async () => {
    const font = join(folder, 'tiny.sf2');
    await writeFile(font, tinySoundFont());
    const out = join(folder, 'song.wav');
    const flags = { out, stems: true, soundfont: font, 'no-normalise': true, depth: '16', rate: '44100' };
    const [line] = await run(['render', song], flags);
    expect(line?.['files']).toEqual(['Melody', 'Bass', 'Drums'].map((name) => join(folder, `song-${name}.wav`)));
    expect(line?.['loudness']).toMatchObject({ lufs: null });
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await open.studio.router.call('soundFonts.list', undefined)).toEqual([]);
  });

  it('stops when it is told to, with nothing half-written', slow, async () => {
    const controller = new AbortController();
    const long = join(folder, 'long.mid');
    await writeFile(long, writeMidi(smallScore({ lengthTicks: 1920 * 900 })));
    const unsubscribe = open.studio.events.subscribe((event) => {
      if (event.type === 'music.progress') controller.abort();
    });
    await expect(run(['render', long], { out: join(folder, 'long.wav') }, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    unsubscribe();
    expect(readdirSync(folder).toSorted()).toEqual(['long.mid', 'song.mid']);
  });
});

describe('kiln music import', () => {
  it('makes clips of files', async () => {
    const [line] = await run(['import', song], { name: 'My waltz' });
    expect(line).toMatchObject({ type: 'clip', name: 'My waltz', tracks: 3, bars: 2, noteCount: 8, remarks: [] });
    const clips = await open.studio.router.call('clips.list', {});
    expect(clips.find(({ id }) => id === line?.['clipId'])?.state.score).toBe(line?.['score']);
  });
});

describe('kiln music with Kiln’s own models', () => {
  const hasModel = existsSync('models/packs/kiln-music/kiln.json');

  it.runIf(hasModel)('generates, and does it again to the same score', slow, async () => {
    const flags = { style: 'chorale', bars: '2', key: 'D minor', bpm: '100', seed: '7', backend: 'cpu' };
    const out = join(folder, 'made.mid');
    const [line] = await run(['generate'], { ...flags, out });
    expect(line).toMatchObject({ type: 'result', out, seed: 7, pack: 'kiln-music', clip: { bars: 2, bpm: 100, key: 'D minor' } });
    const generation = open.studio.generations.get(generationIdSchema.parse(line?.['generationId']));
    expect(generation?.request).toMatchObject({
      kind: 'score',
      seed: 7,
      params: { mode: 'generate', bars: 2, key: { fifths: -1, mode: 'minor' } },
    });
    const [again] = await run(['generate'], { ...flags, out: join(folder, 'again.mid') });
    expect(again?.['assets']).toEqual(line?.['assets']);
    expect(readFileSync(join(folder, 'again.mid')).equals(readFileSync(out))).toBe(false);
    const page = await open.studio.router.call('history.list', { filter: { text: 'D minor chorale 2 bars' } });
    expect(page.items.map(({ id }) => id)).toContain(line?.['generationId']);
    const other = await open.studio.router.call('history.list', { filter: { text: 'E minor' } });
    expect(other.total).toBe(0);
  });

  it.runIf(hasModel)('writes bars anew and leaves the others as they are', slow, async () => {
    const out = join(folder, 'filled.json');
    await run(['generate'], { bars: '4', seed: '3', backend: 'cpu', out: join(folder, 'four.json') });
    const [line] = await run(['fill', join(folder, 'four.json')], {
      bars: '2',
      track: ['Bass'],
      passes: '2',
      seed: '1',
      backend: 'cpu',
      out,
    });
    const read = (file: string): { tracks: { name: string; notes: { start: number }[] }[] } =>
      JSON.parse(readFileSync(file, 'utf8')) as { tracks: { name: string; notes: { start: number }[] }[] };
    const [before, after] = [read(join(folder, 'four.json')), read(out)];
    expect(line?.['files']).toEqual([out]);
    for (const [index, track] of after.tracks.entries()) {
      const outside = (notes: { start: number }[] = []): { start: number }[] =>
        track.name === 'Bass' ? notes.filter(({ start }) => start >= 3840) : notes;
      expect(outside(track.notes)).toEqual(outside(before.tracks[index]?.notes));
    }
  });

  it.runIf(hasModel)('names several results by their seeds or numbers', slow, async () => {
    const out = join(folder, 'many');
    const lines = await run(['generate'], { style: 'drums', bars: '1', count: '2', seed: '4', backend: 'cpu', out });
    expect(lines.map(({ type }) => type)).toEqual(['result', 'result', 'summary']);
    expect(readdirSync(out).toSorted()).toEqual(['drums-4.mid', 'drums-5.mid']);
  });

  it.runIf(existsSync('models/packs/kiln-sound/kiln.json'))('makes sounds', slow, async () => {
    const out = join(folder, 'kick.wav');
    const [line] = await run(['sound', 'kick'], { seed: '1', backend: 'cpu', out });
    expect(line).toMatchObject({ type: 'result', out, pack: 'kiln-sound', loudness: { lufs: expect.any(Number) as number } });
  });
});

describe('kiln music with packs of sound models', () => {
  /** Of a real pack's layout and signatures, with weights that nobody trained. */
  async function tinyPack(name: AudioPackName): Promise<string> {
    const from = join(folder, name);
    writeFiles(from, audioPackFiles(name));
    const { manifest } = await open.studio.router.call('packs.import', { from: { kind: 'path', path: from }, licence: 'MIT' });
    return manifest.id;
  }

  it('speaks and composes from words by the pack that does so, and says so when a pack does not', slow, async () => {
    const [speech, composer] = [await tinyPack('vits'), await tinyPack('musicgen')];
    const out = join(folder, 'said.wav');
    const [said] = await run(['speak', 'Hello there'], { seed: '1', backend: 'cpu', out });
    expect(said).toMatchObject({ type: 'result', out, pack: speech });
    const [made] = await run(['describe', 'calm piano'], { seconds: '0.5', seed: '1', backend: 'cpu', out: join(folder, 'calm.flac') });
    expect(made).toMatchObject({ type: 'result', pack: composer });
    await expect(run(['speak', 'Hello'], { pack: composer })).rejects.toThrow(/does not make speech/);
    for (const id of [speech, composer]) await open.studio.router.call('packs.remove', { id: packIdSchema.parse(id) });
  });
});

describe('what kiln music refuses', () => {
  it.each<[string[], CommandContext['flags'], string, RegExp]>([
    [[], {}, 'invalid-request', /Say what to do/],
    [['dance'], {}, 'invalid-request', /no "kiln music dance"/],
    [['render'], {}, 'invalid-request', /at least one music file/],
    [['render', 'none.mid'], { out: 'x.wav' }, 'not-found', /no readable file/],
    [['render', 'SONG'], { out: 'x.wma' }, 'unsupported', /cannot write "x\.wma"/],
    [['render', 'SONG'], { out: 'x.wav', depth: '20' }, 'invalid-request', /--depth is one of 16, 24, 32f/],
    [['render', 'SONG'], { out: 'x.mp3', bitrate: '100' }, 'invalid-request', /--bitrate is one of/],
    [['render', 'SONG'], { out: 'x.opus', bitrate: '1' }, 'invalid-request', /--bitrate lies between 6 and 510/],
    [['render', 'SONG', 'SONG2'], { out: 'x.wav' }, 'invalid-request', /is one file, and there are several/],
    [['render', 'SONG'], { out: 'x.wav', soundfont: 'none.sf2' }, 'not-found', /none\.sf2/],
    [['generate', 'x.mid'], {}, 'invalid-request', /made from nothing/],
    [['generate'], { style: 'polka' }, 'invalid-request', /--style is one of chorale, song, drums/],
    [['generate'], { bars: '0' }, 'invalid-request', /--bars lies between 1 and 128/],
    [['generate'], { bars: '1.5' }, 'invalid-request', /--bars is a whole number/],
    [['generate'], { key: 'X' }, 'invalid-request', /is no key/],
    [['generate'], { temperature: '9' }, 'invalid-request', /--temperature lies between/],
    [['generate'], { seed: '-1' }, 'invalid-request', /--seed is a whole number/],
    [['generate'], { count: '0' }, 'invalid-request', /--count is a whole number/],
    [['generate'], { pack: 'nothing-here' }, 'pack-missing', /nothing-here|no pack/i],
    [['morph', 'SONG'], {}, 'invalid-request', /the two pieces/],
    [['sound'], {}, 'invalid-request', /which sound/],
    [['sound', 'kazoo'], {}, 'invalid-request', /no sound "kazoo"/],
    [['speak'], {}, 'invalid-request', /what is to be said/],
    [['speak', 'Hello'], {}, 'pack-missing', /No pack that makes speech/],
    [['describe', 'calm piano'], {}, 'pack-missing', /No pack that makes music/],
  ])('%j %j', async (words, flags, code, message) => {
    const second = join(folder, 'song2.mid');
    await mkdir(folder, { recursive: true });
    await writeFile(second, writeMidi(smallScore()));
    const given = words.map((word) => (word === 'SONG' ? song : word === 'SONG2' ? second : word));
    await expect(run(given, flags)).rejects.toEqual(refusal(code, message));
  });
});
