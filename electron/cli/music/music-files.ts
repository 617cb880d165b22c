/** Users' music files into the library, and scores and sounds out of it. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { ImportedMusic, MusicExportFormat, MusicFile } from '../../../shared/contract/calls/music-calls.ts';
import { AppError, wireErrorSchema } from '../../../shared/contract/errors.ts';
import { uploadResultSchema, type UploadQuery, type UploadResultOf } from '../../../shared/contract/upload.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';
import { scoreOfText } from '../../../shared/music/score-json.ts';
import { barsOf, type Score } from '../../../shared/music/score.ts';
import type { StudioCore } from '../../services/create-services.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from '../command.ts';

/** Files that Kiln reads as music, in lower case with their dot. */
export const musicExtensions: readonly string[] = ['.mid', '.midi', '.musicxml', '.mxl', '.xml', '.abc', '.json'];

const kinds: Readonly<Record<string, MusicExportFormat['kind'] | 'json'>> = {
  '.mid': 'midi',
  '.midi': 'midi',
  '.musicxml': 'musicxml',
  '.xml': 'musicxml',
  '.wav': 'wav',
  '.flac': 'flac',
  '.mp3': 'mp3',
  '.ogg': 'vorbis',
  '.opus': 'opus',
  '.svg': 'svg',
  '.png': 'png',
  '.json': 'json',
};
export const audioExtensions: readonly string[] = ['.wav', '.flac', '.mp3', '.ogg', '.opus'];
export const scoreExtensions: readonly string[] = Object.keys(kinds);

export const soundOptions = {
  soundfont: { type: 'string' },
  stems: { type: 'boolean' },
  'no-normalise': { type: 'boolean' },
  'no-metadata': { type: 'boolean' },
  depth: { type: 'string' },
  rate: { type: 'string' },
  bitrate: { type: 'string' },
  quality: { type: 'string' },
  width: { type: 'string' },
} as const satisfies Command['options'];

export const soundHelp = `  --soundfont FILE     an .sf2 or .sf3 that plays scores instead of the built-in instruments
  --stems              sound of scores: a file a track, each as it stands in the mix
  --no-normalise       leave sound as loud as it is (default: to -14 LUFS, with no peak over -1 dBTP)
  --depth 16|24|32f    of .wav; 16|24 of .flac (default 24)
  --rate 44100|48000   Hz (default 48000; .mp3 44100; .opus is always at 48000)
  --bitrate N          kbit/s: .mp3 128, 192, 256 or 320 (default 256), .opus 6..510 (default 128)
  --quality N          of .ogg, -1..10 (default 6)
  --width PX           of .png, 200..16384 (default 2400)
  --no-metadata        do not write title, seed and pack into the files`;

/** @throws unsupported when Kiln does not write such files */
export function kindOfFile(out: string, allowed: readonly string[] = scoreExtensions): MusicExportFormat['kind'] | 'json' {
  const extension = extname(out).toLowerCase();
  const kind = allowed.includes(extension) ? kinds[extension] : undefined;
  if (kind === undefined) {
    throw new AppError('unsupported', `Kiln cannot write "${basename(out)}" here.`, { action: `Use one of: ${allowed.join(', ')}.` });
  }
  return kind;
}

function among<Value extends string | number>(context: CommandContext, flag: string, values: readonly Value[], fallback: Value): Value {
  const text = textFlag(context, flag);
  if (text === undefined) return fallback;
  const found = values.find((value) => String(value) === text);
  if (found === undefined) throw new AppError('invalid-request', `--${flag} is one of ${values.join(', ')}.`);
  return found;
}

function within(context: CommandContext, flag: string, least: number, most: number, fallback: number): number {
  const value = numberFlag(context, flag) ?? fallback;
  if (value < least || value > most) throw new AppError('invalid-request', `--${flag} lies between ${String(least)} and ${String(most)}.`);
  return value;
}

