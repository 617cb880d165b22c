import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lamaLikeGraph } from '../../../models/testing/graphs.ts';
import { packIdSchema } from '../../../shared/domain/ids.ts';
import { openTestStudio, type TestStudio } from '../testing/studio-host.ts';

let data: string;
let open: TestStudio;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-pack-tests-'));
  open = await openTestStudio(data);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});

it('a pack of unknown licence is asked about, refused until accepted, and asked about once', { timeout: 120_000 }, async () => {
  const { router } = open.studio;
  const file = join(data, 'stranger.onnx');
  await writeFile(file, lamaLikeGraph(64));
  const pack = await router.call('packs.import', { from: { kind: 'path', path: file } });
  const { id } = pack.manifest;
  expect(pack.licence).toEqual({ kind: 'unknown', accepted: false });
  const request = await router.call('packs.selfTestRequest', { id });
  if (request === null) throw new Error('no request');
  await expect(router.call('jobs.enqueue', { requests: [request] })).rejects.toMatchObject({ code: 'licence-needed' });
  await expect(router.call('live.run', { slot: 'self-test', request, maxSidePx: null })).rejects.toMatchObject({ code: 'licence-needed' });
  await expect(router.call('packs.benchmark', { id })).rejects.toMatchObject({ code: 'licence-needed' });
  expect((await router.call('packs.acceptLicence', { id })).licence.accepted).toBe(true);

  const result = await router.call('live.run', { slot: 'self-test', request, maxSidePx: null });
  expect(result.pictures.find(({ role }) => role === 'image')?.size).toEqual({ width: 256, height: 256 });
  expect((await router.call('history.list', { filter: {} })).total).toBe(0);

  const benchmark = await router.call('packs.benchmark', { id });
  const cpu = benchmark.results.find(({ backend }) => backend === 'cpu');
  expect(benchmark.unit).toBe('megapixel');
  expect(cpu).toMatchObject({ worked: true });
  if (cpu?.worked === true) expect(cpu.msPerUnit).toBeCloseTo(cpu.totalMs / 0.065536, 3);
  expect(await router.call('packs.benchmarkResult', { id })).toEqual(benchmark);

  await router.call('packs.remove', { id });
  expect(existsSync(join(data, 'packs', id))).toBe(false);
  expect((await router.call('packs.undoRemove', { id })).licence.accepted).toBe(true);
  await router.call('packs.remove', { id });
  await router.call('packs.list', undefined);
  await expect(router.call('packs.undoRemove', { id: packIdSchema.parse('never-there') })).rejects.toMatchObject({ code: 'not-found' });
});

it('every built-in pack has a self-test that runs, and needs no licence accepted', { timeout: 240_000 }, async () => {
  const { router } = open.studio;
  for (const { manifest, builtIn, licence } of await router.call('packs.list', undefined)) {
    if (!builtIn || manifest.task === 'diffusion') continue;
    expect(licence.accepted).toBe(true);
    const request = await router.call('packs.selfTestRequest', { id: manifest.id });
    if (request === null) throw new Error(`${manifest.id} has no self-test`);
    const { pictures } = await router.call('live.run', { slot: 'self-test', request: { ...request, backend: 'cpu' }, maxSidePx: null });
    expect(pictures.length, manifest.id).toBeGreaterThan(0);
  }
});

it('packs from before Kiln asked need no answer', { timeout: 60_000 }, async () => {
  const older = await mkdtemp(join(tmpdir(), 'kiln-older-'));
  let studio = await openTestStudio(older);
  const file = join(older, 'old.onnx');
  await writeFile(file, lamaLikeGraph(96));
  const { manifest } = await studio.studio.router.call('packs.import', { from: { kind: 'path', path: file } });
  await studio.studio.dispose();
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(join(older, 'library', 'library.db'));
  db.prepare(`DELETE FROM key_values WHERE key LIKE 'packs.licences.%'`).run();
  db.close();
  studio = await openTestStudio(older);
  const packs = await studio.studio.router.call('packs.list', undefined);
  expect(packs.find((pack) => pack.manifest.id === manifest.id)?.licence).toEqual({ kind: 'unknown', accepted: true });
  await studio.studio.dispose();
  await rm(older, { recursive: true, force: true });
});
