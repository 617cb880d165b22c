import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../shared/contract/errors.ts';
import { openTestStudio, type TestStudio } from '../services/testing/studio-host.ts';
import { batchOf } from './batch.ts';
import type { CommandContext } from './command.ts';
import { upscale } from './commands/upscale.ts';
import { parameterHelp, parametersOf } from './parameters.ts';
import { upscaleParameters } from '../../shared/pipelines/upscale.ts';

let data: string;
let folder: string;
let open: TestStudio;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-cli-'));
  open = await openTestStudio(data);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(data, 'pictures-'));
  const pixels = await sharp({ create: { width: 20, height: 12, channels: 3, background: '#a86' } })
    .png()
    .toBuffer();
  await writeFile(join(folder, 'a.png'), pixels);
  await writeFile(join(folder, 'b.PNG'), pixels);
  await mkdir(join(folder, 'inside'));
  await writeFile(join(folder, 'inside', 'a.png'), pixels);
  await writeFile(join(folder, 'notes.txt'), 'no picture');
});

interface Recorded extends CommandContext {
  lines: { type?: string }[];
}

function contextOf(positionals: string[], flags: CommandContext['flags'] = {}, signal = new AbortController().signal): Recorded {
  const lines: { type?: string }[] = [];
  const output = {
    json: true,
    result: (_: string, line: object) => void lines.push(line),
    progress: () => undefined,
    remark: () => undefined,
  };
  return { studio: open.studio, output, positionals, flags, signal, lines };
}

const typesOf = (context: Recorded): (string | undefined)[] => context.lines.map(({ type }) => type);

describe('which pictures a command works on', () => {
  const outs = async (...given: Parameters<typeof contextOf>): Promise<string[]> =>
    (await batchOf(contextOf(...given), 'upscaled', 'usage')).items.map(({ out }) => out);

  it('takes files and folders, and names results beside them or in --out', async () => {
    expect(await outs([join(folder, 'a.png')])).toEqual([join(folder, 'a-upscaled.png')]);
    expect(await outs([join(folder, 'a.png')], { out: join(folder, 'x.webp') })).toEqual([join(folder, 'x.webp')]);
    expect(await outs([join(folder, 'a.png')], { out: join(folder, 'new') })).toEqual([join(folder, 'new', 'a-upscaled.png')]);
    await writeFile(join(folder, 'old-upscaled.png'), 'an earlier result');
    expect((await outs([folder])).map((path) => basename(path))).toEqual(['a-upscaled.png', 'b-upscaled.png']);
    expect(await outs([folder, join(folder, 'inside')], { out: join(folder, 'o') })).toEqual(
      ['a-upscaled.png', 'b-upscaled.png', 'a-upscaled-2.png'].map((name) => join(folder, 'o', name)),
    );
  });

  it('says what is missing or wrong', async () => {
    await expect(outs([])).rejects.toThrow('at least one picture');
    await mkdir(join(folder, 'empty'));
    await expect(outs([join(folder, 'empty')])).rejects.toThrow('no pictures');
    await expect(outs([folder], { out: 'one.png' })).rejects.toThrow('several pictures');
    await expect(outs([join(folder, 'a.png')], { out: join(folder, 'x.psd') })).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('parameters as flags', () => {
  it('are read, checked and explained', () => {
    expect(parametersOf(contextOf([], { factor: '3', 'tile-size': '64' }), upscaleParameters)).toEqual({ factor: 3, tileSize: 64 });
    expect(() => parametersOf(contextOf([], { factor: '99' }), upscaleParameters)).toThrow('--factor lies between 1 and 16');
    expect(() => parametersOf(contextOf([], { factor: 'big' }), upscaleParameters)).toThrow('needs a number');
    expect(parameterHelp(upscaleParameters)).toContain('--tile-size');
  });
});

describe('kiln upscale', () => {
  it('goes on after a failure, leaves no unfinished file, and resumes', { timeout: 120_000 }, async () => {
    await writeFile(join(folder, 'broken.jpg'), 'no picture');
    const out = join(folder, 'out');
    const first = contextOf([folder], { out, factor: '2', sharpness: '0' });
    await expect(upscale.run(first)).rejects.toThrow('1 of 3 pictures failed');
    expect(typesOf(first)).toEqual(['result', 'result', 'failed', 'summary']);
    expect(first.lines.at(-1)).toMatchObject({ made: 2, skipped: 0, failed: 1, left: 0 });
    expect((await readdir(out)).toSorted()).toEqual(['a-upscaled.png', 'b-upscaled.png']);
    expect(await sharp(join(out, 'a-upscaled.png')).metadata()).toMatchObject({ width: 40, height: 24 });

    await rm(join(folder, 'broken.jpg'));
    await utimes(join(out, 'b-upscaled.png'), 1, 1);
    const again = contextOf([folder], { out, factor: '2', sharpness: '0', resume: true });
    await upscale.run(again);
    expect(typesOf(again)).toEqual(['skipped', 'result', 'summary']);
  });

  it('stops when it is told to, and says so', async () => {
    const controller = new AbortController();
    controller.abort();
    const context = contextOf([folder], { out: join(folder, 'out') }, controller.signal);
    await expect(upscale.run(context)).rejects.toMatchObject({ code: 'cancelled' } satisfies Partial<AppError>);
    expect(context.lines.at(-1)).toMatchObject({ type: 'summary', made: 0, left: 2 });
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('gives one picture its own error', async () => {
    await expect(upscale.run(contextOf([join(folder, 'none.png')]))).rejects.toMatchObject({ code: 'not-found' });
    await expect(upscale.run(contextOf([join(folder, 'a.png')], { pack: 'nothing-here' }))).rejects.toMatchObject({ code: 'pack-missing' });
    await expect(upscale.run(contextOf([join(folder, 'a.png')], { backend: 'magic' }))).rejects.toThrow('auto, webgpu, cpu or wasm');
  });
});
