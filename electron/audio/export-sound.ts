/** One export: a score or a WAV file to a sound file, or a score to a file a track. */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FromAudioWorker, ToAudioWorker } from '../../shared/contract/audio-worker.ts';
import type { AudioFileFormat } from '../../shared/contract/calls/music-calls.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { scoreOfText } from '../../shared/music/score-json.ts';
import { heardTracks, type Score } from '../../shared/music/score.ts';
import { dbOfGain, gainOfDb } from '../../models/audio/dsp/levels.ts';
import { mixCeilingDb } from '../../models/audio/synth/engine.ts';
import { FileSink } from './file-sink.ts';
import { sourceOf, type AudioSource } from './files/audio-source.ts';
import type { AudioTags } from './files/audio-tags.ts';
import { encodeSource, type AudioFormat } from './files/encode-audio.ts';
import { readWav } from './files/read-wav.ts';
import { ceiling, isSilent, levelsOf, normalised, type Levels } from './levels.ts';
import { renderMix, renderStems, soundFontOf, type RenderRun, type ScoreSound } from './render-score.ts';
import { ScratchSound } from './scratch-sound.ts';
import { limited, scaled, summed } from './sources.ts';

type ExportMessage = Extract<ToAudioWorker, { type: 'export' }>;
type Exported = Omit<Extract<FromAudioWorker, { type: 'exported' }>, 'type' | 'runId'>;
type TaggedFile = { file: string; tags: Extract<ExportMessage['output'], { kind: 'mix' }>['tags'] };

/** Shares of the time that rendering and encoding take; measuring has the rest. */
const renderShare = 0.75;
const encodeFrom = 0.85;

const opusRate = 48_000;
const rateOf = (format: AudioFileFormat): 44_100 | 48_000 => (format.kind === 'opus' ? opusRate : format.sampleRate);

function encoderFormat(format: AudioFileFormat): AudioFormat {
  return format.kind === 'mp3' ? { kind: 'mp3', quality: { bitrate: format.bitrate }, sampleRate: format.sampleRate } : format;
}

const silent = (): AppError =>
  new AppError('invalid-request', 'There is nothing to hear: the sound is silent from beginning to end.', {
    action: 'Add notes, unmute a track or turn its volume up, then export again.',
  });

async function readScore(file: string): Promise<Score> {
  const score = scoreOfText(await readFile(file, 'utf8'));
  if (heardTracks(score).every(({ notes, volume }) => notes.length === 0 || volume === 0)) throw silent();
  return score;
}

async function write(
  source: AudioSource,
  format: AudioFileFormat,
  { file, tags }: TaggedFile,
  run: RenderRun,
): Promise<Exported['files'][number]> {
  const sink = new FileSink(file);
  try {
    await encodeSource(source, encoderFormat(format), tags === null ? null : audioTags(tags), sink, run);
    return { file, sizeBytes: sink.finish(), seconds: source.frames / source.sampleRate };
  } catch (error) {
    sink.discard();
    throw error;
  }
}

function audioTags({ title, seed, pack, comment }: NonNullable<TaggedFile['tags']>): AudioTags {
  return {
    title,
    ...(seed === undefined ? {} : { seed }),
    ...(pack === undefined ? {} : { pack }),
    ...(comment === undefined ? {} : { comment }),
  };
}

const finite = (db: number): number | null => (Number.isFinite(db) ? db : null);
const told = ({ lufs, truePeak }: Levels): Pick<Exported, 'lufs' | 'truePeakDb'> => ({
  lufs: finite(lufs),
  truePeakDb: finite(dbOfGain(truePeak)),
});

/** A part of the run's time. */
const share = (run: RenderRun, from: number, to: number): RenderRun => ({
  signal: run.signal,
  onProgress: (fraction) => {
    run.onProgress(from + (to - from) * fraction);
  },
});

