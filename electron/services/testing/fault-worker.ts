/**
 * Works on a library until it is killed: imports, generations, exports. Says on stdout what it was told is done, so that the
 * checker can hold the library to it. `node fault-worker.ts DATA_FOLDER`.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTestStudio } from './studio-host.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('Name a data folder.');
const { studio } = await openTestStudio(folder);
// Before anything works: what a killed worker left here must be gone.
const left = ['transfers', 'temporary'].flatMap((name) => readdirSync(join(folder, 'library', name)));
const say = (line: object): void => writeFileSync(1, `${JSON.stringify(line)}\n`);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

studio.events.subscribe((event) => {
  if (event.type === 'job.changed' && event.job.status.state === 'succeeded') say({ done: 'generation', id: event.job.generationId });
});
// What the last worker left interrupted goes on.
for (const job of (await studio.router.call('jobs.list', undefined)).jobs) {
  if (job.status.state === 'interrupted') await studio.router.call('jobs.retry', { id: job.id });
}
say({ done: 'open', left });

const side = 96;
for (;;) {
  const pixels = randomBytes(side * side * 4);
  const image = await studio.images.storePixels(pixels, { width: side, height: side }, 4);
  say({ done: 'import', hash: image.hash });
  const hole = new Uint8Array(side * side);
  for (let y = 30; y < 50; y += 1) hole.fill(255, y * side + 30, y * side + 50);
  const mask = await studio.images.storePixels(hole, { width: side, height: side }, 1);
  const { jobs } = await studio.router.call('jobs.enqueue', {
    requests: [
      {
        kind: 'inpaint',
        projectId: null,
        packId: studio.packs.defaultPackId('inpaint'),
        seed: 0,
        backend: 'cpu',
        placement: null,
        parentId: null,
        inputs: { image: image.hash, mask: mask.hash },
        params: {},
      },
    ],
  });
  const score = {
    tempos: [{ tick: 0, bpm: 96 }],
    metres: [{ tick: 0, numerator: 4, denominator: 4 }],
    keys: [],
    tracks: [],
    lengthTicks: 1920,
  };
  const text = JSON.stringify({ ...score, title: randomBytes(8).toString('hex') });
  const uploaded = await studio.handleRequest(new Request('http://127.0.0.1/upload?purpose=score', { method: 'POST', body: text }));
  const state = { score: ((await uploaded.json()) as { score: string }).score };
  const [known] = await studio.router.call('clips.list', {});
  const clip =
    known === undefined
      ? await studio.router.call('clips.create', { name: 'Fault', state })
      : await studio.router.call('clips.save', { id: known.id, baseRevision: known.revision, state });
  say({ done: 'clip', id: clip.id, revision: clip.revision, score: state.score });
  const { files } = await studio.router.call('export.render', { items: [{ name: 'fault', image: image.hash }], format: 'png' });
  const exported = await studio.handleRequest(new Request(`http://127.0.0.1/export/${files[0]?.exportId ?? ''}`));
  say({ done: 'export', file: sha256(await exported.bytes()), pixels: sha256(pixels) });
  const id = jobs[0]?.id;
  while (
    (await studio.router.call('jobs.list', undefined)).jobs.some((job) => job.id === id && ['queued', 'running'].includes(job.status.state))
  ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
