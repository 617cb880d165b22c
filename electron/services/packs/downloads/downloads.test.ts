import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lamaLikeGraph } from '../../../../models/testing/graphs.ts';
import { writeOnnx } from '../../../../models/testing/onnx-writer.ts';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { Download } from '../../../../shared/domain/download.ts';
import { startFakeHub, type FakeHub, type Faults } from './testing/fake-hub.ts';
import { filesUnder, scratchDownloads, type ScratchDownloads } from './testing/scratch-downloads.ts';

let hub: FakeHub;
let scratch: ScratchDownloads;

/** A graph with noise behind it, so that there is something to cut. */
const weights = (bytes: number, seed = 1): Uint8Array => {
  let state = seed;
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
};
const words = (text: string): Uint8Array => new TextEncoder().encode(text);
const withData = (name: string): Uint8Array =>
  writeOnnx({
    inputs: [{ name: 'image', type: 'float32', dims: [1, 3, 8, 8] }],
    outputs: [{ name: 'y', type: 'float32', dims: [1, 3, 8, 8] }],
    nodes: [{ op: 'Add', inputs: ['image', 'w'], outputs: ['y'] }],
    initializers: [{ name: 'w', dims: [1], values: new Float32Array(1), external: name }],
  });

const big = weights(200_000);

beforeEach(async () => {
  hub = await startFakeHub();
  scratch = await scratchDownloads(hub.url);
  hub.add('acme/tiny', {
    card: { license: 'mit' },
    files: {
      'README.md': { bytes: words('# Tiny') },
      LICENSE: { bytes: words('MIT License\n\nCopyright') },
      'model.onnx': { bytes: withData('model.onnx_data'), lfs: true },
      'model.onnx_data': { bytes: big, lfs: true },
      'pytorch_model.bin': { bytes: weights(50), lfs: true },
    },
  });
});
afterEach(async () => {
  await scratch.dispose();
  await hub.close();
});

/** Looks the repository up, lets things go wrong, then starts the likeliest variant. */
async function begin(repository: string, faults: Partial<Faults>): Promise<Download> {
  const plan = await scratch.plan(repository);
  Object.assign(hub.faults, faults);
  const variantId = plan.variants[0]?.id ?? '';
  return scratch.handlers()['downloads.start']({ repository, commit: plan.commit, variantId, licenceAccepted: false });
}

const dataRequests = (): (string | null)[] =>
  hub.seen.filter(({ path }) => path === `/store/${createHash('sha256').update(big).digest('hex')}`).map(({ range }) => range);

describe('a plan', () => {
  it('says what there is, how large, under which licence, and leaves other frameworks’ weights out', async () => {
    const plan = await scratch.plan('acme/tiny');
    expect(plan).toMatchObject({
      commit: hub.commitOf('acme/tiny'),
      licence: { name: 'mit', kind: 'permissive', text: expect.stringContaining('MIT License') as string },
      page: `${hub.url}/acme/tiny`,
    });
    expect(plan.variants).toHaveLength(1);
    expect(plan.variants[0]?.files.map(({ target }) => target).sort()).toEqual(['LICENSE', 'README.md', 'model.onnx', 'model.onnx_data']);
    expect(plan.variants[0]?.sizeBytes).toBe(big.byteLength + withData('model.onnx_data').byteLength + 6 + 22);
  });

  it.each([
    ['no such repository', 'acme/none', 'main', 'not-found', /has no "acme\/none"/],
    ['no such revision', 'acme/tiny', 'onnx', 'not-found', /no such branch/],
  ])('%s', async (_what, name, revision, code, message) => {
    await expect(scratch.plan(name, revision)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('says so when there are only PyTorch weights', async () => {
    hub.add('acme/torch', { files: { 'unet/model.safetensors': { bytes: weights(9), lfs: true } } });
    await expect(scratch.plan('acme/torch')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/PyTorch/) as string,
    });
  });

  it('says so when nobody listens, and when what listens is no hub', async () => {
    const { url } = hub;
    await hub.close();
    await expect(scratch.plan('acme/tiny')).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/refuses the connection/) as string,
    });
    hub = await startFakeHub();
    expect(url).not.toBe(hub.url);
  });
});

