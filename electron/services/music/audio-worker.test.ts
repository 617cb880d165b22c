import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinySoundFont } from '../../../models/audio/testing/tiny-soundfont.ts';
import { scoreText } from '../../../shared/music/score-json.ts';
import { smallScore } from '../../audio/testing/sounds.ts';
import { silentLog } from '../testing/scratch-library.ts';
import { createAudioWorker, type AudioRequest, type AudioWorker } from './audio-worker.ts';
import { audioWorkerEntry } from './testing/music-studio.ts';

let folder: string;
let worker: AudioWorker;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-audio-worker-'));
  worker = createAudioWorker({ entry: audioWorkerEntry, log: silentLog });
});
afterEach(async () => {
  await worker.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function renderRequest(bars = 2): Promise<Extract<AudioRequest, { type: 'export' }>> {
  const score = join(folder, 'score.json');
  await writeFile(score, scoreText(smallScore({ lengthTicks: 1920 * bars })));
  return {
    type: 'export',
    source: { kind: 'score', file: score, soundFont: null },
    format: { kind: 'wav', depth: 16, sampleRate: 44_100 },
    normalise: true,
    output: { kind: 'mix', file: join(folder, 'out.wav'), tags: null },
    scratchFolder: folder,
  };
}

async function font(name: string): Promise<AudioRequest> {
  const file = join(folder, name);
  await writeFile(file, tinySoundFont());
  return { type: 'inspect-sound-font', file };
}

describe('the audio worker', () => {
  it('answers several requests at once, each with its own, and tells of progress', { timeout: 120_000 }, async () => {
    const told: number[] = [];
    const [rendered, inspected, missing] = await Promise.allSettled([
      worker.request(await renderRequest(), 'exported', { onProgress: (fraction) => void told.push(fraction) }),
      worker.request(await font('a.sf2'), 'sound-font'),
      worker.request({ type: 'inspect-sound-font', file: join(folder, 'none.sf2') }, 'sound-font'),
    ]);
    expect(rendered).toMatchObject({
      status: 'fulfilled',
      value: { type: 'exported', notes: [], files: [{ seconds: expect.any(Number) as number }] },
    });
    expect(inspected).toMatchObject({ status: 'fulfilled', value: { name: 'Tiny', presets: 2 } });
    expect(missing).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.length).toBeGreaterThan(1);
  });

  it('stops a render when it is cancelled, and leaves nothing of it', { timeout: 120_000 }, async () => {
    const controller = new AbortController();
    const request = await renderRequest(400);
    const work = worker.request(request, 'exported', {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(join(folder, 'out.wav'))).toBe(false);
    await expect(worker.request(request, 'exported', { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    // It is well and works on.
    expect(await worker.request(await font('b.sf2'), 'sound-font')).toMatchObject({ presets: 2 });
  });

  it('is ended when it is idle, and started again for the next request', { timeout: 120_000 }, async () => {
    const idle = createAudioWorker({ entry: audioWorkerEntry, log: silentLog, idleMs: 1 });
    expect(await idle.request(await font('c.sf2'), 'sound-font')).toMatchObject({ presets: 2 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await idle.request(await font('d.sf2'), 'sound-font')).toMatchObject({ presets: 2 });
    await idle.dispose();
    await expect(idle.request(await font('e.sf2'), 'sound-font')).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('fails what is open when it dies, and begins anew', { timeout: 120_000 }, async () => {
    const entry = join(folder, 'dies.mjs');
    await writeFile(
      entry,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ runId, file }) => {
         if (file === 'good') parentPort.postMessage({ type: 'sound-font', runId, name: 'x', presets: 1 });
         else if (file === 'odd') { parentPort.postMessage({ what: 'is this' }); parentPort.postMessage({ type: 'music-read', runId, title: '', seed: null, pack: null, bars: 1, notes: 1, tracks: 1, remarks: [] }); }
         else throw new Error('on purpose');
       });`,
    );
    const frail = createAudioWorker({ entry, log: silentLog });
    const ask = (file: string): Promise<unknown> => frail.request({ type: 'inspect-sound-font', file }, 'sound-font');
    await expect(ask('bad')).rejects.toMatchObject({ code: 'internal', action: 'Try again.' });
    expect(await ask('good')).toMatchObject({ name: 'x' });
    await expect(ask('odd')).rejects.toMatchObject({ code: 'internal' });
    const open = ask('never answered while it closes').catch((error: unknown) => error);
    await frail.dispose();
    expect(await open).toMatchObject({ name: 'AppError' });
    const missing = createAudioWorker({ entry: join(folder, 'none.mjs'), log: silentLog });
    await expect(missing.request({ type: 'inspect-sound-font', file: 'x' }, 'sound-font')).rejects.toMatchObject({ code: 'internal' });
    await missing.dispose();
  });
});
