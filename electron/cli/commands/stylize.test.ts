import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastStyleLikeGraph } from '../../../models/testing/style-graphs.ts';
import { openTestStudio, type TestStudio } from '../../services/testing/studio-host.ts';
import type { CommandContext } from '../command.ts';
import { stylize, styleOf } from './stylize.ts';

let data: string;
let photo: string;
let open: TestStudio;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-cli-style-'));
  open = await openTestStudio(data);
  photo = join(data, 'photo.png');
  const pixels = Uint8Array.from({ length: 64 * 48 * 3 }, (_, index) => (index * 37) % 256);
  await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
    .png()
    .toFile(photo);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});

async function run(positionals: string[], flags: CommandContext['flags']): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const output = {
    json: true,
    result: (_: string, line: object) => void lines.push({ ...line }),
    progress: () => undefined,
    remark: () => undefined,
  };
  await stylize.run({ studio: open.studio, output, positionals, flags, signal: new AbortController().signal });
  return lines;
}

describe('styles on the command line', () => {
  it('are files or gallery names, with or without weights', async () => {
    expect(styleOf('van-gogh-starry-night').file).toMatch(/van-gogh-starry-night\.jpg$/);
    expect(styleOf('scream:0.25')).toMatchObject({ file: expect.stringMatching(/munch-the-scream\.jpg$/) as string, weight: 0.25 });
    expect(styleOf('The Night Cafe').file).toMatch(/night-cafe/);
    expect(styleOf(`${photo}:0.5`)).toEqual({ file: photo, weight: 0.5 });
    const odd = join(data, 'a:1');
    await writeFile(odd, '');
    expect(styleOf(odd)).toEqual({ file: odd, weight: 1 });
    expect(() => styleOf('van-gogh')).toThrow(/could be van-gogh/);
    expect(() => styleOf('nobody')).toThrow(/no gallery style/);
    expect(() => styleOf('scream:7')).toThrow(/between 0 and 1/);
  });
});

describe('kiln stylize', () => {
  it('paints with two styles, leaves what the mask leaves, and keeps the run', { timeout: 120_000 }, async () => {
    const mask = join(data, 'mask.png');
    const half = Uint8Array.from({ length: 64 * 48 }, (_, index) => (index % 64 < 32 ? 255 : 0));
    await sharp(half, { raw: { width: 64, height: 48, channels: 1 } })
      .png()
      .toFile(mask);
    const out = join(data, 'out.png');
    const flags = {
      style: ['starry-night', 'scream:0.5'].map((name) => (name === 'starry-night' ? 'van-gogh-starry-night' : name)),
      mask,
      out,
    };
    const [line] = await run([photo], { ...flags, strength: '0.9', backend: 'cpu' });
    expect(line).toMatchObject({ type: 'result', out, pack: 'kiln-style', size: { width: 64, height: 48 } });
    const pixels = async (file: string): Promise<Buffer> =>
      sharp(await readFile(file))
        .removeAlpha()
        .raw()
        .toBuffer();
    const [before, after] = [await pixels(photo), await pixels(out)];
    let changed = 0;
    for (let index = 0; index < before.length; index += 1) {
      if (Math.floor(index / 3) % 64 >= 32) expect(after[index]).toBe(before[index]);
      else if (after[index] !== before[index]) changed += 1;
    }
    expect(changed).toBeGreaterThan(2000);
    const generation = open.studio.generations.get(line?.['generationId'] as never);
    expect(generation?.request).toMatchObject({ kind: 'stylize', params: { strength: 0.9, weight1: 1, weight2: 0.5 } });
  });

  it('needs a style, unless the pack is one', { timeout: 120_000 }, async () => {
    await expect(run([photo], {})).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(run([photo], { style: ['scream', 'udnie', 'cottages', 'olive'] })).rejects.toThrow(/at most 3/);
    await expect(run([photo], { style: ['scream'], strength: '2' })).rejects.toThrow(/between 0 and 1/);
    const graph = join(data, 'candy.onnx');
    await writeFile(graph, fastStyleLikeGraph(null));
    const pack = await open.studio.router.call('packs.import', { from: { kind: 'path', path: graph }, licence: 'MIT' });
    const out = join(data, 'candy.png');
    const [line] = await run([photo], { pack: pack.manifest.id, out, backend: 'cpu' });
    expect(line).toMatchObject({ type: 'result', pack: pack.manifest.id });
  });
});
