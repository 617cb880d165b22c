import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generationSchema } from '../../shared/domain/generation.ts';
import type { StudioCore } from '../services/create-services.ts';
import { writePictureFile } from './picture-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-files-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const hash = 'a'.repeat(64);
const made = (kind: 'diffusion' | 'upscale') =>
  generationSchema.parse({
    id: '01M889E2QEJ5JRGX2AWRAR9D6Q',
    jobId: null,
    batchId: null,
    request: {
      kind,
      projectId: null,
      packId: 'x',
      seed: 1,
      backend: 'auto',
      placement: null,
      parentId: null,
      inputs: kind === 'upscale' ? { image: 'b'.repeat(64) } : {},
      params: kind === 'upscale' ? {} : { prompt: 'red' },
    },
    pack: { id: 'x', name: 'X', version: '1.0.0', packHash: hash },
    backend: 'cpu',
    status: 'succeeded',
    error: null,
    outputs: [{ role: 'image', hash, bounds: { x: 0, y: 0, width: 4, height: 3 } }],
    size: { width: 4, height: 3 },
    timings: null,
    notes: [],
    details: {},
    favourite: false,
    rating: 0,
    tags: [],
    createdAtMs: 1,
    finishedAtMs: 2,
    trashedAtMs: null,
  });

describe('files that commands write', () => {
  it.each([
    ['diffusion', 'trainedAlgorithmicMedia'],
    ['upscale', 'algorithmicallyEnhanced'],
  ] as const)('say of a result of the kind %s that it is %s', async (kind, word) => {
    const source = join(folder, 'source.png');
    await sharp({ create: { width: 4, height: 3, channels: 3, background: '#a86' } })
      .png()
      .toFile(source);
    const generation = made(kind);
    const studio = { generations: { get: () => generation }, assets: { filePath: () => source } } as unknown as StudioCore;
    const out = join(folder, kind, 'out.png');
    await writePictureFile(studio, generation, out, true);
    const { xmp } = await sharp(out).metadata();
    expect(xmp?.toString('utf8')).toContain(`digitalsourcetype/${word}"`);
  });
});
