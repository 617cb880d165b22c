import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { scoreMediaType } from '../../../../shared/domain/asset.ts';
import { clipStateSchema, type ClipState } from '../../../../shared/domain/clip.ts';
import { emptyScore } from '../../../../shared/music/score.ts';
import type { AssetHash } from '../../../../shared/domain/ids.ts';
import { scratchLibrary, type ScratchLibrary } from '../../testing/scratch-library.ts';
import { putScore, readScore } from '../score-assets.ts';
import { clipHandlers } from './clip-handlers.ts';

let scratch: ScratchLibrary;
beforeEach(async () => {
  scratch = await scratchLibrary();
});
afterEach(() => scratch.dispose());

const handlers = (): ReturnType<typeof clipHandlers> => clipHandlers(scratch.library.db, scratch.assets, scratch.events);
const score = (title: string): Promise<AssetHash> =>
  putScore(scratch.assets, { ...emptyScore({ bars: 2, bpm: 96, metre: { numerator: 3, denominator: 4 }, key: null }), title });
const picture = async (text: string): Promise<AssetHash> =>
  (await scratch.assets.putBytes(Buffer.from(text), { mediaType: 'image/png', size: { width: 1, height: 1 } })).hash;

async function stateOf(main: string, ...takes: string[]): Promise<ClipState> {
  const made = await Promise.all(takes.map(async (name) => ({ id: name, name, score: await score(name), generationId: null })));
  return clipStateSchema.parse({ score: await score(main), takes: made, lockedBars: [1], loop: { start: 0, end: 1440 } });
}

it('gives back exactly what was saved, over a restart', async () => {
  const created = await handlers()['clips.create']({ projectId: null, name: 'Waltz', state: await stateOf('one') });
  const saved = await handlers()['clips.save']({
    id: created.id,
    baseRevision: 0,
    state: await stateOf('two', 'a', 'b'),
    thumbnail: await picture('roll'),
  });
  expect(saved.revision).toBe(1);
  await scratch.reopen();
  expect(await handlers()['clips.get']({ id: created.id })).toEqual(saved);
  expect(await readScore(scratch.assets, saved.state.score)).toMatchObject({ title: 'two', lengthTicks: 2 * 1440 });
  expect(scratch.events.published.map(({ type }) => type)).toContain('clips.changed');
});

it('keeps every score and picture of the present state from the sweep, and lets those of earlier ones go', async () => {
  const old = await stateOf('old', 'dropped');
  const { id } = await handlers()['clips.create']({ projectId: null, name: 'Waltz', state: old });
  const state = await stateOf('new', 'kept');
  const thumbnail = await picture('roll');
  await handlers()['clips.save']({ id, baseRevision: 0, state, thumbnail });
  // A save without a picture keeps the last one.
  await handlers()['clips.save']({ id, baseRevision: 1, state, thumbnail: null });
  await scratch.assets.sweepOrphans({ graceMs: -1000 });
  const there = (hash: string | undefined): boolean => existsSync(scratch.assets.filePath(hash as AssetHash));
  expect([state.score, state.takes[0]?.score, thumbnail].map(there)).toEqual([true, true, true]);
  expect([old.score, old.takes[0]?.score].map(there)).toEqual([false, false]);
  // The trash keeps them as well: it can be taken back.
  await handlers()['clips.trash']({ id });
  await scratch.assets.sweepOrphans({ graceMs: -1000 });
  expect(there(state.score)).toBe(true);
});

it('refuses a save over changes the writer has not seen, and changes nothing then', async () => {
  const { id } = await handlers()['clips.create']({ projectId: null, name: 'Waltz', state: await stateOf('one') });
  const second = await stateOf('two');
  await handlers()['clips.save']({ id, baseRevision: 0, state: second, thumbnail: null });
  const third = await stateOf('three');
  expect(() => handlers()['clips.save']({ id, baseRevision: 0, state: third, thumbnail: null })).toThrow(
    expect.objectContaining({ code: 'conflict', action: expect.stringContaining('new clip') as string }),
  );
  expect(await handlers()['clips.get']({ id })).toMatchObject({ revision: 1, state: second });
});

it('refuses states whose scores are missing or are no scores', async () => {
  const missing = clipStateSchema.parse({ score: 'f'.repeat(64) });
  expect(() => handlers()['clips.create']({ projectId: null, name: 'x', state: missing })).toThrow(
    expect.objectContaining({ code: 'not-found' }),
  );
  const noScore = clipStateSchema.parse({ score: await picture('p') });
  expect(() => handlers()['clips.create']({ projectId: null, name: 'x', state: noScore })).toThrow(
    expect.objectContaining({ code: 'not-found' }),
  );
  const { id } = await handlers()['clips.create']({ projectId: null, name: 'x', state: await stateOf('one') });
  const state = await stateOf('two');
  const thumbnail = 'e'.repeat(64) as AssetHash;
  expect(() => handlers()['clips.save']({ id, baseRevision: 0, state, thumbnail })).toThrow(expect.objectContaining({ code: 'not-found' }));
});

it('lists the newest first, by project and out of the trash, and renames', async () => {
  const first = await handlers()['clips.create']({ projectId: null, name: 'First', state: await stateOf('one') });
  const second = await handlers()['clips.create']({ projectId: null, name: 'Second', state: await stateOf('two') });
  expect((await handlers()['clips.rename']({ id: first.id, name: 'Renamed' })).name).toBe('Renamed');
  const names = async (filter: { projectId?: typeof first.projectId; trashed?: boolean; limit?: number } = {}): Promise<string[]> =>
    (await handlers()['clips.list']({ projectId: null, trashed: false, limit: 100, ...filter })).map(({ name }) => name);
  expect(await names()).toEqual(['Second', 'Renamed']);
  expect(await names({ limit: 1 })).toEqual(['Second']);
  expect(await names({ projectId: second.projectId })).toEqual(['Second', 'Renamed']);
  await handlers()['clips.trash']({ id: second.id });
  expect([await names(), await names({ trashed: true })]).toEqual([['Renamed'], ['Second']]);
  await handlers()['clips.restore']({ id: second.id });
  expect(await names({ trashed: true })).toEqual([]);
  expect(scratch.assets.record(second.state.score)?.mediaType).toBe(scoreMediaType);
});
