import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { generationIdSchema, type GenerationId } from '../../../shared/domain/ids.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from '../command.ts';

export const library: Command = {
  summary: 'Look into everything that was generated',
  usage: 'kiln library list [--search WORDS] [--limit N] | show ID | verify | export [ID...] --out FOLDER',
  help: `  list      the newest generations; --search finds words in titles, tags, packs and parameters
  show      one generation with every parameter
  verify    reads every file and compares its hash; exits with 1 when something is wrong
  export    writes pictures (all, or those named) into a folder, each with its parameters as JSON beside it`,
  options: { search: { type: 'string' }, limit: { type: 'string' }, out: { type: 'string', short: 'o' } },
  whenLocked: 'refuse',
  async run(context) {
    const [action] = context.positionals;
    if (action === 'list') return list(context);
    if (action === 'show') return show(context);
    if (action === 'verify') return verify(context);
    if (action === 'export') return exportAll(context);
    throw new AppError('invalid-request', 'Say what to do with the library.', { action: `Usage: ${library.usage}` });
  },
};

async function list(context: CommandContext): Promise<void> {
  const { studio, output } = context;
  const limit = Math.min(500, Math.max(1, Math.round(numberFlag(context, 'limit') ?? 30)));
  const page = await studio.router.call('history.list', { filter: { text: textFlag(context, 'search') ?? '' }, limit });
  for (const item of page.items) {
    const size = item.size === null ? '' : `${String(item.size.width)}×${String(item.size.height)}`;
    output.result(
      `${item.id}  ${new Date(item.createdAtMs).toISOString().slice(0, 16).replace('T', ' ')}  ${item.status.padEnd(11)} ${size.padEnd(11)} ${item.packName}  ${item.title}`,
      { type: 'generation', ...item },
    );
  }
  output.remark(`${String(page.items.length)} of ${String(page.total)}`);
}

function idOf(text: string | undefined): GenerationId {
  const id = generationIdSchema.safeParse(text);
  if (!id.success)
    throw new AppError('invalid-request', `"${text ?? ''}" is not the id of a generation.`, { action: 'kiln library list shows ids.' });
  return id.data;
}

async function show({ studio, output, positionals }: CommandContext): Promise<void> {
  const detail = await studio.router.call('history.get', { id: idOf(positionals[1]) });
  output.result(JSON.stringify(detail, null, 2), { type: 'generation', ...detail });
}

async function verify({ studio, output }: CommandContext): Promise<void> {
  const health = await studio.health.check({ hashFiles: true });
  output.result(
    [`${health.integrity === 'ok' ? 'Sound' : 'Problems found'}: ${String(health.assetCount)} files checked.`, ...health.problems].join(
      '\n',
    ),
    { type: 'health', health },
  );
  if (health.integrity !== 'ok') process.exitCode = 1;
}

async function exportAll(context: CommandContext): Promise<void> {
  const { studio, output, positionals } = context;
  const out = textFlag(context, 'out');
  if (out === undefined) throw new AppError('invalid-request', 'Name a folder with --out.', { action: `Usage: ${library.usage}` });
  await mkdir(out, { recursive: true });
  let ids = positionals.slice(1).map(idOf);
  if (ids.length === 0) ids = await everySucceeded(context);
  let done = 0;
  for (const id of ids) {
    if (context.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const { generation } = await studio.router.call('history.get', { id });
    const image = generation.outputs.find((made) => made.role === 'image');
    if (image !== undefined) {
      await copyFile(studio.assets.filePath(image.hash), join(out, `${id}.png`));
      await writeFile(join(out, `${id}.json`), `${JSON.stringify(generation, null, 2)}\n`);
    }
    done += 1;
    output.progress({ phase: 'Exporting', fraction: done / ids.length, remainingMs: null });
  }
  const count = done === 1 ? '1 generation' : `${String(done)} generations`;
  output.result(`${count} written to ${resolve(out)}`, { type: 'exported', count: done, folder: resolve(out) });
}

async function everySucceeded({ studio }: CommandContext): Promise<GenerationId[]> {
  const ids: GenerationId[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof next>> = await next(cursor);
    ids.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;

  function next(from: string | null): Promise<Awaited<ReturnType<typeof studio.router.call<'history.list'>>>> {
    return studio.router.call('history.list', { filter: { statuses: ['succeeded'] }, cursor: from, limit: 500 });
  }
}
