import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { documentStateSchema, type DocumentState } from '../../../shared/domain/document.ts';
import { layerIdSchema, type AssetHash } from '../../../shared/domain/ids.ts';
import { newId } from '../ids.ts';
import { scratchLibrary, type ScratchLibrary } from '../testing/scratch-library.ts';
import { projectHandlers } from './project-handlers.ts';

let scratch: ScratchLibrary;
beforeEach(async () => {
  scratch = await scratchLibrary();
});
afterEach(() => scratch.dispose());

const handlers = (): ReturnType<typeof projectHandlers> => projectHandlers(scratch.library.db, scratch.assets, scratch.events);
const tile = async (text: string): Promise<AssetHash> =>
  (await scratch.assets.putBytes(new TextEncoder().encode(text), { mediaType: 'application/x-kiln-tile', size: null })).hash;

function stateWith(tileHash: string): DocumentState {
  return documentStateSchema.parse({
    formatVersion: 1,
    canvas: { width: 300, height: 200 },
    layers: [
      {
        id: newId(layerIdSchema),
        name: 'Layer',
        bounds: { x: 0, y: 0, width: 300, height: 200 },
        visible: true,
        locked: false,
        opacity: 1,
        blendMode: 'normal',
        source: null,
        tiles: { '0,0': tileHash },
      },
    ],
    activeLayerId: null,
    mask: { tiles: {} },
  });
}

it('restores exactly what was saved, over a restart', async () => {
  const created = await handlers()['documents.create']({ projectId: null, name: 'Harbour', state: stateWith(await tile('one')) });
  const second = stateWith(await tile('two'));
  const saved = await handlers()['documents.save']({ id: created.id, baseRevision: 0, state: second, thumbnail: null });
  expect(saved.revision).toBe(1);
  await scratch.reopen();
  expect(await handlers()['documents.get']({ id: created.id })).toEqual({ record: saved, state: second });
  expect(await handlers()['projects.list']()).toMatchObject([{ name: 'My project', documentCount: 1 }]);
});

it('shows a picture that was only opened, and no picture in place of a painted one', async () => {
  const painted = stateWith(await tile('one'));
  const [layer] = painted.layers;
  const picture = documentStateSchema.parse({ ...painted, layers: [{ ...layer, source: await tile('two'), tiles: {} }] });
  const created = await handlers()['documents.create']({ projectId: null, name: 'Harbour', state: picture });
  expect(created.thumbnail).toBe(picture.layers[0]?.source);
  for (const state of [
    painted,
    { ...picture, canvas: { width: 400, height: 200 } },
    { ...picture, layers: [...picture.layers, ...painted.layers] },
  ]) {
    expect((await handlers()['documents.create']({ projectId: null, name: 'Harbour', state })).thumbnail).toBeNull();
  }
});

it('refuses a save over changes the writer has not seen', async () => {
  const { id } = await handlers()['documents.create']({ projectId: null, name: 'Harbour', state: stateWith(await tile('one')) });
  const state = stateWith(await tile('two'));
  await handlers()['documents.save']({ id, baseRevision: 0, state, thumbnail: null });
  await expect(handlers()['documents.save']({ id, baseRevision: 0, state, thumbnail: null })).rejects.toMatchObject({ code: 'conflict' });
});

it('refuses a state whose pixels are not in the library', async () => {
  const state = stateWith('f'.repeat(64));
  await expect(handlers()['documents.create']({ projectId: null, name: 'Harbour', state })).rejects.toMatchObject({ code: 'not-found' });
});

it('keeps the pixels of the present state and lets those of forgotten states go', async () => {
  const old = await tile('old');
  const { id, snapshot } = await handlers()['documents.create']({ projectId: null, name: 'Harbour', state: stateWith(old) });
  const fresh = await tile('new');
  await handlers()['documents.save']({ id, baseRevision: 0, state: stateWith(fresh), thumbnail: null });
  await scratch.assets.sweepOrphans({ graceMs: -1000 });
  expect([fresh, old, snapshot].map((hash) => existsSync(scratch.assets.filePath(hash)))).toEqual([true, false, false]);
});

it('moves documents to the trash and back', async () => {
  const { id } = await handlers()['documents.create']({ projectId: null, name: 'Harbour', state: stateWith(await tile('one')) });
  const listed = async (trashed: boolean): Promise<number> =>
    (await handlers()['documents.list']({ projectId: null, trashed, text: '', limit: 10 })).length;
  await handlers()['documents.trash']({ id });
  expect([await listed(false), await listed(true)]).toEqual([0, 1]);
  await handlers()['documents.restore']({ id });
  expect([await listed(false), await listed(true)]).toEqual([1, 0]);
});

it('finds documents by a part of their name in any case, and in their project', async () => {
  const state = stateWith(await tile('one'));
  const harbour = await handlers()['documents.create']({ projectId: null, name: 'HÄFEN 100%', state });
  await handlers()['documents.create']({ projectId: null, name: 'Dune', state });
  const other = await handlers()['projects.create']({ name: 'Other' });
  const names = async (text: string, projectId: typeof other.id | null = null): Promise<string[]> =>
    (await handlers()['documents.list']({ projectId, trashed: false, text, limit: 10 })).map((found) => found.name);
  expect(await names('äfen')).toEqual(['HÄFEN 100%']);
  expect(await names('0%')).toEqual(['HÄFEN 100%']);
  expect(await names('_')).toEqual([]);
  await handlers()['documents.move']({ id: harbour.id, projectId: other.id });
  expect(await names('', other.id)).toEqual(['HÄFEN 100%']);
  expect((await handlers()['projects.list']()).map((project) => [project.name, project.documentCount])).toContainEqual(['Other', 1]);
});

it('empties the trash for good, and only the trash', async () => {
  const state = stateWith(await tile('one'));
  const kept = await handlers()['documents.create']({ projectId: null, name: 'Kept', state });
  const gone = await handlers()['documents.create']({ projectId: null, name: 'Gone', state: stateWith(await tile('two')) });
  await handlers()['documents.trash']({ id: gone.id });
  expect(await handlers()['documents.emptyTrash']()).toEqual({ removed: 1 });
  await expect(async () => handlers()['documents.get']({ id: gone.id })).rejects.toMatchObject({ code: 'not-found' });
  await scratch.assets.sweepOrphans({ graceMs: -1000 });
  expect(existsSync(scratch.assets.filePath(gone.snapshot))).toBe(false);
  expect((await handlers()['documents.get']({ id: kept.id })).state).toEqual(state);
});
