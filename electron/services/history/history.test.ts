import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { historyCalls } from '../../../shared/contract/calls/history-calls.ts';
import { generationIdSchema, packIdSchema, type AssetHash, type GenerationId } from '../../../shared/domain/ids.ts';
import { newId } from '../ids.ts';
import { inpaintRequest, scratchLibrary, testPack, type ScratchLibrary } from '../testing/scratch-library.ts';
import { createGenerationStore } from './generation-store.ts';
import { historyHandlers } from './history-handlers.ts';
import { searchQuery } from './search-index.ts';

const pack = { ...testPack, id: packIdSchema.parse(testPack.id) };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('history', () => {
  let scratch: ScratchLibrary;
  beforeEach(async () => {
    scratch = await scratchLibrary();
  });
  afterEach(() => scratch.dispose());

  const handlers = (): ReturnType<typeof historyHandlers> => historyHandlers(scratch.library.db, scratch.events);
  const put = async (text: string): Promise<AssetHash> =>
    (await scratch.assets.putBytes(bytes(text), { mediaType: 'image/png', size: { width: 4, height: 4 } })).hash;
  const list = (filter: object, more: object = {}): ReturnType<ReturnType<typeof handlers>['history.list']> =>
    handlers()['history.list'](historyCalls['history.list'].input.parse({ filter, ...more }));

  async function generate(name: string, changes: object = {}): Promise<{ id: GenerationId; output: AssetHash }> {
    const store = createGenerationStore(scratch.library.db, scratch.events);
    const id = newId(generationIdSchema);
    const request = inpaintRequest(await put(`${name} image`), await put(`${name} mask`), { title: name, ...changes });
    store.start({ id, jobId: null, batchId: null, request, pack });
    const output = await put(`${name} output`);
    store.succeed(
      id,
      {
        outputs: [{ role: 'image', hash: output, bounds: { x: 0, y: 0, width: 4, height: 4 } }],
        size: { width: 4, height: 4 },
        backend: 'cpu',
        timings: { totalMs: 5, phasesMs: { run: 3 } },
        notes: ['a remark'],
        details: {},
      },
      () => undefined,
    );
    return { id, output };
  }

  it('keeps everything needed to do a generation again', async () => {
    const { id, output } = await generate('red barn', { seed: 77 });
    await scratch.reopen();
    const { generation } = await handlers()['history.get']({ id });
    expect(generation).toMatchObject({ status: 'succeeded', backend: 'cpu', notes: ['a remark'], timings: { totalMs: 5 } });
    expect(generation.request).toMatchObject({ seed: 77, title: 'red barn', params: { feather: 8 } });
    expect(generation.outputs[0]?.hash).toBe(output);
  });

  it('pages without gaps or repeats, newest first, and counts all', async () => {
    for (let index = 0; index < 7; index += 1) await generate(`picture ${String(index)}`);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({}, { limit: 3, cursor });
      expect(page.total).toBe(7);
      seen.push(...page.items.map((item) => item.title));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `picture ${String(index)}`));
  });

  it('sorts by rating with the newest first among equals', async () => {
    const made = [await generate('a'), await generate('b'), await generate('c')];
    await handlers()['history.setRating']({ ids: [made[0]!.id, made[2]!.id], rating: 4 });
    const first = await list({}, { sort: 'rating', limit: 2 });
    const second = await list({}, { sort: 'rating', limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...second.items].map((item) => item.title)).toEqual(['c', 'a', 'b']);
  });

  it('jumps over rows and lists ids in the order that is shown', async () => {
    const made = [];
    for (let index = 0; index < 6; index += 1) made.push(await generate(`picture ${String(index)}`));
    await handlers()['history.trash']({ ids: [made[2]!.id] });
    const jumped = await list({}, { skip: 3, limit: 10 });
    expect(jumped.items.map((item) => item.title)).toEqual(['picture 1', 'picture 0']);
    expect(jumped.total).toBe(5);
    const ids = historyCalls['history.ids'].input.parse({ sort: 'oldest', skip: 1, limit: 3 });
    expect(await handlers()['history.ids'](ids)).toEqual({ ids: [made[1]!.id, made[3]!.id, made[4]!.id] });
  });

  it('counts and jumps through narrow indexes, without reading requests', () => {
    const plan = (sql: string): string =>
      scratch.library.db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((row) => (row as { detail: string }).detail)
        .join('\n');
    expect(plan('SELECT count(*) FROM generations g WHERE g.trashed_at_ms IS NULL')).toContain('INDEX generations_kept');
    expect(plan('SELECT g.id FROM generations g WHERE g.trashed_at_ms IS NULL ORDER BY g.sequence DESC LIMIT 9 OFFSET 99')).toContain(
      'generations_kept',
    );
    const byRating = plan('SELECT g.id FROM generations g WHERE g.trashed_at_ms IS NULL ORDER BY g.rating DESC, g.sequence DESC LIMIT 9');
    expect(byRating).toContain('generations_kept_by_rating');
    expect(byRating).not.toContain('TEMP B-TREE');
  });

  it('finds by title prefix, tag, pack and parameter, and forgets what was renamed or untagged', async () => {
    const { id } = await generate('Café terrace', { seed: 4242 });
    await generate('harbour');
    const found = async (text: string): Promise<number> => (await list({ text })).total;
    expect(await found('cafe ter')).toBe(1);
    expect(await found('"seed 4242"')).toBe(1);
    expect(await found('kiln')).toBe(2);
    await handlers()['history.addTag']({ ids: [id], tag: 'evening' });
    expect(await found('even')).toBe(1);
    await handlers()['history.removeTag']({ ids: [id], tag: 'evening' });
    expect(await found('even')).toBe(0);
    await handlers()['history.setTitle']({ id, title: 'bistro' });
    expect([await found('cafe'), await found('bistro')]).toEqual([0, 1]);
  });

  it('treats whatever is typed as words, never as query syntax', async () => {
    await generate('plain');
    for (const text of ['"', 'a AND', 'NEAR(', 'title:', '*', '-x', '(((', "'; DROP TABLE generations; --"]) await list({ text });
    expect(searchQuery('red "big barn" *')).toBe('"red"* "big barn"');
    expect(searchQuery(' ** ')).toBeNull();
  });

  it('knows what was made from what', async () => {
    const first = await generate('first');
    const second = await generate('second', { parentId: first.id });
    const third = await generate('third', { inputs: { image: first.output, mask: first.output } });
    const detail = await handlers()['history.get']({ id: first.id });
    expect(detail.children.map((child) => child.id)).toEqual([second.id, third.id]);
    expect((await handlers()['history.get']({ id: third.id })).parents.map((parent) => parent.id)).toEqual([first.id]);
  });

  it('empties the trash for good, and the sweep then takes only what nobody refers to', async () => {
    const kept = await generate('kept');
    const gone = await generate('gone', { inputs: { image: kept.output, mask: kept.output } });
    await handlers()['history.trash']({ ids: [gone.id] });
    expect((await list({})).items.map((item) => item.id)).toEqual([kept.id]);
    expect((await list({ trashed: true })).items.map((item) => item.id)).toEqual([gone.id]);
    expect(await handlers()['history.emptyTrash']()).toEqual({ removed: 1 });
    expect(await scratch.assets.sweepOrphans()).toEqual({ removedFiles: 0, freedBytes: 0 });
    await scratch.assets.sweepOrphans({ graceMs: -1000 });
    expect(existsSync(scratch.assets.filePath(gone.output))).toBe(false);
    expect(existsSync(scratch.assets.filePath(kept.output))).toBe(true);
    expect(scratch.assets.record(gone.output)).toBeNull();
  });

  it('refuses to end a generation twice', async () => {
    const { id } = await generate('done');
    const store = createGenerationStore(scratch.library.db, scratch.events);
    expect(() => store.end(id, 'failed', null, () => undefined)).toThrow(/not running/);
  });
});