describe('a download', () => {
  it('brings every byte, checked, and hands it to the importer with what it is', async () => {
    const { id } = await scratch.start('acme/tiny');
    const done = await scratch.until(id, ['done', 'failed']);
    expect(done).toMatchObject({
      status: { state: 'done', packId: 'imported' },
      filesDone: 4,
      fileCount: 4,
      receivedBytes: done.sizeBytes,
    });
    const [{ finished, files }] = scratch.imported as [(typeof scratch.imported)[0]];
    expect(finished).toMatchObject({
      name: 'tiny',
      licence: 'mit',
      sourceName: expect.stringMatching(/^acme\/tiny@[0-9a-f]{12}$/) as string,
    });
    expect(files['model.onnx_data']?.equals(big)).toBe(true);
    expect(await readdir(join(scratch.folder, 'downloads'))).toEqual([]);
  });

  it('goes on after each cut from where it was', async () => {
    const { id } = await begin('acme/tiny', { cuts: 6, cutAfterBytes: 33_000 });
    expect((await scratch.until(id, ['done', 'failed'])).status.state).toBe('done');
    const ranges = dataRequests().filter((range) => range !== null);
    expect(ranges.length).toBeGreaterThanOrEqual(3);
    const starts = ranges.map((range) => Number(/\d+/.exec(range)?.[0]));
    expect([...starts].sort((a, b) => a - b)).toEqual(starts);
    expect(new Set(starts).size).toBe(starts.length);
    expect(scratch.imported[0]?.files['model.onnx_data']?.equals(big)).toBe(true);
  });

  it('starts a file again where ranges are ignored, and where another range comes than was asked for', async () => {
    Object.assign(hub.faults, { ignoreRanges: true, cuts: 2, cutAfterBytes: 60_000 });
    const first = await scratch.start('acme/tiny');
    expect((await scratch.until(first.id, ['done', 'failed'])).status.state).toBe('done');
    await scratch.handlers()['downloads.cancel']({ id: first.id });
    Object.assign(hub.faults, { ignoreRanges: false, cuts: 2, cutAfterBytes: 60_000, wrongRanges: 1 });
    const second = await scratch.start('acme/tiny');
    expect((await scratch.until(second.id, ['done', 'failed'])).status.state).toBe('done');
    for (const { files } of scratch.imported) expect(files['model.onnx_data']?.equals(big)).toBe(true);
  });

  it('refuses bytes with another hash, keeps nothing of them, and can be resumed', async () => {
    const { id } = await begin('acme/tiny', { corruptions: 1 });
    expect((await scratch.until(id, ['done', 'failed'])).status).toMatchObject({
      state: 'failed',
      error: { code: 'pack-invalid', message: expect.stringMatching(/hash/) as string },
    });
    expect(scratch.imported).toEqual([]);
    await scratch.reopen();
    expect((await scratch.handlers()['downloads.list'](undefined))[0]?.status).toMatchObject({ state: 'failed' });
    await scratch.handlers()['downloads.resume']({ id });
    expect((await scratch.until(id, ['done', 'failed'])).status.state).toBe('done');
  });

  it('stops at the announced size', async () => {
    hub.add('acme/none', { card: { license: 'mit' }, files: { 'model.onnx': { bytes: lamaLikeGraph(32) } } });
    const { id } = await begin('acme/none', { tooLong: true });
    expect((await scratch.until(id, ['done', 'failed'])).status).toMatchObject({
      error: { code: 'pack-invalid', message: expect.stringMatching(/more of model.onnx/) as string },
    });
  });

  it.each([
    ['asked to wait', { refusals: { status: 429, times: 2, retryAfterS: 0 } }],
    ['a fault of the hub', { refusals: { status: 503, times: 2 } }],
    ['silence', { silences: 1 }],
  ])('tries again after %s', async (_what, faults) => {
    const { id } = await begin('acme/tiny', faults);
    expect((await scratch.until(id, ['done', 'failed'])).status.state).toBe('done');
    expect(
      scratch.events.some(
        (event) =>
          event.type === 'download.changed' &&
          event.download.status.state === 'running' &&
          /^Trying again in/.test(event.download.status.note ?? ''),
      ),
    ).toBe(true);
  });

  it('gives up after some attempts, in words, and keeps what is there', async () => {
    const { id } = await begin('acme/tiny', { refusals: { status: 429, times: 99 } });
    expect((await scratch.until(id, ['done', 'failed'])).status).toMatchObject({
      error: { code: 'network', message: expect.stringMatching(/too many requests/) as string },
    });
  });

  it('checks the disk first', async () => {
    scratch.freeBytes = 10_000_000;
    const { id } = await scratch.start('acme/tiny');
    expect((await scratch.until(id, ['done', 'failed'])).status).toMatchObject({
      error: { code: 'disk-full', message: expect.stringMatching(/0\.0 GB left; 0\.3 GB/) as string },
    });
    expect(dataRequests()).toEqual([]);
  });

  it('fetches external data that only the graph names', async () => {
    hub.add('acme/odd', {
      card: { license: 'mit' },
      files: {
        'a/model.onnx': { bytes: withData('far.bin') },
        'a/far.bin': { bytes: weights(300), lfs: true },
        'b/other.onnx': { bytes: lamaLikeGraph(32) },
      },
    });
    const { id } = await scratch.start('acme/odd', { variantId: 'graph:a/model.onnx' });
    expect((await scratch.until(id, ['done', 'failed'])).status.state).toBe('done');
    expect(Object.keys(scratch.imported[0]?.files ?? {}).sort()).toEqual(['far.bin', 'model.onnx']);
  });

  it('keeps what has arrived when the import fails', async () => {
    scratch.importFails = new AppError('model-mismatch', 'Not of this kind.');
    const { id } = await scratch.start('acme/tiny');
    expect((await scratch.until(id, ['failed'])).status).toMatchObject({ error: { code: 'model-mismatch' } });
    const before = dataRequests().length;
    scratch.importFails = null;
    await scratch.handlers()['downloads.resume']({ id });
    await scratch.until(id, ['done']);
    expect(dataRequests()).toHaveLength(before);
  });
});

