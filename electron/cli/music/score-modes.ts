/** `kiln music` with a score pack: new pieces, and pieces worked on. */
import { basename, extname, resolve } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packIdSchema } from '../../../shared/domain/ids.ts';
import { barsOf, type Score, type Track } from '../../../shared/music/score.ts';
import type { ParameterInfo } from '../../../shared/pipelines/parameter-info.ts';
import { scoreParameterInfos, scoreStyleSchema, type ScoreMode, type ScoreRegion } from '../../../shared/pipelines/score.ts';
import { numberFlag, textFlag, textFlags, type Command, type CommandContext } from '../command.ts';
import { parametersOf } from '../parameters.ts';
import { requestBase, requestOf } from '../requests.ts';
import { importScoreFile, scoreExtensions } from './music-files.ts';
import { musicFiles, planItems, runMusic } from './music-runs.ts';
import { barsOfText, keyOf, metreOf, regionsOf, trackOf } from './music-words.ts';

export const scoreOptions = {
  style: { type: 'string' },
  bars: { type: 'string' },
  key: { type: 'string' },
  metre: { type: 'string' },
  bpm: { type: 'string' },
  density: { type: 'string' },
  parts: { type: 'string' },
  'drum-style': { type: 'string' },
  'drum-fill': { type: 'boolean' },
  track: { type: 'string', multiple: true },
  melody: { type: 'string' },
  write: { type: 'string' },
  method: { type: 'string' },
  steps: { type: 'string' },
} as const satisfies Command['options'];

const infosOf = (...names: string[]): readonly ParameterInfo[] => scoreParameterInfos.filter(({ name }) => names.includes(name));
const sampling = infosOf('temperature', 'topK', 'topP');
export const shownParameters = infosOf('temperature', 'topK', 'topP', 'amount', 'passes');

const usage = (mode: string, rest: string): string => `kiln music ${mode} ${rest} [--out FILE|FOLDER] [options]`;

/** What the flags say of a new stretch of music; those not given are left to the schema. */
function composing(context: CommandContext): Record<string, unknown> {
  const style = textFlag(context, 'style');
  const key = textFlag(context, 'key');
  const metre = textFlag(context, 'metre');
  const density = numberFlag(context, 'density');
  const parts = textFlag(context, 'parts');
  const drumStyle = textFlag(context, 'drum-style');
  if (style !== undefined && !scoreStyleSchema.safeParse(style).success)
    throw new AppError('invalid-request', `--style is one of ${scoreStyleSchema.options.join(', ')}.`);
  return {
    ...(style === undefined ? {} : { style }),
    ...whole(context, 'bars', 1, 128),
    ...(key === undefined || key === 'any' ? {} : { key: keyOf(key) }),
    ...(metre === undefined ? {} : { metre: metreOf(metre) }),
    ...within(context, 'bpm', 10, 400),
    ...(density === undefined ? {} : { density }),
    ...(parts === undefined ? {} : { parts }),
    ...(drumStyle === undefined ? {} : { drumStyle }),
    ...(context.flags['drum-fill'] === true ? { drumFill: true } : {}),
  };
}

function within(context: CommandContext, flag: string, least: number, most: number): Record<string, number> {
  const value = numberFlag(context, flag);
  if (value === undefined) return {};
  if (value < least || value > most) throw new AppError('invalid-request', `--${flag} lies between ${String(least)} and ${String(most)}.`);
  return { [flag]: value };
}

function whole(context: CommandContext, flag: string, least: number, most: number): Record<string, number> {
  const given = within(context, flag, least, most);
  if (given[flag] !== undefined && !Number.isInteger(given[flag])) throw new AppError('invalid-request', `--${flag} is a whole number.`);
  return given;
}

/** Tracks that --track names, by number or name; all of those `usable` without it. */
function tracksOf(context: CommandContext, score: Score, usable: (track: Track) => boolean): Track[] {
  const named = textFlags(context, 'track');
  return named.length === 0 ? score.tracks.filter(usable) : [...new Set(named.map((name) => trackOf(name, score)))];
}

/** The bars of --bars in the tracks of --track; none: the whole piece. */
function regions(context: CommandContext, score: Score): ScoreRegion[] {
  const text = textFlag(context, 'bars');
  if (text === undefined && textFlags(context, 'track').length === 0) return [];
  const count = barsOf(score).length;
  const bars = text === undefined ? Array.from({ length: count }, (_, index) => index) : barsOfText(text, count);
  return regionsOf(
    score,
    bars,
    tracksOf(context, score, () => true),
  );
}

type ParamsFor = (context: CommandContext, score: Score) => Record<string, unknown>;

interface FileMode {
  suffix: string;
  usage: string;
  params: ParamsFor;
}

