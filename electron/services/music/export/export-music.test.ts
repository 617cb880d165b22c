import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import { tinySoundFont } from '../../../../models/audio/testing/tiny-soundfont.ts';
import { scoreMediaType, wavMediaType } from '../../../../shared/domain/asset.ts';
import { generationRequestSchema } from '../../../../shared/domain/generation.ts';
import { generationIdSchema, packIdSchema, type AssetHash } from '../../../../shared/domain/ids.ts';
import { scoreText } from '../../../../shared/music/score-json.ts';
import type { Score } from '../../../../shared/music/score.ts';
import { MemorySink, type PlanarAudio } from '../../../audio/files/audio-source.ts';
import { encodeAudio } from '../../../audio/files/encode-audio.ts';
import { readWav } from '../../../audio/files/read-wav.ts';
import { collected, smallScore, tone } from '../../../audio/testing/sounds.ts';
import { readEmbedded } from '../../images/embedded-metadata.ts';
import { newId } from '../../ids.ts';
import { readScore } from '../score-assets.ts';
import { openMusicStudio, type MusicStudio } from '../testing/music-studio.ts';

const hasTools = ['ffprobe', 'ffmpeg', 'sox'].every((tool) => spawnSync(tool, ['--version']).error === undefined);
const slow = { timeout: 300_000 };

let open: MusicStudio;
beforeAll(async () => {
  open = await openMusicStudio();
});
afterAll(() => open.dispose());

async function scoreAsset(score: Score = smallScore()): Promise<AssetHash> {
  return (await open.scratch.assets.putBytes(Buffer.from(scoreText(score)), { mediaType: scoreMediaType, size: null })).hash;
}

async function wavAsset(audio: PlanarAudio): Promise<AssetHash> {
  const sink = new MemorySink();
  await encodeAudio(audio, { kind: 'wav', depth: 24, sampleRate: 48_000 }, null, sink);
  return (await open.scratch.assets.putBytes(sink.bytes(), { mediaType: wavMediaType, size: null })).hash;
}

/** A generation of the score pack that made the asset from nothing. */
function generationOf(asset: AssetHash, seed: number): string {
  const id = newId(generationIdSchema);
  const request = generationRequestSchema.parse({
    ...{ kind: 'score', projectId: null, packId: 'kiln-music', seed, backend: 'cpu', placement: null, parentId: null },
    ...{ inputs: {}, params: { mode: 'generate' }, title: 'Private' },
  });
  const pack = { id: packIdSchema.parse('kiln-music'), name: 'Kiln Music', version: '0.2.0', packHash: 'a'.repeat(64) };
  open.generations.start({ id, jobId: null, batchId: null, request, pack });
  const bounds = { x: 0, y: 0, width: 1, height: 1 };
  const outputs = [{ role: 'score' as const, hash: asset, bounds }];
  const timings = { totalMs: 1, phasesMs: {} };
  open.generations.succeed(
    id,
    { outputs, size: { width: 1, height: 1 }, backend: 'cpu', timings, notes: [], details: {} },
    () => undefined,
  );
  return id;
}

const temporaries = (): string[] => readdirSync(join(open.scratch.folder, 'temporary'));
async function fileOf(given: Awaited<ReturnType<MusicStudio['export']>>, index = 0): Promise<string> {
  const told = given.files[index]!;
  const file = join(open.scratch.folder, `out-${told.fileName}`);
  const bytes = await open.bytesOf(told.exportId);
  expect(bytes.length).toBe(told.sizeBytes);
  writeFileSync(file, bytes);
  return file;
}

