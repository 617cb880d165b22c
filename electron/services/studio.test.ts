import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generationIdSchema, assetHashSchema, type AssetHash } from '../../shared/domain/ids.ts';
import type { Generation, GenerationRequest } from '../../shared/domain/generation.ts';
import type { Job } from '../../shared/domain/job.ts';
import { inpaintRequest } from './testing/scratch-library.ts';
import { openTestStudio, type TestStudio } from './testing/studio-host.ts';

let folder: string;
let open: TestStudio | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-studio-'));
});
afterEach(async () => {
  await open?.studio.dispose();
  open = null;
  await rm(folder, { recursive: true, force: true });
});

async function studio(): Promise<TestStudio['studio']> {
  open ??= await openTestStudio(folder);
  return open.studio;
}

async function restart(): Promise<void> {
  await open?.studio.dispose();
  open = null;
}

async function pictureAndMask(): Promise<{ image: AssetHash; mask: AssetHash }> {
  const { images } = await studio();
  const gradient = Uint8Array.from({ length: 200 * 160 * 4 }, (_, index) => (index % 4 === 3 ? 255 : (index * 7) % 251));
  const hole = new Uint8Array(200 * 160);
  for (let y = 60; y < 100; y += 1) hole.fill(255, y * 200 + 80, y * 200 + 120);
  return {
    image: (await images.storePixels(gradient, { width: 200, height: 160 }, 4)).hash,
    mask: (await images.storePixels(hole, { width: 200, height: 160 }, 1)).hash,
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isOver(job: Job): boolean {
  return job.status.state !== 'queued' && job.status.state !== 'running';
}

async function finish(requests: GenerationRequest[]): Promise<Job[]> {
  const { router } = await studio();
  const { jobs } = await router.call('jobs.enqueue', { requests });
  return over(jobs);
}

async function over(jobs: Job[]): Promise<Job[]> {
  const { router } = await studio();
  for (;;) {
    const listed = (await router.call('jobs.list', undefined)).jobs.filter((job) => jobs.some((one) => one.id === job.id));
    if (listed.length === jobs.length && listed.every(isOver)) return jobs.map(({ id }) => listed.find((job) => job.id === id)!);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function generationOf(job: Job | undefined): Promise<Generation> {
  const { router } = await studio();
  return (await router.call('history.get', { id: job!.generationId! })).generation;
}

describe('the studio core', () => {
  it('inpaints, remembers, and does it again to the same bytes after a restart', async () => {
    const { image, mask } = await pictureAndMask();
    const [job] = await finish([inpaintRequest(image, mask)]);
    expect(job?.status.state).toBe('succeeded');
    const first = await generationOf(job);
    await restart();
    const [again] = await finish([{ ...first.request, parentId: first.id }]);
    const second = await generationOf(again);
    expect(second.outputs.map((output) => output.hash)).toEqual(first.outputs.map((output) => output.hash));
    const { router } = await studio();
    expect((await router.call('history.get', { id: first.id })).children.map((child) => child.id)).toContain(second.id);
  });

  it('gives another answer for another seed', async () => {
    const { image, mask } = await pictureAndMask();
    const jobs = await finish([inpaintRequest(image, mask), inpaintRequest(image, mask, { seed: 3 })]);
    const [a, b] = [await generationOf(jobs[0]), await generationOf(jobs[1])];
    expect(a.outputs[1]?.hash).not.toBe(b.outputs[1]?.hash);
  });

  it('runs interactive jobs before a batch, keeps a paused queue over a restart, and cancels what waits', async () => {
    const { image, mask } = await pictureAndMask();
    const { router } = await studio();
    await router.call('jobs.pauseQueue', undefined);
    const batch = await router.call('jobs.enqueue', {
      requests: [inpaintRequest(image, mask), inpaintRequest(image, mask)],
      priority: 'batch',
    });
    const quick = await router.call('jobs.enqueue', { requests: [inpaintRequest(image, mask)] });
    await restart();
    const reopened = (await studio()).router;
    const listed = await reopened.call('jobs.list', undefined);
    expect(listed.paused).toBe(true);
    expect(listed.jobs.map((job) => job.id)).toEqual([...quick.jobs, ...batch.jobs].map((job) => job.id));
    await reopened.call('jobs.move', { id: batch.jobs[1]!.id, before: batch.jobs[0]!.id });
    await reopened.call('jobs.cancel', { id: batch.jobs[0]!.id });
    await reopened.call('jobs.resumeQueue', undefined);
    const ended = await over([...quick.jobs, ...batch.jobs]);
    expect(ended.map((job) => job.status.state)).toEqual(['succeeded', 'cancelled', 'succeeded']);
    await expect(reopened.call('jobs.cancel', { id: ended[0]!.id })).resolves.toMatchObject({ status: { state: 'succeeded' } });
  });

  it('fails a job whose mask is empty in words, and lets it be tried again', async () => {
    const { image } = await pictureAndMask();
    const { images, router } = await studio();
    const empty = (await images.storePixels(new Uint8Array(200 * 160), { width: 200, height: 160 }, 1)).hash;
    const [job] = await finish([inpaintRequest(image, empty)]);
    expect(job?.status).toMatchObject({ state: 'failed', error: { code: 'mask-empty' } });
    const [retried] = await over([await router.call('jobs.retry', { id: job!.id })]);
    expect(retried).toMatchObject({ attempts: 2, status: { state: 'failed' } });
  });

  it('refuses requests for pictures, packs and sizes it does not have', async () => {
    const { image, mask } = await pictureAndMask();
    const { router, images } = await studio();
    const missing = assetHashSchema.parse('e'.repeat(64));
    await expect(router.call('jobs.enqueue', { requests: [inpaintRequest(missing, mask)] })).rejects.toMatchObject({ code: 'not-found' });
    const noPack = { ...inpaintRequest(image, mask), packId: 'nothing' } as GenerationRequest;
    await expect(router.call('jobs.enqueue', { requests: [noPack] })).rejects.toMatchObject({ code: 'pack-missing' });
    const small = (await images.storePixels(new Uint8Array(100).fill(255), { width: 10, height: 10 }, 1)).hash;
    await expect(router.call('jobs.enqueue', { requests: [inpaintRequest(image, small)] })).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });

  it('exports with its parameters inside, and finds them again on import', async () => {
    const { image, mask } = await pictureAndMask();
    const [job] = await finish([inpaintRequest(image, mask, { seed: 5 })]);
    const generation = await generationOf(job);
    const opened = await studio();
    const { router, images } = opened;
    const fetched = (id: string): Promise<Response> => opened.handleRequest(new Request(`http://127.0.0.1/export/${id}`));
    for (const format of ['png', 'jpeg', 'webp', 'avif', 'tiff'] as const) {
      const rendered = await router.call('export.render', {
        items: [{ name: 'A: picture?', image: generation.outputs[1]!.hash }],
        generationIds: [generation.id],
        format,
        scale: { kind: 'factors', factors: [1, 2] },
      });
      expect(rendered.files.map((file) => file.size.width)).toEqual([200, 400]);
      expect(rendered.archive?.fileName).toBe('A_ picture_.zip');
      const response = await fetched(rendered.files[0]!.exportId);
      expect(response.status).toBe(200);
      const file = join(folder, `back.${format}`);

      await writeFile(file, Buffer.from(await response.arrayBuffer()));
      const { embedded } = await images.importPicture(file, 'back');
      expect(embedded?.generations[0]?.request.seed, format).toBe(5);
      expect(embedded?.digitalSourceType).toBe('compositeWithTrainedAlgorithmicMedia');
    }
    const bare = await router.call('export.render', {
      items: [{ name: 'bare', image }],
      generationIds: [generation.id],
      format: 'png',
      embedMetadata: false,
    });
    const bytes = await (await fetched(bare.files[0]!.exportId)).text();
    expect(bytes).not.toMatch(/kiln|xmp/i);
  });
});

describe('a killed studio', () => {
  const kills = 50;
  const worker = fileURLToPath(new URL('./testing/fault-worker.ts', import.meta.url));
  type Line =
    | { done: 'open'; left: string[] }
    | { done: 'import'; hash: string }
    | { done: 'generation'; id: string }
    | { done: 'clip'; id: string; revision: number; score: string }
    | { done: 'export'; file: string; pixels: string };

  /** Kills a worker some time after it was started, has opened the library, or has made a picture; gives what it said. */
  async function killedWorker(after: 'start' | 'open' | 'generation', delayMs: number): Promise<Line[]> {
    const child = spawn(process.execPath, [worker, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const reached = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (after === 'start' || text.includes(`"done":"${after}"`)) resolve();
      });
    });
    // The delays count from what was reached, so that a busy machine does not change what is interrupted.
    if (after !== 'start') await Promise.race([reached, ended]);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill('SIGKILL');
    await ended;
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Line);
  }

  /** The files a dead studio had rendered for download, by their own hash, as the hash of the pixels inside. */
  async function renderedExports(): Promise<Map<string, string>> {
    const transfers = join(folder, 'library/transfers');
    const found = new Map<string, string>();
    for (const name of existsSync(transfers) ? await readdir(transfers) : []) {
      const bytes = await readFile(join(transfers, name));
      found.set(sha256(bytes), sha256(await sharp(bytes).raw().toBuffer()));
    }
    return found;
  }

  it(`loses nothing it reported done, killed ${String(kills)} times at any moment`, { timeout: 600_000 }, async () => {
    const done: Line[] = [];
    let rendered = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const after = (['start', 'open', 'generation', 'open'] as const)[kill % 4] ?? 'start';
      const lines = await killedWorker(after, (kill * 379) % (after === 'start' ? 500 : 700));
      const exports = lines.filter((line) => line.done === 'export');
      if (exports.length > 0) {
        const onDisk = await renderedExports();
        for (const { file, pixels } of exports) expect(onDisk.get(file)).toBe(pixels);
      }
      rendered += exports.length;
      done.push(...lines);
    }
    // The kills left exports behind, and every start found the folder emptied.
    expect(rendered).toBeGreaterThan(10);
    for (const opened of done) if (opened.done === 'open') expect(opened.left).toEqual([]);
    const { router, health, assets } = await studio();
    expect(await renderedExports()).toEqual(new Map());
    expect((await router.call('system.info', undefined)).libraryNotices).toEqual([]);
    expect(await health.check({ hashFiles: true })).toMatchObject({ integrity: 'ok', problems: [], missingAssets: 0, corruptAssets: 0 });
    const generations = done.filter((line) => line.done === 'generation');
    expect(generations.length).toBeGreaterThan(10);
    for (const { id } of generations) {
      const { generation } = await router.call('history.get', { id: generationIdSchema.parse(id) });
      expect(generation.status).toBe('succeeded');
      for (const output of generation.outputs) expect(existsSync(assets.filePath(output.hash))).toBe(true);
    }
    for (const line of done) if (line.done === 'import') expect(assets.record(assetHashSchema.parse(line.hash))).not.toBeNull();
    const saved = done.filter((line) => line.done === 'clip');
    const lastSaved = saved.at(-1);
    const [clip] = await router.call('clips.list', {});
    expect(saved.length).toBeGreaterThan(10);
    // A kill between the save and its word leaves one save more than was told of.
    expect([lastSaved?.revision, (lastSaved?.revision ?? 0) + 1]).toContain(clip?.revision);
    if (clip?.revision === lastSaved?.revision) expect(clip?.state.score).toBe(lastSaved?.score);
    expect(existsSync(assets.filePath(assetHashSchema.parse(clip?.state.score)))).toBe(true);
    await router.call('jobs.cancelAll', undefined);
    while (!(await router.call('jobs.list', undefined)).jobs.every(isOver)) await new Promise((resolve) => setTimeout(resolve, 20));
    const stuck = await router.call('history.list', { filter: { statuses: ['running'] } });
    expect(stuck.total).toBe(0);
    const interrupted = await router.call('history.list', { filter: { statuses: ['interrupted'] } });
    expect(interrupted.total).toBeGreaterThan(0);
  });
});