const fileModes: Record<'continue' | 'fill' | 'accompany' | 'vary' | 'humanise', FileMode> = {
  continue: {
    suffix: 'continued',
    usage: usage('continue', 'FILE… [--bars N]'),
    params: (context) => ({ ...composing(context), ...parametersOf(context, sampling) }),
  },
  fill: {
    suffix: 'filled',
    usage: usage('fill', 'FILE… --bars 5-6 [--track NAME]…'),
    params(context, score) {
      const found = regions(context, score);
      if (found.length === 0) {
        throw new AppError('invalid-request', 'Say what to write anew: --bars 5-6, --track "Left hand", or both.', {
          action: `Usage: ${usage('fill', 'FILE… --bars 5-6 [--track NAME]…')}`,
        });
      }
      const method = textFlag(context, 'method');
      return {
        regions: found,
        ...(method === undefined ? {} : { method }),
        ...parametersOf(context, [...sampling, ...infosOf('passes')]),
      };
    },
  },
  accompany: {
    suffix: 'accompanied',
    usage: usage('accompany', 'FILE… --write harmony|bass|piano|drums [--melody TRACK]'),
    params(context, score) {
      const write = textFlag(context, 'write') ?? 'harmony';
      const melody = textFlag(context, 'melody');
      const track =
        melody === undefined
          ? score.tracks.find(({ instrument, notes }) => instrument.kind === 'melodic' && notes.length > 0)
          : trackOf(melody, score);
      if (track === undefined)
        throw new AppError('invalid-request', 'The piece has no melody to accompany.', { action: 'Name it with --melody.' });
      const drumStyle = textFlag(context, 'drum-style');
      return {
        melodyTrackId: track.id,
        write,
        ...(drumStyle === undefined ? {} : { drumStyle }),
        ...parametersOf(context, [...sampling, ...infosOf('passes')]),
      };
    },
  },
  vary: {
    suffix: 'varied',
    usage: usage('vary', 'FILE… [--amount 0..1] [--bars 5-6] [--track NAME]…'),
    params: (context, score) => ({
      regions: regions(context, score),
      ...parametersOf(context, [...sampling, ...infosOf('amount')]),
    }),
  },
  humanise: {
    suffix: 'humanised',
    usage: usage('humanise', 'FILE… [--amount 0..1] [--drum-style NAME]'),
    params(context) {
      const drumStyle = textFlag(context, 'drum-style');
      return { ...(drumStyle === undefined ? {} : { drumStyle }), ...parametersOf(context, [...sampling, ...infosOf('amount')]) };
    },
  },
};

export type FileModeName = keyof typeof fileModes;
export const isFileMode = (mode: string): mode is FileModeName => Object.hasOwn(fileModes, mode);

/** Early, before any piece is read: a pack that is not there is one error, not one a file. */
function base(context: CommandContext): Record<string, unknown> {
  const given = requestBase(context, 'score');
  context.studio.packs.resolve(packIdSchema.parse(given['packId']));
  return given;
}

export async function workOnFiles(context: CommandContext, mode: FileModeName, words: readonly string[]): Promise<void> {
  const { suffix, usage: how, params } = fileModes[mode];
  const given = base(context);
  const planned = planItems(context, { sources: await musicFiles(words, suffix, how), suffix, usual: 'mid' });
  await runMusic(context, planned, 'pieces', async ({ file, seed }) => {
    const { hash, score, title, remarks } = await importScoreFile(context.studio, file);
    for (const remark of remarks) context.output.remark(remark);
    return requestOf({ ...given, seed, title: title.slice(0, 200), inputs: { score: hash }, params: { mode, ...params(context, score) } });
  });
}

export async function generatePieces(context: CommandContext, words: readonly string[]): Promise<void> {
  if (words.length > 0) {
    throw new AppError('invalid-request', 'A new piece is made from nothing: no files are read.', {
      action: 'Say what it shall be like with --style, --bars, --key …; kiln music continue goes on with a file.',
    });
  }
  const params = { mode: 'generate' satisfies ScoreMode, ...composing(context), ...parametersOf(context, sampling) };
  const style = textFlag(context, 'style') ?? 'chorale';
  const given = base(context);
  const planned = planItems(context, { sources: [style], madeFromNothing: true, suffix: '', usual: 'mid' });
  const title = textFlag(context, 'title') ?? '';
  await runMusic(context, planned, 'pieces', ({ seed }) => Promise.resolve(requestOf({ ...given, seed, title, inputs: {}, params })));
}

export async function morphPieces(context: CommandContext, words: readonly string[]): Promise<void> {
  const [from, to, ...others] = words;
  if (from === undefined || to === undefined || others.length > 0) {
    throw new AppError('invalid-request', 'Give the two pieces between which to morph.', {
      action: `Usage: ${usage('morph', 'FROM TO [--steps N]')}`,
    });
  }
  const params = { mode: 'morph' satisfies ScoreMode, ...whole(context, 'steps', 3, 17), ...parametersOf(context, sampling) };
  const given = base(context);
  const names = [from, to].map((file) => basename(file, extname(file)));
  const planned = planItems(context, { sources: [resolve(from)], suffix: `to-${names[1] ?? ''}`, usual: 'mid', allowed: scoreExtensions });
  await runMusic(context, planned, 'pieces', async ({ file, seed }) => {
    const [score, other] = [await importScoreFile(context.studio, file), await importScoreFile(context.studio, resolve(to))];
    return requestOf({ ...given, seed, title: names.join(' to '), inputs: { score: score.hash, other: other.hash }, params });
  });
}
