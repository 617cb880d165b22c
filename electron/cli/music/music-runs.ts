/** What the music commands share: which files are made, the runs through the queue, and what is said of each. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Generation, GenerationRequest } from '../../../shared/domain/generation.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';
import { scoreDetailsSchema, type ScoreDetails } from '../../../shared/pipelines/score.ts';
import { runEach, runToEnd, type BatchItem } from '../batch.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from '../command.ts';
import { duration } from '../output.ts';
import { largestSeed, seedFlag } from '../requests.ts';
import { kindOfFile, musicExtensions, scoreExtensions, withSoundFont, writeMusicFile, type Exported } from './music-files.ts';

export const outputOptions = {
  out: { type: 'string', short: 'o' },
  format: { type: 'string' },
  count: { type: 'string' },
  resume: { type: 'boolean' },
} as const satisfies Command['options'];

export interface MusicItem extends BatchItem {
  seed: number;
}

const mostItems = 1000;

export interface Plan {
  /** What results are made from: absolute paths, or one name of what is made from nothing. */
  sources: readonly string[];
  madeFromNothing?: boolean;
  /** song.mid becomes song-SUFFIX.mid; a piece made from nothing is called by the source and its seed. */
  suffix: string;
  /** Endings that can be written. */
  allowed?: readonly string[];
  /** The ending of files in a folder. */
  usual: string;
}

/** Which files are to be made: each source as often as --count says, with successive seeds. */
export function planItems(context: CommandContext, plan: Plan): { items: MusicItem[]; many: boolean } {
  const { sources, madeFromNothing = false, suffix, allowed = scoreExtensions } = plan;
  const count = numberFlag(context, 'count') ?? 1;
  if (!Number.isInteger(count) || count < 1 || count * sources.length > mostItems)
    throw new AppError('invalid-request', `--count is a whole number; ${String(mostItems)} files at most.`);
  const given = seedFlag(context);
  const seed = given ?? Math.floor(Math.random() * largestSeed);
  if (given === undefined) context.output.remark(`Seed ${String(seed)}.`);
  const many = sources.length * count > 1;
  const out = textFlag(context, 'out');
  const isFile = out !== undefined && extname(out) !== '';
  if (out !== undefined && isFile) {
    kindOfFile(out, allowed);
    if (many) throw new AppError('invalid-request', `"${out}" is one file, and there are several.`, { action: 'Give --out a folder.' });
  }
  const ending = `.${(textFlag(context, 'format') ?? plan.usual).replace(/^\./, '')}`;
  kindOfFile(`x${ending}`, allowed);
  const taken = new Set<string>();
  const items = sources.flatMap((file) =>
    Array.from({ length: count }, (_, number): MusicItem => {
      const own = (seed + number) % (largestSeed + 1);
      const base = { file, seed: own, ...(madeFromNothing ? { madeFromNothing: true } : {}) };
      if (out !== undefined && isFile) return { ...base, out: resolve(out) };
      const stem = madeFromNothing
        ? `${file}-${String(own)}`
        : `${basename(file, extname(file))}-${suffix}${count === 1 ? '' : `-${String(number + 1)}`}`;
      const folder = resolve(out ?? (madeFromNothing ? '.' : dirname(file)));
      let name = `${stem}${ending}`;
      for (let again = 2; taken.has(join(folder, name)); again += 1) name = `${stem}-${String(again)}${ending}`;
      taken.add(join(folder, name));
      return { ...base, out: join(folder, name) };
    }),
  );
  return { items, many };
}

/** The music files that the words on the command line name, also those directly inside folders. */
export async function musicFiles(words: readonly string[], suffix: string, usage: string): Promise<string[]> {
  const files: string[] = [];
  for (const word of words) {
    const found = await stat(word).catch(() => null);
    if (found?.isDirectory() !== true) {
      files.push(resolve(word));
      continue;
    }
    const inside = (await readdir(word)).filter((name) => musicExtensions.includes(extname(name).toLowerCase()));
    // Results of an earlier run into the same folder are no new pieces.
    files.push(
      ...inside
        .filter((name) => !new RegExp(`-${suffix}(?:-\\d+)?$`).test(basename(name, extname(name))))
        .map((name) => resolve(word, name)),
    );
  }
  if (files.length === 0) {
    const message = words.length === 0 ? 'Give at least one music file.' : 'There are no music files there.';
    throw new AppError('invalid-request', message, { action: `Usage: ${usage}` });
  }
  return [...new Set(files)].toSorted();
}

