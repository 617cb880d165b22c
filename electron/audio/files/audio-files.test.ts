import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpusScript from 'opusscript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemorySink, type PlanarAudio } from './audio-source.ts';
import { audioFileTypes, encodeAudio, type AudioFormat } from './encode-audio.ts';
import { frameLength } from './mp3-frames.ts';
import { oggChecksum, OggPacketReader, OggPageReader, pageBytes } from './ogg.ts';
import { packed, Quantiser } from './quantise.ts';
import { readWav } from './read-wav.ts';
import { opusPreSkip } from './write-opus.ts';

const hasTools = ['ffprobe', 'ffmpeg', 'sox'].every((tool) => spawnSync(tool, ['--version']).error === undefined);
const tags = { title: 'Étude in D', seed: 4711, pack: 'chorale 1.0.0' };
const seconds = 2;
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-audio-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Two chords that die away, different left and right, with a little of everything up to 10 kHz. */
function music(sampleRate: number, channelCount: 1 | 2, frames = seconds * sampleRate + 17): PlanarAudio {
  const channel = (shift: number): Float32Array =>
    Float32Array.from({ length: frames }, (_, index) => {
      const time = index / sampleRate;
      const fade = Math.exp(-1.5 * (time % 1));
      return [110, 277.2, 440, 659.3, 1318.5, 3520, 9000].reduce(
        (sum, hertz, harmonic) => sum + (0.25 / (1 + harmonic)) * fade * Math.sin(2 * Math.PI * hertz * time + shift * (harmonic + 1)),
        0,
      );
    });
  return { sampleRate, channels: channelCount === 1 ? [channel(0)] : [channel(0), channel(1)] };
}

async function encoded(audio: PlanarAudio, format: AudioFormat): Promise<Uint8Array> {
  const sink = new MemorySink();
  await encodeAudio(audio, format, tags, sink);
  return sink.bytes();
}

