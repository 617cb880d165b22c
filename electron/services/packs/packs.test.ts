import { createWriteStream, existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  fourChannelGraph,
  miganGeneratorLikeGraph,
  lamaLikeGraph,
  miganLikeGraph,
  nanGraph,
  probeGraph,
  wrongOpsetGraph,
} from '../../../models/testing/graphs.ts';
import { writeOnnx } from '../../../models/testing/onnx-writer.ts';
import type { Pack } from '../../../shared/domain/pack.ts';
import { openTestStudio, type TestStudio } from '../testing/studio-host.ts';
import { unpackZip } from './unpack-zip.ts';

let data: string;
let folder: string;
let open: TestStudio;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-packs-'));
  open = await openTestStudio(data);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-pack-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const bring = (path: string): Promise<Pack> => open.studio.router.call('packs.import', { from: { kind: 'path', path } });

async function zip(entries: Record<string, Uint8Array>, mode?: number): Promise<string> {
  const archive = new yazl.ZipFile();
  for (const [name, bytes] of Object.entries(entries)) archive.addBuffer(Buffer.from(bytes), name, mode === undefined ? {} : { mode });
  archive.end();
  const path = join(folder, 'pack.zip');
  await pipeline(archive.outputStream, createWriteStream(path));
  return path;
}

const tensorInput = { name: 'image', type: 'float32' as const, dims: [1, 3, 8, 8] };