describe('pausing', () => {
  it('keeps what is there over a restart and goes on from it', async () => {
    hub.faults.pieceDelayMs = 15;
    const { id } = await scratch.start('acme/tiny');
    const part = join(scratch.folder, 'downloads', id, 'parts', 'model.onnx_data.part');
    await expect.poll(async () => (await stat(part).catch(() => null))?.size ?? 0, { timeout: 10_000 }).toBeGreaterThan(20_000);
    await scratch.handlers()['downloads.pause']({ id });
    await scratch.reopen();
    const [paused] = await scratch.handlers()['downloads.list'](undefined);
    expect(paused?.status).toMatchObject({ state: 'paused', reason: 'Kiln was closed meanwhile.' });
    expect(paused?.receivedBytes).toBeGreaterThan(20_000);
    const here = (await stat(part)).size;
    await scratch.handlers()['downloads.resume']({ id });
    await scratch.until(id, ['done']);
    expect(dataRequests().at(-1)).toBe(`bytes=${String(here)}-`);
    expect(scratch.imported[0]?.files['model.onnx_data']?.equals(big)).toBe(true);
  });

  it('takes one at a time, and cancelling leaves nothing and lets the next one go on', async () => {
    hub.add('acme/second', { card: { license: 'mit' }, files: { 'model.onnx': { bytes: lamaLikeGraph(48) } } });
    hub.faults.pieceDelayMs = 40;
    const first = await scratch.start('acme/tiny');
    await scratch.until(first.id, ['running']);
    const second = await scratch.start('acme/second');
    expect(second.status.state).toBe('queued');
    await scratch.handlers()['downloads.cancel']({ id: first.id });
    expect((await scratch.until(second.id, ['done'])).name).toBe('second');
    expect(await readdir(join(scratch.folder, 'downloads'))).toEqual([]);
    expect(scratch.events).toContainEqual({ type: 'download.removed', id: first.id });
    await expect(Promise.resolve(scratch.handlers()['downloads.list'](undefined))).resolves.toHaveLength(1);
  });

  it('stops at once when Kiln goes offline, and starts nothing then', async () => {
    hub.faults.pieceDelayMs = 40;
    const { id } = await scratch.start('acme/tiny');
    await scratch.until(id, ['running']);
    scratch.setNetwork('offline');
    expect((await scratch.until(id, ['paused'])).status).toMatchObject({ reason: 'Kiln went offline.' });
    const asked = hub.seen.length;
    await expect(scratch.plan('acme/tiny')).rejects.toMatchObject({ code: 'offline' });
    expect(() => scratch.handlers()['downloads.resume']({ id })).toThrow(/offline/);
    expect(hub.seen).toHaveLength(asked);
  });
});

