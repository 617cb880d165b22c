/** One export of scores and sounds: every file whole in the temporary folder, or none. */
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { MusicExport, MusicExportFormat } from '../../../../shared/contract/calls/music-calls.ts';
import { AppError } from '../../../../shared/contract/errors.ts';
import { scoreMediaType, wavMediaType } from '../../../../shared/domain/asset.ts';
import { endOfNotes, heardTracks, secondsAt, type Score } from '../../../../shared/music/score.ts';
import { metadataFor } from '../../export/export-metadata.ts';
import { requireDiskSpace } from '../../packs/disk-space.ts';
import type { AssetStore, GenerationStore } from '../../service-types.ts';
import type { AnswerOf, AudioRequest, AudioWorker } from '../audio-worker.ts';
import type { FileTags } from '../files/music-file.ts';
import { readScore } from '../score-assets.ts';
import type { SoundFonts } from '../sound-fonts/sound-fonts.ts';
import { FileNames } from './file-names.ts';
import { isAudioFormat, musicFileTypes } from './music-file-types.ts';
import { musicTags } from './music-tags.ts';
import { writeScoreFile } from './write-score.ts';

export interface ExportMusicServices {
  assets: Pick<AssetStore, 'record' | 'filePath' | 'temporaryFile'>;
  generations: Pick<GenerationStore, 'get'>;
  worker: Pick<AudioWorker, 'request'>;
  soundFonts: Pick<SoundFonts, 'file'>;
  version: string;
}

export interface WrittenMusic {
  path: string;
  fileName: string;
  sizeBytes: number;
  seconds: number | null;
}

export interface ExportedMusic {
  files: WrittenMusic[];
  archive: WrittenMusic | null;
  loudness: { lufs: number | null; truePeakDb: number | null } | null;
  notes: string[];
}

export interface ExportRun {
  signal: AbortSignal;
  /** From 0 to 1, of all files. */
  onProgress(fraction: number): void;
}

type Item = MusicExport['items'][number];
type AudioFormat = Extract<AudioRequest, { type: 'export' }>['format'];

/** Stereo floats at 48 kHz. */
const scratchBytesPerSecond = 48_000 * 8;
/** Renders ring on. */
const tailS = 3;

const secondsOf = (score: Score): number => secondsAt(score, Math.max(score.lengthTicks, endOfNotes(score))) + tailS;

class MusicExporter {
  readonly #given: ExportMusicServices;
  readonly #options: MusicExport;
  readonly #run: ExportRun;
  readonly #names = new FileNames();
  readonly #soundFont: string | null;
  /** All files made so far, for when the export fails. */
  readonly #paths: string[] = [];
  readonly #files: WrittenMusic[] = [];
  readonly #notes: string[] = [];
  #loudness: ExportedMusic['loudness'] = null;

  constructor(given: ExportMusicServices, options: MusicExport, run: ExportRun) {
    this.#given = given;
    this.#options = options;
    this.#run = run;
    this.#soundFont = options.soundFontId === null ? null : given.soundFonts.file(options.soundFontId);
    if (options.soundFontId !== null && this.#soundFont === null) {
      throw new AppError('not-found', 'The SoundFont of this clip is no longer in Kiln.', {
        action: 'Add it again, or export with the built-in instruments.',
      });
    }
  }

  async all(): Promise<ExportedMusic> {
    const { items } = this.#options;
    try {
      for (const [index, item] of items.entries()) {
        this.#throwIfCancelled();
        const told = (fraction: number): void => this.#run.onProgress((index + fraction) / items.length);
        const remarks = await this.#item(item, told);
        this.#notes.push(...remarks.map((remark) => (items.length === 1 ? remark : `${item.name}: ${remark}`)));
        told(1);
      }
      const archive = this.#files.length > 1 ? await this.#zip() : null;
      this.#throwIfCancelled();
      return { files: this.#files, archive, loudness: items.length === 1 ? this.#loudness : null, notes: this.#notes };
    } catch (error) {
      for (const path of this.#paths) await rm(path, { force: true });
      throw error;
    }
  }

  #throwIfCancelled(): void {
    if (this.#run.signal.aborted) throw new AppError('cancelled', 'The export was cancelled.');
  }

  #newPath(format: MusicExportFormat): string {
    const path = this.#given.assets.temporaryFile(`.${musicFileTypes[format.kind].extension}`);
    this.#paths.push(path);
    return path;
  }

  #tags(item: Item, title: string): FileTags | null {
    const { generations, version } = this.#given;
    if (!this.#options.embedMetadata) return null;
    return musicTags(generations, { title, generationIds: item.generationIds, asset: item.asset, version });
  }

  /** @returns remarks */
  async #item(item: Item, onProgress: (fraction: number) => void): Promise<string[]> {
    const { assets } = this.#given;
    const { format } = this.#options;
    const record = assets.record(item.asset);
    if (record === null) throw new AppError('not-found', `“${item.name}” is not in the library.`, { action: 'Save it and export again.' });
    if (record.mediaType === scoreMediaType) {
      const score = await readScore(assets, item.asset);
      return isAudioFormat(format) ? this.#sound(item, score, format, onProgress) : this.#notesFile(item, score);
    }
    if (record.mediaType !== wavMediaType)
      throw new AppError('unsupported', `“${item.name}” is neither a score nor a sound.`, {
        action: 'Export pictures from their own rooms.',
      });
    if (!isAudioFormat(format)) {
      throw new AppError('unsupported', `“${item.name}” is a recording: it holds no notes to write as ${format.kind}.`, {
        action: 'Choose WAV, FLAC, MP3, Ogg Vorbis or Opus.',
      });
    }
    await requireDiskSpace(dirname(assets.temporaryFile('')), record.sizeBytes * 2, 'This export');
    const path = this.#newPath(format);
    const exported = await this.#ask(
      { kind: 'wav', file: assets.filePath(item.asset) },
      format,
      { kind: 'mix', file: path, tags: this.#tags(item, item.name) },
      onProgress,
    );
    this.#keep(exported, new Map([[path, item.name]]), format);
    return exported.notes;
  }

