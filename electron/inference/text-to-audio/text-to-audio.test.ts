import { createHash } from 'node:crypto';
import dns from 'node:dns';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { installedAudioPack } from '../../../models/testing/audio-packs/manifests.ts';
import { audioPackNames, type AudioPackName } from '../../../models/testing/audio-packs/packs.ts';
import { kokoroSamplesPerSymbol, vitsSamplesPerSymbol } from '../../../models/testing/audio-packs/speech.ts';
import { writeFiles } from '../../../models/testing/audio-packs/write-packs.ts';
import { pipelines } from '../../../models/registry.ts';
import type { PackOnDisk, RunResult } from '../../../shared/contract/inference.ts';
import type { Backend } from '../../../shared/domain/backend.ts';
import { audioParamsSchema } from '../../../shared/pipelines/audio.ts';
import { runJob, type RunEvents } from '../run-job.ts';
import { runtimeFor } from '../runtimes/runtimes.ts';
import { SessionCache } from '../session-cache.ts';

vi.setConfig({ testTimeout: 180_000 });

const sessions = new SessionCache(runtimeFor);
let folder: string;
const packs = new Map<AudioPackName, PackOnDisk>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-text-to-audio-'));
  for (const name of audioPackNames) {
    const { manifest, files } = installedAudioPack(name);
    writeFiles(join(folder, name), files);
    packs.set(name, { folder: join(folder, name), manifest, packHash: name });
  }
});
afterEach(() => void vi.restoreAllMocks());
afterAll(async () => {
  await sessions.releaseIdle();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  seed?: number;
  backends?: Backend[];
  signal?: AbortSignal;
  progress?: RunEvents['progress'];
  pack?: PackOnDisk;
}

async function run(
  name: AudioPackName,
  params: object,
  { seed = 1, backends = ['cpu'], signal, progress, pack }: Asked = {},
): Promise<RunResult> {
  const workFolder = await mkdtemp(join(folder, 'work-'));
  const own = pack ?? packs.get(name);
  if (own === undefined) throw new Error(`There is no tiny pack ${name}.`);
  return runJob(
    {
      type: 'run',
      runId: 'one',
      request: {
        kind: 'audio',
        projectId: null,
        packId: own.manifest.id,
        seed,
        backend: 'auto',
        placement: null,
        parentId: null,
        title: '',
        inputs: {},
        params: audioParamsSchema.parse({ text: 'Good morning.', seconds: 0.5, ...params }),
      },
      inputFiles: {},
      pack: own,
      addOns: [],
      resumeFile: null,
      backends,
      workFolder,
      sessionMemoryBytes: 1e9,
    },
    pipelines,
    sessions,
    signal ?? new AbortController().signal,
    { progress: progress ?? (() => undefined), preview: () => undefined },
  );
}

/** Of a 24-bit WAV file. */
async function soundOf({ outputs }: RunResult): Promise<{ sampleRate: number; channels: number; frames: number; hash: string }> {
  const found = outputs.find(({ role }) => role === 'audio');
  const bytes = await readFile(found?.file ?? '');
  expect(bytes.toString('latin1', 0, 4)).toBe('RIFF');
  const channels = bytes.readUInt16LE(22);
  return {
    sampleRate: bytes.readUInt32LE(24),
    channels,
    frames: bytes.readUInt32LE(64) / 3 / channels,
    hash: createHash('sha256').update(bytes).digest('hex'),
  };
}

describe('every kind of model', () => {
  it.each(audioPackNames)('%s makes a sound and its picture, at its own rate, and the same again for the same seed', async (name) => {
    const steps: [number, number, number][] = [];
    const first = await run(name, {}, { progress: (_phase, step, of, fraction) => void steps.push([step, of, fraction]) });
    expect(first.outputs.map(({ role, mediaType }) => [role, mediaType])).toEqual([
      ['audio', 'audio/wav'],
      ['image', 'image/png'],
    ]);
    const { convention } = packs.get(name)?.manifest ?? {};
    const sound = await soundOf(first);
    expect(sound).toMatchObject({ sampleRate: convention?.task === 'audio' ? convention.sampleRate : 0, channels: 1 });
    expect(sound.frames).toBeGreaterThan(1000);
    expect(first.details).toMatchObject({ sampleRate: sound.sampleRate, seconds: sound.frames / sound.sampleRate });
    expect((await soundOf(await run(name, {}))).hash).toBe(sound.hash);
    // Kokoro's tiny graph draws no chance; all the others do.
    if (name !== 'kokoro') expect((await soundOf(await run(name, {}, { seed: 2 }))).hash).not.toBe(sound.hash);
    const fractions = steps.map(([, , fraction]) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(steps.every(([step, of]) => step <= of)).toBe(true);
  });

  it('opens no connection and touches nothing but the pack’s files', async () => {
    const spies = [
      vi.spyOn(net.Socket.prototype, 'connect'),
      vi.spyOn(net, 'connect'),
      vi.spyOn(tls, 'connect'),
      vi.spyOn(http, 'request'),
      vi.spyOn(https, 'request'),
      vi.spyOn(dns, 'lookup'),
      vi.spyOn(globalThis, 'fetch'),
    ];
    for (const name of audioPackNames) await run(name, {});
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    for (const name of audioPackNames) {
      const found = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
      const listed = packs.get(name)?.manifest.files.length;
      expect(found.filter((entry) => entry.isFile())).toHaveLength(listed ?? -1);
    }
  });

  it('leaves no copies of graphs in the work folder', async () => {
    const { outputs } = await run('vits', {});
    const work = join(outputs[0]?.file ?? '', '..');
    expect((await readdir(work)).filter((name) => name.startsWith('seeded-'))).toEqual([]);
  });

  it('runs on WebAssembly too, and the next backend is taken when one cannot', async () => {
    const result = await run('supertonic', {}, { backends: ['wasm'] });
    expect(result.backend).toBe('wasm');
    const graphless = packs.get('vits');
    if (graphless === undefined) throw new Error('no pack');
    const broken = await mkdtemp(join(folder, 'broken-'));
    writeFiles(broken, { ...installedAudioPack('vits').files, 'onnx/model.onnx': new Uint8Array(100) });
    await expect(
      run('vits', {}, { pack: { ...graphless, folder: broken, packHash: 'broken' }, backends: ['cpu', 'wasm'] }),
    ).rejects.toMatchObject({
      code: 'backend-unavailable',
    });
  });
});

describe('MusicGen', () => {
  it('makes exactly the seconds that are asked for, a step a frame', async () => {
    const steps: number[] = [];
    const result = await run(
      'musicgen',
      { seconds: 1.3 },
      {
        progress: (phase, step) => {
          if (phase === 'run') steps.push(step);
        },
      },
    );
    expect((await soundOf(result)).frames).toBe(1.3 * 32_000);
    // 65 frames of 640 samples, three steps of delay, and the decoder of the codec.
    expect(steps).toEqual(Array.from({ length: 65 + 3 + 1 }, (_, index) => index + 1));
  });

  it('says when it can make less than was asked for', async () => {
    const own = packs.get('musicgen');
    if (own?.manifest.convention.task !== 'audio') throw new Error('no pack');
    const short = { ...own, manifest: { ...own.manifest, convention: { ...own.manifest.convention, longestSeconds: 0.6 } } };
    const result = await run('musicgen', { seconds: 20 }, { pack: short });
    expect((await soundOf(result)).frames).toBe(0.6 * 32_000);
    expect(result.notes).toEqual([expect.stringMatching(/0\.6 seconds at most/)]);
  });

  it('follows guidance, temperature and top-k', async () => {
    const hashes = [];
    for (const params of [{}, { guidanceScale: 1 }, { temperature: 0.2 }, { topK: 2 }, { topK: 0 }])
      hashes.push((await soundOf(await run('musicgen', params))).hash);
    // 64 codes: the 250 likeliest are all of them, as 0 is.
    expect(new Set(hashes).size).toBe(4);
    expect(hashes[4]).toBe(hashes[0]);
  });

  it('is cancelled between two tokens, and runs again afterwards', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const cancelled = run(
      'musicgen',
      { seconds: 20 },
      {
        signal: controller.signal,
        progress: (phase, step) => {
          if (phase !== 'run') return;
          seen.push(step);
          if (step === 5) controller.abort();
        },
      },
    );
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(Math.max(...seen)).toBeLessThanOrEqual(6);
    expect((await soundOf(await run('musicgen', {}))).frames).toBe(16_000);
  });

  it('refuses a description beyond what its encoder reads', async () => {
    await expect(run('musicgen', { text: 'la '.repeat(600) })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/the model reads 512/) as string,
    });
  });
});