describe('licences and gates', () => {
  it('wants a licence that is not permissive accepted', async () => {
    hub.add('acme/rail', { card: { license: 'creativeml-openrail-m' }, files: { 'model.onnx': { bytes: lamaLikeGraph(32) } } });
    await expect(scratch.start('acme/rail', { licenceAccepted: false })).rejects.toMatchObject({ code: 'licence-needed' });
    const { id } = await scratch.start('acme/rail');
    await scratch.until(id, ['done']);
    expect(scratch.imported[0]?.finished).toMatchObject({ licence: 'creativeml-openrail-m', licenceAccepted: true });
  });

  it('says what to do about a gated repository, and sends the token to the hub alone', async () => {
    hub.add('acme/gated', { gated: true, card: { license: 'mit' }, files: { 'model.onnx': { bytes: lamaLikeGraph(32), lfs: true } } });
    const { id } = await scratch.start('acme/gated');
    expect((await scratch.until(id, ['failed'])).status).toMatchObject({
      error: {
        code: 'unauthorised',
        message: expect.stringMatching(/gated/) as string,
        action: expect.stringMatching(/accept the conditions/) as string,
      },
    });
    scratch.token = hub.token;
    await scratch.handlers()['downloads.resume']({ id });
    await scratch.until(id, ['done']);
    const store = hub.seen.filter(({ path }) => path.startsWith('/store/'));
    expect(store.length).toBeGreaterThan(0);
    for (const { host, authorisation } of store)
      expect({ host: host.split(':')[0], authorisation }).toEqual({ host: 'localhost', authorisation: null });
    expect(hub.seen.some(({ path, authorisation }) => path.includes('/resolve/') && authorisation === `Bearer ${hub.token}`)).toBe(true);
  });

  it.each([
    ['an unencrypted address elsewhere', 'http://example.com/x', /not be encrypted/],
    ['a file', 'file:///etc/passwd', /does not connect/],
    ['an address with a password', 'https://a:b@example.com/x', /password/],
    ['itself, for ever', 'loop', /circles/],
  ])('does not follow a redirect to %s', async (_what, to, message) => {
    const { id } = await begin('acme/tiny', { redirectTo: to === 'loop' ? `${hub.url}/acme/tiny/resolve/main/model.onnx` : to });
    expect((await scratch.until(id, ['done', 'failed'])).status).toMatchObject({
      error: { code: 'network', message: expect.stringMatching(message) as string },
    });
  });

  it('refuses two names that one disk could not tell apart', async () => {
    hub.add('acme/twice', {
      card: { license: 'mit' },
      files: { 'kiln.json': { bytes: words('{}') }, 'A.onnx': { bytes: words('1') }, 'a.onnx': { bytes: words('2') } },
    });
    await expect(scratch.start('acme/twice')).rejects.toMatchObject({ code: 'pack-hostile' });
  });
});

it('leaves no file outside its folder', async () => {
  hub.add('acme/evil', {
    card: { license: 'mit' },
    files: {
      'model.onnx': { bytes: lamaLikeGraph(32) },
      '../../evil.onnx': { bytes: words('x') },
      '/etc/evil.onnx': { bytes: words('x') },
    },
  });
  const plan = await scratch.plan('acme/evil');
  expect(plan.variants.flatMap(({ files }) => files.map(({ target }) => target))).toEqual(['model.onnx']);
  const { id } = await scratch.start('acme/evil');
  await scratch.until(id, ['done']);
  expect(Object.keys(await filesUnder(scratch.folder))).toEqual([]);
});