/** The format that a file's ending and the flags ask for. @throws invalid-request for values outside their range */
export function formatOfFile(context: CommandContext, kind: MusicExportFormat['kind']): MusicExportFormat {
  const rates = [44_100, 48_000] as const;
  switch (kind) {
    case 'wav':
      return {
        kind,
        depth: depthOf(among(context, 'depth', ['16', '24', '32f'], '24')),
        sampleRate: among(context, 'rate', rates, 48_000),
      };
    case 'flac':
      return { kind, bits: among(context, 'depth', [16, 24], 24), sampleRate: among(context, 'rate', rates, 48_000) };
    case 'mp3':
      return { kind, bitrate: among(context, 'bitrate', [128, 192, 256, 320], 256), sampleRate: among(context, 'rate', rates, 44_100) };
    case 'vorbis':
      return { kind, quality: within(context, 'quality', -1, 10, 6), sampleRate: among(context, 'rate', rates, 48_000) };
    case 'opus':
      return { kind, bitrate: Math.round(within(context, 'bitrate', 6, 510, 128) * 1000) };
    case 'png':
      return { kind, width: Math.round(within(context, 'width', 200, 16_384, 2400)) };
    case 'midi':
    case 'musicxml':
    case 'svg':
      return { kind };
  }
}

const depthOf = (text: '16' | '24' | '32f'): 16 | 24 | '32f' => (text === '32f' ? '32f' : text === '16' ? 16 : 24);

async function requireFile(file: string): Promise<void> {
  await access(file).catch((error: unknown) => {
    throw new AppError('not-found', `There is no readable file at ${file}.`, { cause: error });
  });
}

async function upload<Purpose extends UploadQuery['purpose']>(
  studio: StudioCore,
  file: string,
  purpose: Purpose,
): Promise<UploadResultOf<Purpose>> {
  const query = new URLSearchParams({ purpose, ...(purpose === 'score' ? {} : { name: basename(file) }) });
  const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  const request = new Request(`http://127.0.0.1/upload?${query.toString()}`, { method: 'POST', body, duplex: 'half' });
  const response = await studio.handleRequest(request);
  const answer: unknown = await response.json();
  if (!response.ok) throw AppError.fromWire(wireErrorSchema.parse(answer));
  const result = uploadResultSchema.parse(answer);
  if (!isOf(purpose, result)) throw new AppError('internal', 'The upload was answered wrongly.');
  return result;
}

function isOf<Purpose extends UploadQuery['purpose']>(purpose: Purpose, result: { purpose: string }): result is UploadResultOf<Purpose> {
  return result.purpose === purpose;
}

export interface ImportedScore extends Omit<ImportedMusic, 'score'> {
  hash: AssetHash;
  score: Score;
}

/** A MIDI, MusicXML or ABC file, or a score that Kiln wrote as .json. @throws what music.import says, not-found */
export async function importScoreFile(studio: StudioCore, file: string): Promise<ImportedScore> {
  await requireFile(file);
  if (extname(file).toLowerCase() === '.json') {
    const { score: hash } = await upload(studio, file, 'score');
    const score = await scoreOfAsset(studio, hash);
    const notes = score.tracks.reduce((sum, track) => sum + track.notes.length, 0);
    const title = score.title === '' ? basename(file, extname(file)) : score.title;
    return { hash, score, title, seed: null, pack: null, bars: barsOf(score).length, notes, tracks: score.tracks.length, remarks: [] };
  }
  const { uploadId } = await upload(studio, file, 'music');
  const { score: hash, ...told } = await studio.router.call('music.import', { uploadId });
  return { hash, score: await scoreOfAsset(studio, hash), ...told };
}

export async function scoreOfAsset(studio: StudioCore, hash: AssetHash): Promise<Score> {
  return scoreOfText(await readFile(studio.assets.filePath(hash), 'utf8'));
}