async function exportMix(source: AudioSource, message: ExportMessage, output: TaggedFile, run: RenderRun): Promise<Exported> {
  const before = await levelsOf(source, run.signal);
  if (isSilent(before)) throw silent();
  const finished = message.normalise ? await normalised(source, before, run.signal) : { source, levels: before };
  run.onProgress(encodeFrom);
  const file = await write(finished.source, message.format, output, share(run, encodeFrom, 1));
  return { files: [file], ...told(finished.levels), notes: [] };
}

async function exportStems(
  score: Score,
  sound: ScoreSound,
  message: ExportMessage,
  wanted: readonly (TaggedFile & { trackId: string })[],
  scratchFor: () => ScratchSound,
  run: RenderRun,
): Promise<Exported> {
  const notes: string[] = [];
  const stems = await renderStems(score, sound, scratchFor, share(run, 0, renderShare));
  const measured = [];
  for (const { track, sound: stem } of stems) {
    const levels = await levelsOf(stem.source(), run.signal);
    if (isSilent(levels)) notes.push(`“${track.name}” makes no sound and was left out.`);
    else measured.push({ track, source: stem.source(), levels });
  }
  if (measured.length === 0) throw silent();
  let mix: Levels | null = null;
  let gain = 1;
  if (message.normalise) {
    const whole = limited(summed(measured.map(({ source }) => source)), 1, gainOfDb(mixCeilingDb));
    const finished = await normalised(whole, await levelsOf(whole, run.signal), run.signal);
    gain = finished.gain;
    mix = finished.levels;
  }
  const loudest = Math.max(...measured.map(({ levels }) => levels.truePeak));
  const room = (message.normalise ? ceiling : 1) / loudest;
  const isFloat = message.format.kind === 'wav' && message.format.depth === '32f';
  if (gain > room && !isFloat) {
    notes.push(`All stems were lowered by ${dbOfGain(gain / room).toFixed(1)} dB, so that the loudest of them is not cut off.`);
    gain = room;
  }
  const files: Exported['files'] = [];
  for (const [index, { track, source }] of measured.entries()) {
    const output = wanted.find(({ trackId }) => trackId === track.id);
    if (output === undefined) continue;
    const from = encodeFrom + ((1 - encodeFrom) * index) / measured.length;
    files.push(await write(scaled(source, gain), message.format, output, share(run, from, from + (1 - encodeFrom) / measured.length)));
  }
  return { files, ...(mix === null ? { lufs: null, truePeakDb: null } : told(mix)), notes };
}

/** @throws AppError invalid-request for silence, pack-invalid, disk-full, cancelled ...; files of a run that failed are gone */
export async function exportSound(message: ExportMessage, run: RenderRun): Promise<Exported> {
  const scratches: ScratchSound[] = [];
  const sampleRate = rateOf(message.format);
  const scratchFor = (): ScratchSound => {
    const scratch = new ScratchSound(join(message.scratchFolder, `${randomUUID()}.scratch`), sampleRate);
    scratches.push(scratch);
    return scratch;
  };
  const { source, output } = message;
  try {
    if (source.kind === 'wav') {
      if (output.kind === 'stems') throw new AppError('unsupported', 'A recording has no stems.', { action: 'Export it whole.' });
      return await exportMix(sourceOf(readWav(await readFile(source.file))), message, output, run);
    }
    const score = await readScore(source.file);
    const sound = { sampleRate, soundFont: source.soundFont === null ? null : await soundFontOf(source.soundFont) };
    if (output.kind === 'stems') return await exportStems(score, sound, message, output.tracks, scratchFor, run);
    const scratch = scratchFor();
    await renderMix(score, sound, scratch, share(run, 0, renderShare));
    return await exportMix(scratch.source(), message, output, run);
  } catch (error) {
    for (const { file } of output.kind === 'mix' ? [output] : output.tracks) await rm(file, { force: true });
    throw error;
  } finally {
    for (const scratch of scratches) scratch.remove();
  }
}