interface Probed {
  codec: string;
  seconds: number;
  rate: number;
  tags: string;
}
function probe(file: string): Probed {
  const text = execFileSync('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file], { encoding: 'utf8' });
  const { format, streams } = JSON.parse(text) as {
    format: { duration: string; tags?: object };
    streams: { codec_name: string; sample_rate: string; tags?: object }[];
  };
  const tags = JSON.stringify({ ...format.tags, ...streams[0]?.tags });
  return { codec: streams[0]?.codec_name ?? '', seconds: Number(format.duration), rate: Number(streams[0]?.sample_rate), tags };
}

/** LUFS and dB, by ffmpeg's own measure. */
function measured(file: string): { lufs: number; peak: number } {
  const { stderr } = spawnSync('ffmpeg', ['-hide_banner', '-nostats', '-i', file, '-af', 'ebur128=peak=true', '-f', 'null', '-'], {
    encoding: 'utf8',
  });
  const summary = stderr.slice(stderr.lastIndexOf('Summary'));
  const number = (pattern: RegExp): number => Number(pattern.exec(summary)?.[1] ?? Number.NaN);
  return { lufs: number(/I:\s+(-?[\d.]+) LUFS/), peak: number(/Peak:\s+(-?[\d.]+) dBFS/) };
}

describe('sound of scores', () => {
  const formats = [
    [{ kind: 'wav', depth: 16, sampleRate: 44_100 }, 'wav', 'pcm_s16le', 44_100],
    [{ kind: 'wav', depth: '32f' }, 'wav', 'pcm_f32le', 48_000],
    [{ kind: 'flac' }, 'flac', 'flac', 48_000],
    [{ kind: 'mp3' }, 'mp3', 'mp3', 44_100],
    [{ kind: 'vorbis' }, 'ogg', 'vorbis', 48_000],
    [{ kind: 'opus' }, 'opus', 'opus', 48_000],
  ] as const;

  it.each(formats)('%o carries title, seed, pack and origin, and opens elsewhere', slow, async (format, extension, codec, rate) => {
    const asset = await scoreAsset();
    const result = await open.export({ items: [{ name: 'Étude: No. 1?', asset, generationIds: [generationOf(asset, 4711)] }], format });
    expect(result).toMatchObject({ archive: null, notes: [], files: [{ fileName: `Étude_ No. 1_.${extension}`, seconds: 5 }] });
    expect(result.loudness?.lufs).toBeCloseTo(-14, 0);
    expect(result.loudness?.truePeakDb).toBeLessThanOrEqual(-1 + 1e-9);
    const file = await fileOf(result);
    expect(temporaries()).toEqual([]);
    if (!hasTools) return;
    const told = probe(file);
    expect([told.codec, told.rate]).toEqual([codec, rate]);
    expect(Math.abs(told.seconds - 5)).toBeLessThan(0.06);
    for (const words of ['Étude: No. 1?', '4711', 'Kiln Music 0.2.0', 'Made with Kiln 1.2.3', 'trainedAlgorithmicMedia'])
      expect(told.tags).toContain(words);
    expect(told.tags).not.toContain('Private');
    const { lufs, peak } = measured(file);
    expect(Math.abs(lufs - (result.loudness?.lufs ?? 0))).toBeLessThan(0.25);
    if (codec.startsWith('pcm') || codec === 'flac') expect(peak).toBeLessThanOrEqual(-0.9);
  });

  it('says nothing of itself when it is not to, and is as loud as the room plays it', slow, async () => {
    const asset = await scoreAsset();
    const result = await open.export({
      items: [{ name: 'x', asset, generationIds: [generationOf(asset, 99)] }],
      format: { kind: 'wav', depth: '32f' },
      normalise: false,
      embedMetadata: false,
    });
    const bytes = await open.bytesOf(result.files[0]!.exportId);
    expect(bytes.toString('latin1')).not.toMatch(/kiln|LIST/i);
    expect(result.loudness?.lufs).not.toBeCloseTo(-14, 1);
    const { channels } = readWav(bytes);
    expect(channels[0]?.length).toBe(5 * 48_000);
  });

  it('is the same bytes again, and other ones with a SoundFont', slow, async () => {
    const items = [{ name: 'x', asset: await scoreAsset() }];
    const format = { kind: 'flac' };
    const bytes = async (more: object = {}): Promise<Buffer> => {
      const { files } = await open.export({ items, format, ...more });
      return open.bytesOf(files[0]!.exportId);
    };
    const first = await bytes();
    expect((await bytes()).equals(first)).toBe(true);
    const uploaded = await open.upload('purpose=music&name=x.sf2', tinySoundFont());
    if (uploaded.purpose !== 'music') throw new Error('no music');
    const { id } = await open.calls['soundFonts.add']({ uploadId: uploaded.uploadId });
    expect((await bytes({ soundFontId: id })).equals(first)).toBe(false);
    await open.calls['soundFonts.remove']({ id });
    await expect(open.export({ items, format, soundFontId: id })).rejects.toMatchObject({
      code: 'not-found',
      action: expect.stringContaining('built-in') as string,
    });
  });

  it('comes as stems that sum to the mix, named by their tracks, and as one zip', slow, async () => {
    const score = smallScore();
    const quiet = {
      ...score,
      tracks: score.tracks.map((track) => (track.id === 'drums' ? { ...track, name: 'Bass', volume: 0.5 } : track)),
    };
    const asset = await scoreAsset(quiet);
    const format = { kind: 'wav', depth: '32f' };
    const stems = await open.export({ items: [{ name: 'Song', asset }], format, stems: true, normalise: false });
    const names = ['Song – Melody.wav', 'Song – Bass.wav', 'Song – Bass (2).wav'];
    expect(stems.files.map(({ fileName }) => fileName)).toEqual(names);
    expect(stems.archive?.fileName).toBe('Song.zip');
    const sounds = await Promise.all(stems.files.map(async ({ exportId }) => readWav(await open.bytesOf(exportId)).channels));
    const mix = await open.export({ items: [{ name: 'Song', asset }], format, normalise: false });
    const whole = readWav(await open.bytesOf(mix.files[0]!.exportId)).channels;
    // Soft as it is, the limiter has nothing to do.
    const worst = whole.map((samples, channel) =>
      samples.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - sounds.reduce((sum, stem) => sum + (stem[channel]?.[at] ?? 0), 0))),
        0,
      ),
    );
    expect(Math.max(...worst)).toBeLessThan(1e-4);
    const zip = await yauzl.fromBufferPromise(await open.bytesOf(stems.archive!.exportId));
    const inside: string[] = [];
    for await (const entry of zip.eachEntry()) inside.push(entry.fileName);
    expect(inside).toEqual(names);
    expect(temporaries()).toEqual([]);
  });

  it('leaves silent stems out and says so', slow, async () => {
    const score = smallScore();
    const asset = await scoreAsset({
      ...score,
      tracks: score.tracks.map((track) => (track.id === 'bass' ? { ...track, volume: 0 } : track)),
    });
    const { files, notes, loudness } = await open.export({ items: [{ name: 'Song', asset }], format: { kind: 'flac' }, stems: true });
    expect(files.map(({ fileName }) => fileName)).toEqual(['Song – Melody.flac', 'Song – Drums.flac']);
    expect(notes[0]).toContain('“Bass” makes no sound');
    expect(loudness?.lufs).toBeCloseTo(-14, 0);
  });

  it.each([
    ['no notes', (score: Score) => score.tracks.map((track) => ({ ...track, notes: [] }))],
    ['all tracks muted', (score: Score) => score.tracks.map((track) => ({ ...track, muted: true }))],
    ['all volumes at zero', (score: Score) => score.tracks.map((track) => ({ ...track, volume: 0 }))],
  ])('is refused when there is nothing to hear: %s', slow, async (_what, change) => {
    const score = smallScore();
    const asset = await scoreAsset({ ...score, tracks: change(score) });
    await expect(open.export({ items: [{ name: 'Nothing', asset }], format: { kind: 'mp3' } })).rejects.toMatchObject({
      code: 'invalid-request',
      action: expect.stringMatching(/unmute/) as string,
    });
    expect(temporaries()).toEqual([]);
  });
});

