import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { liveCalls } from '../../../shared/contract/calls/live-calls.ts';
import type { RunResult } from '../../../shared/contract/inference.ts';
import { generationRequestSchema } from '../../../shared/domain/generation.ts';
import type { InferenceService, ResolvedPack } from '../service-types.ts';
import { createLiveRuns, type LiveRuns } from './live-runs.ts';

let folder: string;
let live: LiveRuns;
/** Seeds of the runs that were started, and what lets each go on. */
let started: { seed: number; inputs: Record<string, string>; finish: () => Promise<void> }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-live-'));
  started = [];
  const run: InferenceService['run'] = (job) =>
    new Promise<RunResult>((resolve) => {
      const finish = async (): Promise<void> => {
        const file = join(job.workFolder, 'image.png');
        await writeFile(file, String(job.request.seed));
        const size = { width: 2, height: 2 };
        const outputs = [{ role: 'image' as const, file, mediaType: 'image/png', size, bounds: { x: 0, y: 0, ...size } }];
        resolve({ outputs, backend: 'cpu', totalMs: 1, phasesMs: {}, notes: [], details: {}, failedBackends: [] });
      };
      started.push({ seed: job.request.seed, inputs: job.inputFiles, finish });
    });
  live = createLiveRuns({
    assets: { filePath: (hash) => `/full/${hash}`, requireAll: () => undefined },
    images: { thumbnail: (hash, side) => Promise.resolve(`/small/${String(side)}/${hash}`) },
    packs: { resolve: () => ({}) as ResolvedPack },
    inference: { run },
    folder: join(folder, 'live'),
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const image = 'b'.repeat(64);
function ask(seed: number, maxSidePx: 256 | null = null): Promise<{ pictures: { id: string }[] }> {
  const request = generationRequestSchema.parse({
    kind: 'upscale',
    projectId: null,
    packId: 'any',
    seed,
    backend: 'auto',
    placement: null,
    parentId: null,
    inputs: { image },
    params: {},
  });
  return Promise.resolve(live.handlers()['live.run'](liveCalls['live.run'].input.parse({ slot: 'upscale', request, maxSidePx })));
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

it('lets the run in progress finish and of those that wait starts only the newest', async () => {
  const first = ask(1);
  const second = ask(2);
  const third = ask(3);
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await settle();
  expect(started.map(({ seed }) => seed)).toEqual([1]);
  await started[0]!.finish();
  await first;
  await settle();
  expect(started.map(({ seed }) => seed)).toEqual([1, 3]);
  await started[1]!.finish();
  expect((await third).pictures).toHaveLength(1);
});

it('keeps the pictures of the last two runs and deletes older ones', async () => {
  const files: string[] = [];
  const ids: string[] = [];
  for (const seed of [1, 2, 3]) {
    const answer = ask(seed);
    await settle();
    await started.at(-1)!.finish();
    const id = (await answer).pictures[0]!.id;
    ids.push(id);
    files.push(live.get(id as never)!.file);
  }
  expect(ids.map((id) => live.get(id as never) !== null)).toEqual([false, true, true]);
  expect(files.map((file) => existsSync(file))).toEqual([false, true, true]);
});

it('gives the pipeline small pictures when asked to', async () => {
  void ask(1, 256);
  await settle();
  expect(started[0]!.inputs).toEqual({ image: `/small/256/${image}` });
});