  async #notesFile(item: Item, score: Score): Promise<string[]> {
    const { generations, version } = this.#given;
    const { format, embedMetadata } = this.#options;
    if (isAudioFormat(format)) throw new Error('Sound is not written here.');
    const path = this.#newPath(format);
    const remarks = await writeScoreFile(path, format, {
      score,
      title: item.name,
      tags: this.#tags(item, item.name),
      metadata: embedMetadata && item.generationIds.length > 0 ? metadataFor(generations, item.generationIds, version, item.asset) : null,
    });
    const fileName = this.#names.unique(item.name, musicFileTypes[format.kind].extension);
    this.#files.push({ path, fileName, sizeBytes: (await stat(path)).size, seconds: null });
    return remarks;
  }

  async #sound(item: Item, score: Score, format: AudioFormat, onProgress: (fraction: number) => void): Promise<string[]> {
    const { assets } = this.#given;
    const tracks = heardTracks(score).filter(({ notes }) => notes.length > 0);
    if (tracks.length === 0) {
      throw new AppError('invalid-request', `“${item.name}” makes no sound: none of its tracks that can be heard has a note.`, {
        action: 'Add notes, or unmute a track, then export again.',
      });
    }
    const { stems } = this.#options;
    const bytes = secondsOf(score) * scratchBytesPerSecond * (stems ? tracks.length * 2 : 2);
    await requireDiskSpace(dirname(assets.temporaryFile('')), bytes, 'This export');
    const source = { kind: 'score', file: assets.filePath(item.asset), soundFont: this.#soundFont } as const;
    const planned = new Map<string, string>();
    const plan = (name: string): { file: string; tags: FileTags | null } => {
      const file = this.#newPath(format);
      planned.set(file, name);
      return { file, tags: this.#tags(item, name) };
    };
    const output = stems
      ? {
          kind: 'stems' as const,
          tracks: tracks.map((track, index) => ({
            trackId: track.id,
            ...plan(`${item.name} – ${track.name.trim() === '' ? `Track ${String(index + 1)}` : track.name.trim()}`),
          })),
        }
      : { kind: 'mix' as const, ...plan(item.name) };
    const exported = await this.#ask(source, format, output, onProgress);
    this.#keep(exported, planned, format);
    return exported.notes;
  }

  #ask(
    source: Extract<AudioRequest, { type: 'export' }>['source'],
    format: AudioFormat,
    output: Extract<AudioRequest, { type: 'export' }>['output'],
    onProgress: (fraction: number) => void,
  ): Promise<AnswerOf<'exported'>> {
    const { assets, worker } = this.#given;
    const scratchFolder = dirname(assets.temporaryFile(''));
    return worker.request({ type: 'export', source, format, normalise: this.#options.normalise, output, scratchFolder }, 'exported', {
      signal: this.#run.signal,
      onProgress,
    });
  }

  #keep(exported: AnswerOf<'exported'>, names: ReadonlyMap<string, string>, format: AudioFormat): void {
    const { extension } = musicFileTypes[format.kind];
    for (const { file, sizeBytes, seconds } of exported.files)
      this.#files.push({ path: file, fileName: this.#names.unique(names.get(file) ?? '', extension), sizeBytes, seconds });
    this.#loudness = { lufs: exported.lufs, truePeakDb: exported.truePeakDb };
  }

  async #zip(): Promise<WrittenMusic> {
    const { assets } = this.#given;
    const { items, format } = this.#options;
    const path = assets.temporaryFile('.zip');
    this.#paths.push(path);
    const zip = new yazl.ZipFile();
    // Sound and pictures are as small as they get.
    const compress = format.kind === 'midi' || format.kind === 'musicxml' || format.kind === 'svg';
    for (const file of this.#files) zip.addFile(file.path, file.fileName, { compress });
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(path, { flags: 'wx' }), { signal: this.#run.signal }).catch((error: unknown) => {
      this.#throwIfCancelled();
      throw error;
    });
    const [first] = items;
    const stem = items.length === 1 ? (first?.name ?? '') : `${first?.name ?? 'Clips'} and ${String(items.length - 1)} more`;
    return { path, fileName: this.#names.unique(stem, 'zip'), sizeBytes: (await stat(path)).size, seconds: null };
  }
}

/** @throws AppError not-found, unsupported, invalid-request for silence, disk-full, cancelled; then nothing is left of it */
export function exportMusic(given: ExportMusicServices, options: MusicExport, run: ExportRun): Promise<ExportedMusic> {
  return new MusicExporter(given, options, run).all();
}