function snrDb(wanted: Float32Array, got: Float32Array): number {
  let [signal, noise] = [0, 0];
  for (const [index, value] of wanted.entries()) {
    signal += value * value;
    noise += (value - (got[index] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

interface Probed {
  duration: number;
  rate: number;
  channels: number;
  codec: string;
  tags: Record<string, string>;
}

function probe(path: string): Probed {
  const text = execFileSync('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', path], { encoding: 'utf8' });
  const told = JSON.parse(text) as {
    format: { duration: string; tags?: Record<string, string> };
    streams: { sample_rate: string; channels: number; codec_name: string; tags?: Record<string, string> }[];
  };
  const [stream] = told.streams;
  const all = Object.entries({ ...told.format.tags, ...stream?.tags }).map(([name, value]) => [name.toUpperCase(), value] as const);
  return {
    duration: Number(told.format.duration),
    rate: Number(stream?.sample_rate),
    channels: stream?.channels ?? 0,
    codec: stream?.codec_name ?? '',
    tags: Object.fromEntries(all),
  };
}

/** As floating point, by another's decoder. */
function decodedByFfmpeg(path: string): PlanarAudio {
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'wav', '-c:a', 'pcm_f32le', '-'], { maxBuffer: 1 << 28 });
  // Written to a pipe, the length is not known beforehand.
  return readWav(new Uint8Array(bytes));
}

function saved(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('WAV', () => {
  it.each([
    [16, 1, 44_100],
    [16, 2, 48_000],
    [24, 2, 44_100],
    [24, 1, 48_000],
    ['32f', 2, 48_000],
    ['32f', 1, 44_100],
  ] as const)('of depth %s with %i channels at %i Hz comes back', async (depth, channelCount, sampleRate) => {
    const audio = music(sampleRate, channelCount);
    const bytes = await encoded(audio, { kind: 'wav', depth, sampleRate });
    const read = readWav(bytes);
    expect(read.sampleRate).toBe(sampleRate);
    expect(read.channels).toHaveLength(channelCount);
    const step = depth === '32f' ? 0 : depth === 24 ? 0.5 / 2 ** 23 : 1.5 / 2 ** 15;
    for (const [index, channel] of audio.channels.entries()) {
      const got = read.channels[index] ?? new Float32Array(0);
      expect(got).toHaveLength(channel.length);
      expect(channel.every((value, at) => Math.abs(value - (got[at] ?? 9)) <= step * 1.001)).toBe(true);
    }
    expect(new DataView(bytes.buffer).getUint32(4, true)).toBe(bytes.length - 8);
    expect(Buffer.from(bytes).includes('seed 4711; pack chorale 1.0.0')).toBe(true);
    if (!hasTools) return;
    const path = saved(`${String(depth)}-${String(channelCount)}.wav`, bytes);
    const told = probe(path);
    expect([told.rate, told.channels]).toEqual([sampleRate, channelCount]);
    expect(told.duration).toBeCloseTo(audio.channels[0]!.length / sampleRate, 5);
    expect(told.tags['TITLE']).toBe('Étude in D');
    expect(told.tags['COMMENT']).toBe('seed 4711; pack chorale 1.0.0');
    expect(decodedByFfmpeg(path).channels).toEqual(read.channels);
    // An independent reader of the header, which complains about what it does not like.
    const sox = spawnSync('sox', [path, '-n', 'stat'], { encoding: 'utf8' });
    expect(sox.status).toBe(0);
    expect(sox.stderr).not.toMatch(/WARN|FAIL/);
  });

  it('dithers to noise without harmonics: a tone of a third of a step survives', async () => {
    const sampleRate = 48_000;
    const tone = Float32Array.from(
      { length: sampleRate },
      (_, index) => (0.33 / 2 ** 15) * Math.sin((2 * Math.PI * 1000 * index) / sampleRate),
    );
    const [got = new Float32Array(0)] = readWav(
      await encoded({ sampleRate, channels: [tone] }, { kind: 'wav', depth: 16, sampleRate }),
    ).channels;
    const part = (hertz: number): number => {
      let [re, im] = [0, 0];
      for (const [index, value] of got.entries()) {
        re += value * Math.cos((2 * Math.PI * hertz * index) / sampleRate);
        im += value * Math.sin((2 * Math.PI * hertz * index) / sampleRate);
      }
      return ((2 * Math.hypot(re, im)) / sampleRate) * 2 ** 15;
    };
    expect(part(1000)).toBeCloseTo(0.33, 1);
    for (const harmonic of [3000, 5000, 7000]) expect(part(harmonic)).toBeLessThan(0.02);
  });

  it('clips, silences what is no number, and resamples', async () => {
    const odd = new Float32Array([2, -2, Number.NaN, Number.POSITIVE_INFINITY, 0.5]);
    const read = readWav(await encoded({ sampleRate: 48_000, channels: [odd] }, { kind: 'wav', depth: 24, sampleRate: 48_000 }))
      .channels[0];
    expect([...(read ?? [])]).toEqual([(2 ** 23 - 1) / 2 ** 23, -1, 0, 0, 0.5]);
    const other = readWav(await encoded(music(22_050, 2), { kind: 'wav', depth: '32f', sampleRate: 48_000 }));
    expect(other.channels[1]).toHaveLength(Math.ceil(((seconds * 22_050 + 17) * 48_000) / 22_050));
  });
});

describe('FLAC', () => {
  it.each([
    [16, 2, 44_100],
    [24, 2, 48_000],
    [24, 1, 44_100],
  ] as const)('of %i bits with %i channels is exact', async (bits, channelCount, sampleRate) => {
    const audio = music(sampleRate, channelCount);
    const bytes = Buffer.from(await encoded(audio, { kind: 'flac', bits, sampleRate }));
    expect(bytes.toString('latin1', 0, 4)).toBe('fLaC');
    const head = bytes.readBigUInt64BE(18);
    expect([Number(head >> 44n), Number((head >> 41n) & 7n) + 1, Number((head >> 36n) & 31n) + 1, Number(head & 0xf_ffff_ffffn)]).toEqual([
      sampleRate,
      channelCount,
      bits,
      audio.channels[0]?.length,
    ]);
    const whole = new Quantiser(bits).interleaved(audio.channels);
    // The header's MD5 is of the sound that went in.
    expect(bytes.toString('hex', 26, 42)).toBe(createHash('md5').update(packed(whole, bits)).digest('hex'));
    expect(bytes.includes('KILN_SEED=4711')).toBe(true);
    if (!hasTools) return;
    const path = saved(`${String(bits)}-${String(channelCount)}.flac`, bytes);
    const told = probe(path);
    expect([told.codec, told.rate, told.channels]).toEqual(['flac', sampleRate, channelCount]);
    expect(told.tags).toMatchObject({ TITLE: 'Étude in D', KILN_SEED: '4711', KILN_PACK: 'chorale 1.0.0' });
    expect(told.duration).toBeCloseTo(audio.channels[0]!.length / sampleRate, 5);
    const got = decodedByFfmpeg(path);
    for (const [channel, samples] of got.channels.entries()) {
      expect(samples).toHaveLength(audio.channels[0]!.length);
      expect(samples.every((value, index) => value === Math.fround((whole[index * channelCount + channel] ?? 0) / 2 ** (bits - 1)))).toBe(
        true,
      );
    }
    const sox = spawnSync('sox', [path, '-n', 'stat'], { encoding: 'utf8' });
    expect([sox.status, sox.stderr.match(/.*(?:WARN|FAIL).*/)?.[0]]).toEqual([0, undefined]);
  });
});

describe('MP3', () => {
  it.each([
    ['320 kbit/s', { bitrate: 320 }, 2, 44_100, 50],
    ['V2', { vbrQuality: 2 }, 2, 48_000, 38],
    ['V0 mono', { vbrQuality: 0 }, 1, 44_100, 45],
  ] as const)('at %s has the right length, tags and sound', async (_, quality, channelCount, sampleRate, bar) => {
    const audio = music(sampleRate, channelCount);
    const bytes = await encoded(audio, { kind: 'mp3', quality, sampleRate });
    const text = Buffer.from(bytes);
    expect(text.toString('latin1', 0, 5)).toBe('ID3\u0004\0');
    let at = 10 + ((bytes[6]! << 21) | (bytes[7]! << 14) | (bytes[8]! << 7) | bytes[9]!);
    const info = text.subarray(at);
    const tag = channelCount === 1 ? 21 : 36;
    expect(info.toString('latin1', tag, tag + 4)).toBe('vbrQuality' in quality ? 'Xing' : 'Info');
    let frames = 0;
    for (; at < bytes.length; frames += 1) {
      const length = frameLength(bytes.subarray(at, at + 4));
      expect(length).toBeGreaterThan(0);
      at += length;
    }
    expect(at).toBe(bytes.length);
    expect(info.readUInt32BE(tag + 8)).toBe(frames - 1);
    expect(info.readUInt32BE(tag + 12)).toBe(info.length);
    if (!hasTools) return;
    const path = saved(`${String(bar)}.mp3`, bytes);
    const told = probe(path);
    expect([told.codec, told.rate, told.channels]).toEqual(['mp3', sampleRate, channelCount]);
    expect(told.tags).toMatchObject({ TITLE: 'Étude in D', KILN_SEED: '4711', KILN_PACK: 'chorale 1.0.0' });
    const got = decodedByFfmpeg(path);
    for (const [index, wanted] of audio.channels.entries()) {
      // The encoder's delay and padding are taken off: no gap at either end.
      expect(got.channels[index]).toHaveLength(wanted.length);
      expect(snrDb(wanted, got.channels[index]!)).toBeGreaterThan(bar);
    }
  });
});

describe('Ogg', () => {
  const pagesOf = (bytes: Uint8Array) => {
    const reader = new OggPageReader();
    const pages = [...reader.read(bytes)];
    expect(reader.left).toBe(0);
    return pages;
  };

  it('has the checksum of the specification, and pages of any cut', async () => {
    // The page of RFC 3533's algorithm over a known string, by an independent implementation (cksum's polynomial, other ends).
    expect(oggChecksum(Buffer.from('123456789')).toString(16)).toBe('89a1897f');
    const bytes = await encoded(music(48_000, 1), { kind: 'opus', bitrate: 64_000 });
    const reader = new OggPageReader();
    const pages = Array.from({ length: Math.ceil(bytes.length / 100) }, (_, index) => [
      ...reader.read(bytes.subarray(index * 100, index * 100 + 100)),
    ]).flat();
    expect(pages).toEqual(pagesOf(bytes));
    expect(() => [...new OggPageReader().read(new Uint8Array(100))]).toThrow(RangeError);
  });

  it.each([
    ['vorbis', { kind: 'vorbis', quality: 6, sampleRate: 44_100 }, 2, 44_100, 32],
    ['vorbis', { kind: 'vorbis', quality: 9, sampleRate: 48_000 }, 1, 48_000, 32],
    ['opus', { kind: 'opus', bitrate: 160_000 }, 2, 48_000, 22],
    ['opus', { kind: 'opus', bitrate: 64_000 }, 1, 44_100, 20],
  ] as const)('%s keeps length, tags and sound (%o)', async (codec, format, channelCount, sampleRate, bar) => {
    const audio = music(sampleRate, channelCount);
    const bytes = await encoded(audio, format);
    const pages = pagesOf(bytes);
    const outRate = codec === 'opus' ? 48_000 : sampleRate;
    const outFrames = Math.ceil((audio.channels[0]!.length * outRate) / sampleRate);
    for (const [index, page] of pages.entries()) {
      expect(page.sequence).toBe(index);
      expect(page.flags & 2).toBe(index === 0 ? 2 : 0);
      expect(page.flags & 4).toBe(index === pages.length - 1 ? 4 : 0);
    }
    expect(Buffer.concat(pages.map(pageBytes)).equals(bytes)).toBe(true);
    expect(pages.at(-1)?.granule).toBe(BigInt(outFrames + (codec === 'opus' ? opusPreSkip : 0)));
    const packets = new OggPacketReader();
    const all = pages.flatMap((page) => [...packets.read(page)]);
    expect(Buffer.from(all[1]!).includes('KILN_PACK=chorale 1.0.0')).toBe(true);
    if (codec === 'opus') {
      const decoder = new OpusScript(48_000, channelCount);
      const samples = all.slice(2).reduce((sum, packet) => sum + decoder.decode(Buffer.from(packet)).length / 2 / channelCount, 0);
      decoder.delete();
      expect(samples).toBeGreaterThanOrEqual(outFrames + opusPreSkip);
    }
    if (!hasTools) return;
    const path = saved(`${codec}-${String(channelCount)}.${audioFileTypes[codec].extension}`, bytes);
    const told = probe(path);
    expect([told.codec, told.rate, told.channels]).toEqual([codec, outRate, channelCount]);
    expect(told.tags).toMatchObject({ TITLE: 'Étude in D', KILN_SEED: '4711', KILN_PACK: 'chorale 1.0.0' });
    const got = decodedByFfmpeg(path);
    const wanted = sampleRate === outRate ? audio : music(outRate, channelCount, outFrames);
    for (const [index, channel] of wanted.channels.entries()) {
      expect(got.channels[index]).toHaveLength(outFrames);
      expect(snrDb(channel, got.channels[index]!)).toBeGreaterThan(bar);
    }
    // Off by one sample, it would fit less well: the delay is taken off exactly.
    const [first] = got.channels;
    const aligned = snrDb(wanted.channels[0]!.subarray(1, -1), first!.subarray(1, -1));
    for (const shift of [0, 2]) {
      expect(snrDb(wanted.channels[0]!.subarray(1, -1), first!.subarray(shift, first!.length - 2 + shift))).toBeLessThan(aligned);
    }
    // Debian's sox has no Opus.
    if (codec === 'opus') return;
    const sox = spawnSync('sox', [path, '-n', 'stat'], { encoding: 'utf8' });
    expect([sox.status, sox.stderr.match(/.*(?:WARN|FAIL).*/)?.[0]]).toEqual([0, undefined]);
  });
});

describe('every format', () => {
  const formats: AudioFormat[] = [
    { kind: 'wav', depth: 16, sampleRate: 44_100 },
    { kind: 'flac', bits: 16, sampleRate: 44_100 },
    { kind: 'mp3', quality: { vbrQuality: 2 }, sampleRate: 44_100 },
    { kind: 'vorbis', quality: 5, sampleRate: 44_100 },
    { kind: 'opus', bitrate: 96_000 },
  ];
  it.each(formats)('gives the same bytes again, says how far it is, and can be ended ($kind)', async (format) => {
    const audio = music(44_100, 2);
    expect(Buffer.from(await encoded(audio, format)).equals(await encoded(audio, format))).toBe(true);
    const shares: number[] = [];
    await encodeAudio(audio, format, tags, new MemorySink(), { onProgress: (share) => shares.push(share) });
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.at(-1)).toBe(1);
    await expect(encodeAudio(audio, format, tags, new MemorySink(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    // A clip of one sample is a clip too.
    expect((await encoded({ sampleRate: 44_100, channels: [new Float32Array(1)] }, format)).length).toBeGreaterThan(40);
  });

  it('refuses what is no sound', async () => {
    for (const audio of [
      { sampleRate: 48_000, channels: [] },
      { sampleRate: 48_000, channels: [new Float32Array(0)] },
      { sampleRate: 48_000, channels: [new Float32Array(1), new Float32Array(2)] },
      { sampleRate: 1, channels: [new Float32Array(1)] },
    ]) {
      await expect(encoded(audio, formats[0]!)).rejects.toMatchObject({ code: 'invalid-request' });
    }
  });
});