/** Runs every item through the queue and writes what comes out. */
export async function runMusic(
  context: CommandContext,
  planned: { items: readonly MusicItem[]; many: boolean },
  things: string,
  requestFor: (item: MusicItem) => Promise<GenerationRequest>,
): Promise<void> {
  await withSoundFont(context, (soundFontId) =>
    runEach(context, planned, things, async (item, label) => {
      const generation = await runToEnd(context, await requestFor(item), label);
      await writeGeneration(context, generation, item, label, soundFontId);
    }),
  );
}

const clipOf = ({ details }: Generation): ScoreDetails | null => scoreDetailsSchema.safeParse(details['clip']).data ?? null;

const loudnessWords = ({ loudness }: Pick<Exported, 'loudness'>): string[] =>
  loudness?.lufs == null ? [] : [`${loudness.lufs.toFixed(1)} LUFS`];

async function writeGeneration(
  context: CommandContext,
  generation: Generation,
  item: MusicItem,
  label: string,
  soundFontId: string | null,
): Promise<void> {
  const { output } = context;
  const made = generation.outputs.filter(({ role }) => role === 'score' || role === 'audio');
  if (made.length === 0) throw new AppError('internal', 'The result is missing from the library.');
  const files: string[] = [];
  const notes = [...generation.notes];
  let loudness: Exported['loudness'] = null;
  for (const [index, { hash }] of made.entries()) {
    const out = made.length === 1 ? item.out : numbered(item.out, index + 1, made.length);
    const title = generation.request.title === '' ? basename(out, extname(out)) : generation.request.title;
    const written = await writeMusicFile(context, hash, out, { title, generationIds: [generation.id], soundFontId });
    files.push(...written.files);
    notes.push(...written.notes);
    loudness = made.length === 1 ? written.loudness : null;
  }
  for (const note of notes) output.remark(note);
  const clip = clipOf(generation);
  const facts = [
    ...(clip === null ? [] : [`${String(clip.bars)} bars`, `${String(clip.notes)} notes`, ...(clip.key === null ? [] : [clip.key])]),
    ...loudnessWords({ loudness }),
    `seed ${String(generation.request.seed)}`,
    `${duration(generation.timings?.totalMs ?? 0)} on ${generation.backend ?? '?'}`,
  ];
  output.result(`${label}${files.join('\n')}  (${facts.join(', ')})`, {
    type: 'result',
    file: item.file,
    out: files[0],
    files,
    generationId: generation.id,
    pack: generation.pack.id,
    seed: generation.request.seed,
    backend: generation.backend,
    assets: made.map(({ hash }) => hash),
    clip,
    loudness,
    timings: generation.timings,
    notes,
  });
}

function numbered(out: string, number: number, of: number): string {
  const extension = extname(out);
  return join(dirname(out), `${basename(out, extension)}-${String(number).padStart(String(of).length, '0')}${extension}`);
}

/** Writes what is in the library already: no model runs. */
export async function writeAsset(
  context: CommandContext,
  item: BatchItem,
  label: string,
  given: {
    asset: AssetHash;
    title: string;
    soundFontId: string | null;
    generationIds: GenerationId[];
    told: object;
    remarks: readonly string[];
  },
): Promise<void> {
  const { output } = context;
  const startedAt = performance.now();
  const { files, loudness, notes } = await writeMusicFile(context, given.asset, item.out, given);
  for (const note of [...given.remarks, ...notes]) output.remark(note);
  const tookMs = performance.now() - startedAt;
  output.result(`${label}${files.join('\n')}  (${[...loudnessWords({ loudness }), duration(tookMs)].join(', ')})`, {
    type: 'result',
    file: item.file,
    out: files[0],
    files,
    asset: given.asset,
    loudness,
    notes: [...given.remarks, ...notes],
    ...given.told,
  });
}