/** The SoundFont that --soundfont names, kept in Kiln for as long as `use` takes, or for good where it was there before. */
export async function withSoundFont<Result>(context: CommandContext, use: (id: string | null) => Promise<Result>): Promise<Result> {
  const { studio } = context;
  const file = textFlag(context, 'soundfont');
  if (file === undefined) return use(null);
  await requireFile(file);
  const before = new Set((await studio.router.call('soundFonts.list', undefined)).map(({ id }) => id));
  const { uploadId } = await upload(studio, file, 'music');
  const { id } = await studio.router.call('soundFonts.add', { uploadId });
  try {
    return await use(id);
  } finally {
    if (!before.has(id)) await studio.router.call('soundFonts.remove', { id });
  }
}

export interface Exported {
  /** Absolute paths as they were written. */
  files: string[];
  loudness: { lufs: number | null; truePeakDb: number | null } | null;
  notes: string[];
}

/**
 * Writes a score or a sound to `out`, as its ending says; stems become `out-TRACK.wav` beside it. Each file whole or not at all.
 * @param soundFontId of a SoundFont in Kiln; null: the built-in instruments
 */
export async function writeMusicFile(
  context: CommandContext,
  asset: AssetHash,
  out: string,
  { title, generationIds, soundFontId }: { title: string; generationIds: GenerationId[]; soundFontId: string | null },
): Promise<Exported> {
  const { studio, output, flags, signal } = context;
  const kind = kindOfFile(out);
  await mkdir(dirname(out), { recursive: true });
  if (kind === 'json') {
    await whole(out, (part) => copyFile(studio.assets.filePath(asset), part));
    return { files: [out], loudness: null, notes: [] };
  }
  const runId = randomUUID();
  const cancel = (): void => void studio.router.call('music.cancelExport', { runId });
  signal.addEventListener('abort', cancel, { once: true });
  const unsubscribe = studio.events.subscribe((event) => {
    if (event.type === 'music.progress' && event.runId === runId)
      output.progress({ phase: 'Writing', fraction: event.fraction, remainingMs: null });
  });
  try {
    const { files, loudness, notes } = await studio.router.call('music.export', {
      items: [{ name: title.slice(0, 200) || 'Clip', asset, generationIds }],
      format: formatOfFile(context, kind),
      stems: flags['stems'] === true,
      normalise: flags['no-normalise'] !== true,
      embedMetadata: flags['no-metadata'] !== true,
      soundFontId,
      runId,
    });
    const written: string[] = [];
    for (const [index, file] of files.entries()) {
      const target = files.length === 1 && flags['stems'] !== true ? out : stemFile(out, file, title, index);
      await whole(target, (part) => fetchExport(studio, file, part));
      written.push(target);
    }
    return { files: written, loudness, notes };
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', cancel);
  }
}

/** `song.wav` and the stem "My song – Left hand.wav": `song-Left hand.wav`. */
function stemFile(out: string, { fileName }: MusicFile, title: string, index: number): string {
  const extension = extname(out);
  const stem = basename(fileName, extname(fileName));
  const separator = stem.lastIndexOf(' – ');
  const track = separator < 0 ? (stem === title ? String(index + 1) : stem) : stem.slice(separator + 3);
  return join(dirname(out), `${basename(out, extension)}-${track}${extension}`);
}

async function fetchExport(studio: StudioCore, { exportId }: MusicFile, to: string): Promise<void> {
  const response = await studio.handleRequest(new Request(`http://127.0.0.1/export/${exportId}`));
  if (!response.ok || response.body === null) throw new AppError('internal', 'The exported file is gone.', { action: 'Try again.' });
  await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), createWriteStream(to, { flags: 'wx' }));
}

/** A stopped command leaves no half file. */
async function whole(out: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = `${out}.${randomUUID()}.part`;
  try {
    await write(part);
    await rename(part, out);
  } finally {
    await rm(part, { force: true });
  }
}