describe('importing', () => {
  it('recognises LaMa by its inputs and its range by a trial', async () => {
    const pack = await bring(await file('My LaMa.onnx', lamaLikeGraph(64)));
    expect(pack.manifest).toMatchObject({ name: expect.stringContaining('My LaMa') as string, licence: null });
    expect(pack.manifest.convention).toMatchObject({ outputRange: '0..255', maskHoleValue: 1, fixedSize: { width: 64, height: 64 } });
    expect(pack.status).toEqual({ state: 'ready' });
  });

  it('refuses the same model a second time, whatever its file is called', async () => {
    const pack = await bring(await file('first.onnx', lamaLikeGraph(96)));
    await expect(bring(await file('second.onnx', lamaLikeGraph(96)))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('"first"') as string,
    });
    await open.studio.router.call('packs.remove', { id: pack.manifest.id });
    expect((await bring(await file('second.onnx', lamaLikeGraph(96)))).manifest.name).toBe('second');
  });

  it('recognises MI-GAN, whose mask says what is known, and one-input LaMa', async () => {
    const migan = await bring(await file('migan.onnx', miganLikeGraph()));
    expect(migan.manifest.convention).toMatchObject({ imageType: 'uint8', maskHoleValue: 0, maskKnownValue: 255, fixedSize: null });
    const four = await bring(await file('four.onnx', fourChannelGraph(64)));
    expect(four.manifest.convention).toMatchObject({ maskInput: null, zeroHole: true, maskFirst: false });
  });

  it("recognises MI-GAN's bare generator by its side and range", async () => {
    const generator = await bring(await file('generator.onnx', miganGeneratorLikeGraph(256)));
    expect(generator.manifest.convention).toMatchObject({
      maskInput: null,
      maskFirst: true,
      maskHoleValue: -0.5,
      maskKnownValue: 0.5,
      imageRange: '-1..1',
      outputRange: '-1..1',
    });
    const lama = await bring(await file('lama-512.onnx', fourChannelGraph(256)));
    expect(lama.manifest.convention).toMatchObject({ maskFirst: false, outputRange: '0..1' });
  });

  it('takes a zip with one folder in it, renames, verifies and removes it', async () => {
    const pack = await bring(await zip({ 'inner/model.onnx': lamaLikeGraph(32) }));
    const { router } = open.studio;
    const { id } = pack.manifest;
    expect((await router.call('packs.rename', { id, name: 'Renamed' })).manifest.name).toBe('Renamed');
    expect((await router.call('packs.verify', { id })).status.state).toBe('ready');
    await writeFile(join(data, 'packs', id, 'model.onnx'), 'damaged');
    expect((await router.call('packs.verify', { id })).status.state).toBe('broken');
    expect(() => open.studio.packs.resolve(id)).toThrow(/damaged/);
    await router.call('packs.remove', { id });
    expect(existsSync(join(data, 'packs', id))).toBe(false);
  });

  it('says what it found when it cannot match a graph', async () => {
    await expect(bring(await file('probe.onnx', probeGraph()))).rejects.toMatchObject({
      code: 'model-mismatch',
      action: expect.stringContaining('x float32 [1, 3, 32, 32]') as string,
    });
  });

  it.each([
    ['NaN outputs', 'model-output-invalid', () => nanGraph(64)],
    ['an operator set of the future', 'model-mismatch', wrongOpsetGraph],
    ['a file cut short', 'pack-invalid', () => lamaLikeGraph(64).subarray(0, 300)],
    [
      'a Git LFS pointer',
      'pack-invalid',
      () => new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n'),
    ],
    [
      'weights outside its folder',
      'pack-hostile',
      () =>
        writeOnnx({
          inputs: [tensorInput],
          outputs: [{ ...tensorInput, name: 'y' }],
          nodes: [{ op: 'Add', inputs: ['image', 'w'], outputs: ['y'] }],
          initializers: [{ name: 'w', dims: [1], values: new Float32Array(1), external: '../../secret.bin' }],
        }),
    ],
    [
      'weights in a file that is missing',
      'pack-invalid',
      () =>
        writeOnnx({
          inputs: [tensorInput],
          outputs: [{ ...tensorInput, name: 'y' }],
          nodes: [{ op: 'Add', inputs: ['image', 'w'], outputs: ['y'] }],
          initializers: [{ name: 'w', dims: [1], values: new Float32Array(1), external: 'model.onnx_data' }],
        }),
    ],
    [
      'a tensor of an absurd shape',
      'pack-hostile',
      () =>
        writeOnnx({
          inputs: [tensorInput],
          outputs: [{ ...tensorInput, name: 'y' }],
          nodes: [{ op: 'Add', inputs: ['image', 'w'], outputs: ['y'] }],
          initializers: [{ name: 'w', dims: [2_000_000_000, 2_000_000_000], values: new Float32Array(1) }],
        }),
    ],
  ])('refuses a model with %s', async (_what, code, graph) => {
    const before = readdirSync(join(data, 'packs'));
    await expect(bring(await file('bad.onnx', graph()))).rejects.toMatchObject({ code });
    expect(readdirSync(join(data, 'packs'))).toEqual(before);
  });

  it('refuses a manifest with files outside the pack, and links in a folder', async () => {
    const outside = { formatVersion: 1, id: 'evil', files: [{ path: '../../etc/passwd', sha256: 'a'.repeat(64), sizeBytes: 1 }] };
    await expect(bring(await zip({ 'kiln.json': Buffer.from(JSON.stringify(outside)) }))).rejects.toMatchObject({ code: 'pack-invalid' });
    const linked = join(folder, 'linked');
    await mkdir(linked);
    await symlink('/etc/hostname', join(linked, 'model.onnx'));
    await expect(bring(linked)).rejects.toMatchObject({ code: 'pack-hostile' });
  });

  it('protects built-in packs', async () => {
    const id = open.studio.packs.defaultPackId('inpaint');
    await expect(open.studio.router.call('packs.remove', { id })).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('hostile archives', () => {
  const into = (): string => join(folder, 'out');

  it('stops a zip bomb while it inflates', async () => {
    const bomb = await zip({ 'zeros.bin': new Uint8Array(40 * 1024 * 1024) });
    await expect(unpackZip(bomb, into())).rejects.toMatchObject({ code: 'pack-hostile' });
  });

  it('refuses links, paths out of the folder, doubles and too many files', async () => {
    await expect(unpackZip(await zip({ link: Buffer.from('/etc/passwd') }, 0o120777), into())).rejects.toMatchObject({
      code: 'pack-hostile',
    });
    const path = await zip({ 'aa/evil': new Uint8Array([1]) });
    const bytes = await readFile(path);
    // The writer refuses such names, so they are put in afterwards: same length, both places.
    for (let at = bytes.indexOf('aa/evil'); at >= 0; at = bytes.indexOf('aa/evil', at + 1)) bytes.write('../evil', at, 'latin1');
    await writeFile(path, bytes);
    await expect(unpackZip(path, into())).rejects.toMatchObject({ code: 'pack-hostile' });
    await expect(
      unpackZip(await zip({ 'a.txt': new Uint8Array(1), 'A.TXT': new Uint8Array(1) }), join(folder, 'o2')),
    ).rejects.toMatchObject({
      code: 'pack-hostile',
    });
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${String(index)}.txt`, new Uint8Array(1)]));
    const limits = { entries: 10, totalBytes: 1e9, ratio: 100 };
    await expect(unpackZip(await zip(many), join(folder, 'o3'), limits)).rejects.toMatchObject({ code: 'pack-hostile' });
    expect(existsSync(join(folder, 'evil'))).toBe(false);
  });

  it('says a cut archive is damaged', async () => {
    await expect(unpackZip(await file('x.zip', new Uint8Array([0x50, 0x4b, 3, 4, 0, 0])), into())).rejects.toMatchObject({
      code: 'pack-invalid',
    });
  });
});
