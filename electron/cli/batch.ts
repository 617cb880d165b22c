/** Many pictures, one after the other: which files, which are done already, one job each, and a summary at the end. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AppError } from '../../shared/contract/errors.ts';
import type { Generation, GenerationRequest } from '../../shared/domain/generation.ts';
import type { Job } from '../../shared/domain/job.ts';
import { textFlag, type Command, type CommandContext } from './command.ts';
import { duration } from './output.ts';
import { formatOf, pictureExtensions, writePictureFile } from './picture-files.ts';

export interface BatchItem {
  /** What it is made from: an absolute path, or for pictures made from nothing a name for the messages. */
  file: string;
  /** Absolute path. */
  out: string;
  madeFromNothing?: boolean;
}

export interface Batch {
  items: readonly BatchItem[];
  /** More than one picture was asked for: a failure is reported and the rest goes on. */
  many: boolean;
}

export const batchOptions = {
  out: { type: 'string', short: 'o' },
  batch: { type: 'boolean' },
  resume: { type: 'boolean' },
  'no-metadata': { type: 'boolean' },
} as const satisfies Command['options'];

export const batchHelp = `  --out FILE|FOLDER    .png, .jpg, .webp, .avif or .tif; a folder for several pictures (default: beside each picture)
  --batch              treat --out as a folder and go on after errors, as with several pictures or a folder
  --resume             leave out pictures whose result is there already and newer than they are
  --no-metadata        do not write the parameters into the files`;

/**
 * The pictures that the words on the command line name: files, and folders with all pictures directly inside them.
 * @param suffix what results are called: photo.jpg becomes photo-SUFFIX.png
 */
export async function batchOf(context: CommandContext, suffix: string, usage: string): Promise<Batch> {
  const files: string[] = [];
  let many = context.positionals.length > 1 || context.flags['batch'] === true;
  for (const name of context.positionals) {
    const found = await stat(name).catch(() => null);
    if (found?.isDirectory() !== true) {
      files.push(resolve(name));
      continue;
    }
    many = true;
    const inside = (await readdir(name)).filter((entry) => pictureExtensions.includes(extname(entry).toLowerCase()));
    // Results of an earlier run into the same folder are no new pictures.
    files.push(...inside.filter((entry) => !basename(entry, extname(entry)).endsWith(`-${suffix}`)).map((entry) => resolve(name, entry)));
  }
  if (files.length === 0) {
    throw new AppError(
      'invalid-request',
      context.positionals.length === 0 ? 'Give at least one picture.' : 'There are no pictures there.',
      {
        action: `Usage: ${usage}`,
      },
    );
  }
  const items = resultsOf([...new Set(files)].toSorted(), textFlag(context, 'out'), suffix, many);
  return { items, many };
}

function resultsOf(files: readonly string[], out: string | undefined, suffix: string, many: boolean): BatchItem[] {
  const folder = out !== undefined && (many || extname(out) === '') ? out : undefined;
  if (folder !== undefined && pictureExtensions.includes(extname(folder).toLowerCase())) {
    throw new AppError('invalid-request', `"${folder}" is one file, and there are several pictures.`, { action: 'Give --out a folder.' });
  }
  const taken = new Set<string>();
  return files.map((file) => {
    if (out !== undefined && folder === undefined) {
      formatOf(out);
      return { file, out: resolve(out) };
    }
    const stem = `${basename(file, extname(file))}-${suffix}`;
    const place = resolve(folder ?? dirname(file));
    let result = join(place, `${stem}.png`);
    // Two pictures of one name from different folders, or photo.jpg beside photo.png.
    for (let number = 2; taken.has(result); number += 1) result = join(place, `${stem}-${String(number)}.png`);
    taken.add(result);
    return { file, out: result };
  });
}

/** Runs every item: `requestFor` imports its files and says what to run. @throws as {@link runEach} does */
export function runBatch(
  context: CommandContext,
  batch: Batch,
  requestFor: (item: BatchItem) => Promise<GenerationRequest>,
): Promise<void> {
  return runEach(context, batch, 'pictures', async (item, label) => runItem(context, item, await requestFor(item), label));
}

/**
 * Works on every item. Results are to be written whole or not at all, so that --resume can trust a file that is there.
 * @param things what the items are, in the plural
 * @param label "2/5 " before words about an item of several
 * @throws the item's own error for a single one; for several, internal at the end when any failed; cancelled
 */