describe('speech', () => {
  it('is as long as its words: VITS has a blank about every letter', async () => {
    const { frames } = await soundOf(await run('vits', { text: 'good', normalise: false }));
    expect(frames).toBe((2 * 4 + 1) * vitsSamplesPerSymbol);
  });

  it('goes sentence by sentence, with rests, and is cancelled between them', async () => {
    const { frames } = await soundOf(await run('vits', { text: 'Good. Good.' }));
    expect(frames).toBe(2 * 9 * vitsSamplesPerSymbol + 0.2 * 16_000);
    const controller = new AbortController();
    const cancelled = run(
      'vits',
      { text: 'One is here. Two is here. Three is here.' },
      {
        signal: controller.signal,
        progress: (phase) => {
          if (phase === 'run') controller.abort();
        },
      },
    );
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('reads thousands of letters', async () => {
    const { frames } = await soundOf(await run('kokoro', { text: 'the quick brown fox jumps over the lazy dog '.repeat(100) }));
    expect(frames / 24_000).toBeGreaterThan(60);
  });

  it('turns English into phonemes, takes phonemes as they are, and obeys speed and voice', async () => {
    const plain = await run('kokoro', { text: 'hello', normalise: false });
    // "$həlˈO$"
    expect((await soundOf(plain)).frames).toBe(7 * kokoroSamplesPerSymbol);
    const written = await run('kokoro', { text: '/həlˈO/', normalise: false });
    expect((await soundOf(written)).hash).toBe((await soundOf(plain)).hash);
    expect((await soundOf(await run('kokoro', { text: 'hello', speed: 2 }))).frames).toBe(3 * kokoroSamplesPerSymbol);
    expect((await soundOf(await run('kokoro', { text: 'hello', voice: 'bm_george', normalise: false }))).hash).not.toBe(
      (await soundOf(plain)).hash,
    );
    expect((await run('kokoro', { text: 'blorped' })).notes).toEqual([expect.stringMatching(/guessed from their spelling: blorped\./)]);
  });

  it('says which voices there are when one is unknown', async () => {
    await expect(run('kokoro', { voice: 'xx_nobody' })).rejects.toMatchObject({
      code: 'invalid-request',
      action: 'Choose one of af_heart, bm_george.',
    });
  });

  it('refuses languages that it has no phonemes for', async () => {
    const own = packs.get('kokoro');
    if (own?.manifest.convention.task !== 'audio') throw new Error('no pack');
    const french = { ...own, manifest: { ...own.manifest, convention: { ...own.manifest.convention, voices: ['ff_siwis'] } } };
    await expect(run('kokoro', { text: 'Bonjour' }, { pack: french })).rejects.toMatchObject({ code: 'pack-invalid' });
    const withVoice = await mkdtemp(join(folder, 'french-'));
    const { files } = installedAudioPack('kokoro');
    writeFiles(withVoice, { ...files, 'voices/ff_siwis.bin': files['voices/af_heart.bin'] ?? new Uint8Array() });
    const manifest = {
      ...french.manifest,
      files: [...french.manifest.files, { path: 'voices/ff_siwis.bin', sha256: 'a'.repeat(64), sizeBytes: 1 }],
    };
    const asked = { pack: { folder: withVoice, manifest, packHash: 'french' } };
    await expect(run('kokoro', { text: 'Bonjour' }, asked)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/speaks French/) as string,
    });
    expect((await soundOf(await run('kokoro', { text: '/bˈɔ/' }, asked))).frames).toBeGreaterThan(0);
  });

  it('refuses text without a letter it knows, a voice that is none, and words without end', async () => {
    await expect(run('vits', { text: 'Доброе утро' })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(run('kokoro', { text: `/${'ə'.repeat(900)}/` })).rejects.toMatchObject({ code: 'invalid-request' });
    const own = packs.get('speecht5');
    if (own === undefined) throw new Error('no pack');
    const damaged = await mkdtemp(join(folder, 'damaged-'));
    writeFiles(damaged, installedAudioPack('speecht5').files);
    await writeFile(join(damaged, 'voices/speaker_embeddings.bin'), new Uint8Array(2048).fill(0xff));
    await expect(run('speecht5', {}, { pack: { ...own, folder: damaged, packHash: 'damaged' } })).rejects.toMatchObject({
      code: 'pack-invalid',
    });
  });

  it('says that a pace cannot be changed, where it cannot', async () => {
    expect((await run('vits', { speed: 1.5 })).notes).toEqual([expect.stringMatching(/pace of this voice is fixed/)]);
    const usual = (await soundOf(await run('supertonic', { normalise: false }))).frames;
    expect((await soundOf(await run('supertonic', { speed: 2, normalise: false }))).frames).toBeLessThan(usual * 0.55);
  });
});
