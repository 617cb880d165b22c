import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GraphCache, graphKey } from './graph-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-graph-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const writing = (bytes: number, notes: string[] = []) =>
  vi.fn(async (file: string) => {
    await writeFile(file, new Uint8Array(bytes));
    return { changed: true, notes };
  });

describe('copies of changed graphs', () => {
  it('are made once and found again, notes and all, by another process too', async () => {
    const make = writing(10, ['38 of 40 parts fit']);
    const first = await new GraphCache(folder).get('a', make);
    const again = await new GraphCache(folder).get('a', make);
    expect(again).toEqual(first);
    expect(first).toEqual({ file: join(folder, 'a', 'model.onnx'), notes: ['38 of 40 parts fit'] });
    expect(make).toHaveBeenCalledOnce();
  });

  it('remember that a graph stays as it is', async () => {
    const make = vi.fn(() => Promise.resolve({ changed: false, notes: [] }));
    const cache = new GraphCache(folder);
    expect(await cache.get('a', make)).toEqual({ file: null, notes: [] });
    expect(await cache.get('a', make)).toEqual({ file: null, notes: [] });
    expect(make).toHaveBeenCalledOnce();
  });

  it('leave nothing when making fails, and clear what a kill left', async () => {
    const left = join(folder, '.part-killed');
    await mkdir(left);
    await writeFile(join(left, 'model.onnx'), 'half');
    await mkdir(join(folder, 'halved'));
    const cache = new GraphCache(folder);
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual(['halved']);
    expect((await cache.get('halved', writing(5))).file).not.toBeNull();
  });

  it('go when all are too large together, the least recently used first', async () => {
    const cache = new GraphCache(folder, 1000);
    await cache.get('a', writing(400));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await cache.get('b', writing(400));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await cache.get('a', writing(400));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await cache.get('c', writing(400));
    expect((await readdir(folder)).sort()).toEqual(['a', 'c']);
  });

  it('have keys that differ with every part of a change', () => {
    const base = { pack: 'p', loras: [['l', 0.5]] };
    expect(graphKey(base)).toBe(graphKey({ ...base }));
    expect(graphKey({ ...base, loras: [['l', 0.6]] })).not.toBe(graphKey(base));
  });
});