export async function runEach<Item extends BatchItem>(
  context: CommandContext,
  { items, many }: { items: readonly Item[]; many: boolean },
  things: string,
  runOne: (item: Item, label: string) => Promise<void>,
): Promise<void> {
  const { output, signal, flags } = context;
  const startedAt = performance.now();
  const count = { made: 0, skipped: 0, failed: 0 };
  for (const [index, item] of items.entries()) {
    const label = many ? `${String(index + 1)}/${String(items.length)} ` : '';
    if (flags['resume'] === true && (await isDone(item))) {
      count.skipped += 1;
      output.result(`${label}${item.out}  (there already)`, { type: 'skipped', ...toldOf(item) });
      continue;
    }
    try {
      if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      await runOne(item, label);
      count.made += 1;
    } catch (error) {
      if (!many || (error instanceof AppError && error.code === 'cancelled')) {
        if (many) summary();
        throw error;
      }
      count.failed += 1;
      const known = error instanceof AppError ? error : new AppError('internal', error instanceof Error ? error.message : String(error));
      output.result(`${label}${item.file}: ${known.message}${known.action === undefined ? '' : ` ${known.action}`}`, {
        type: 'failed',
        ...toldOf(item),
        code: known.code,
        message: known.message,
      });
    }
  }
  if (many) summary();
  if (count.failed > 0) {
    throw new AppError('internal', `${String(count.failed)} of ${String(items.length)} ${things} failed.`, {
      action: 'The lines above say why; --resume does only what is missing.',
    });
  }

  function summary(): void {
    const totalMs = performance.now() - startedAt;
    const left = items.length - count.made - count.skipped - count.failed;
    const words = [`${String(count.made)} made`, `${String(count.skipped)} there already`, `${String(count.failed)} failed`];
    if (left > 0) words.push(`${String(left)} not begun or stopped`);
    output.result(`${words.join(', ')} in ${duration(totalMs)}.`, { type: 'summary', ...count, left, totalMs });
  }
}

const toldOf = ({ file, out, madeFromNothing }: BatchItem): BatchItem => ({
  file,
  out,
  ...(madeFromNothing === undefined ? {} : { madeFromNothing }),
});

async function isDone({ file, out, madeFromNothing = false }: BatchItem): Promise<boolean> {
  const [source, result] = await Promise.all([file, out].map((path) => stat(path).catch(() => null)));
  if (madeFromNothing) return result?.isFile() === true && result.size > 0;
  return source != null && result != null && result.isFile() && result.size > 0 && result.mtimeMs >= source.mtimeMs;
}

async function runItem(context: CommandContext, item: BatchItem, request: GenerationRequest, label: string): Promise<void> {
  const { studio, output } = context;
  const generation = await runToEnd(context, request, label);
  const image = await writePictureFile(studio, generation, item.out, context.flags['no-metadata'] !== true);
  for (const note of generation.notes) output.remark(note);
  output.result(`${label}${item.out}  (${duration(generation.timings?.totalMs ?? 0)} on ${generation.backend ?? '?'})`, {
    type: 'result',
    file: item.file,
    out: item.out,
    generationId: generation.id,
    pack: generation.pack.id,
    seed: generation.request.seed,
    backend: generation.backend,
    image,
    size: generation.size,
    timings: generation.timings,
    notes: generation.notes,
  });
}

/** Queues one request and follows it to its end, showing how far it is; Ctrl+C cancels it. */
export async function runToEnd(context: CommandContext, request: GenerationRequest, label = ''): Promise<Generation> {
  const { studio, output, signal } = context;
  const { jobs } = await studio.router.call('jobs.enqueue', { requests: [request] });
  const [queued] = jobs;
  if (queued === undefined) throw new AppError('internal', 'The job was not queued.');
  const { id } = queued;
  const job = await new Promise<Job>((resolveJob, reject) => {
    const cancel = (): void => void studio.router.call('jobs.cancel', { id }).catch(reject);
    const settle = (changed: Job): void => {
      if (changed.id !== id) return;
      if (changed.status.state === 'running') {
        const { progress } = changed.status;
        output.progress({ ...progress, phase: `${label}${progress.phase}` });
      }
      if (changed.status.state === 'queued' || changed.status.state === 'running') return;
      unsubscribe();
      signal.removeEventListener('abort', cancel);
      resolveJob(changed);
    };
    const unsubscribe = studio.events.subscribe((event) => {
      if (event.type === 'job.changed') settle(event.job);
    });
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    // It may have ended before this was listening.
    studio.router.call('jobs.list', undefined).then(({ jobs: listed }) => listed.forEach(settle), reject);
  });
  if (job.status.state === 'failed') throw AppError.fromWire(job.status.error);
  if (job.status.state !== 'succeeded') throw new AppError('cancelled', 'Cancelled.');
  const generation = job.generationId === null ? null : studio.generations.get(job.generationId);
  if (generation === null) throw new AppError('internal', 'The result is missing from the library.');
  return generation;
}