describe('sound of recordings', () => {
  const recording = (mono: boolean, level = 0.05): PlanarAudio => {
    const source = tone({ frames: 96_000, mono, level });
    return { sampleRate: 48_000, channels: collected(source) };
  };

  it.each([true, false])('is brought to its loudness and written anew (mono: %s)', slow, async (mono) => {
    const asset = await wavAsset(recording(mono));
    const result = await open.export({ items: [{ name: 'Rain', asset }], format: { kind: 'wav' } });
    expect(result.files[0]).toMatchObject({ fileName: 'Rain.wav', seconds: 2 });
    const file = await fileOf(result);
    expect(readWav(await open.bytesOf(result.files[0]!.exportId)).channels).toHaveLength(mono ? 1 : 2);
    expect(result.loudness?.lufs).toBeCloseTo(-14, 1);
    if (hasTools) expect(Math.abs(measured(file).lufs + 14)).toBeLessThan(0.2);
  });

  it('is refused as notes or pictures, and when it is silent', async () => {
    const asset = await wavAsset(recording(true));
    for (const kind of ['midi', 'musicxml', 'svg', 'png']) {
      await expect(open.export({ items: [{ name: 'Rain', asset }], format: { kind } })).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('“Rain”') as string,
        action: expect.stringContaining('WAV') as string,
      });
    }
    const silence = await wavAsset(recording(false, 0.000_001));
    await expect(open.export({ items: [{ name: 'x', asset: silence }], format: { kind: 'flac' } })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    const picture = await open.scratch.assets.putBytes(Buffer.from('p'), { mediaType: 'image/png', size: { width: 1, height: 1 } });
    await expect(open.export({ items: [{ name: 'x', asset: picture.hash }], format: { kind: 'flac' } })).rejects.toMatchObject({
      code: 'unsupported',
    });
    await expect(
      open.export({ items: [{ name: 'x', asset: 'f'.repeat(64) as AssetHash }], format: { kind: 'midi' } }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('notes and pictures', () => {
  it('as MIDI and MusicXML keep the score and carry its origin', async () => {
    const score = smallScore();
    const asset = await scoreAsset(score);
    for (const kind of ['midi', 'musicxml']) {
      const items = [{ name: 'Small', asset, generationIds: [generationOf(asset, 5)] }];
      const bytes = await open.bytesOf((await open.export({ items, format: { kind } })).files[0]!.exportId);
      expect(bytes.toString('latin1')).toContain('IPTC digital source type: trainedAlgorithmicMedia');
      const back = await open.importFile('x', bytes);
      expect(back).toMatchObject({ title: 'Small', seed: 5, pack: 'Kiln Music 0.2.0' });
      const notes = (one: Score): object[] => one.tracks.filter((track) => track.notes.length > 0).map((track) => track.notes);
      expect(notes(await readScore(open.scratch.assets, back.score))).toEqual(notes(score));
      const bare = await open.bytesOf((await open.export({ items, format: { kind }, embedMetadata: false })).files[0]!.exportId);
      expect(bare.toString('latin1')).not.toMatch(/kiln-(seed|pack)|Made with/);
    }
  });

  it('as pictures of any width, with the parameters inside', async () => {
    const asset = await scoreAsset();
    const items = [{ name: 'Small & <b>', asset, generationIds: [generationOf(asset, 8)] }];
    const svg = (await open.bytesOf((await open.export({ items, format: { kind: 'svg' } })).files[0]!.exportId)).toString('utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 2400 \d+"/);
    expect(svg).toContain('<title>Small &amp; &lt;b&gt;</title>');
    const png = await open.bytesOf((await open.export({ items, format: { kind: 'png', width: 1000 } })).files[0]!.exportId);
    const { width, height, xmp } = await sharp(png).metadata();
    expect(width).toBe(1000);
    expect(height).toBeGreaterThan(200);
    expect(readEmbedded(png, xmp?.toString('utf8'))).toMatchObject({ generations: [{ request: { seed: 8, title: '' } }] });
  });

  it('are several files of their own names, and one zip', async () => {
    const asset = await scoreAsset();
    const items = ['A', 'a', 'CON', '../x'].map((name) => ({ name, asset }));
    const { files, archive, loudness } = await open.export({ items, format: { kind: 'midi' } });
    expect(files.map(({ fileName }) => fileName)).toEqual(['A.mid', 'a (2).mid', '_CON.mid', '_x.mid']);
    expect([archive?.fileName, loudness]).toEqual(['A and 3 more.zip', null]);
    expect(temporaries()).toEqual([]);
  });
});

describe('long exports', () => {
  it('tell how far they are, are ended on request, and leave nothing behind', slow, async () => {
    const asset = await scoreAsset(smallScore({ lengthTicks: 1920 * 600 }));
    const before = open.scratch.events.published.length;
    const runId = 'run-00000001';
    const work = open.export({ items: [{ name: 'Long', asset }], format: { kind: 'wav' }, runId });
    const fractions = (): number[] =>
      open.scratch.events.published
        .slice(before)
        .flatMap((event) => (event.type === 'music.progress' && event.runId === runId ? [event.fraction] : []));
    const ended = expect(work).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => fractions().length, { timeout: 60_000 }).toBeGreaterThan(2);
    await expect(open.export({ items: [{ name: 'Long', asset }], format: { kind: 'midi' }, runId })).rejects.toMatchObject({
      code: 'conflict',
    });
    await open.calls['music.cancelExport']({ runId });
    await ended;
    expect(fractions()).toEqual(fractions().toSorted((a, b) => a - b));
    expect(temporaries()).toEqual([]);
    // One that is not under way is no error.
    await open.calls['music.cancelExport']({ runId });
  });
});
