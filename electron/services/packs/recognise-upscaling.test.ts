import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upscalerGraph, type UpscalerShape } from '../../../models/testing/upscale-graphs.ts';
import { writeOnnx } from '../../../models/testing/onnx-writer.ts';
import type { GraphSignature } from '../../../shared/contract/inference.ts';
import type { Pack } from '../../../shared/domain/pack.ts';
import { openTestStudio, type TestStudio } from '../testing/studio-host.ts';
import { recogniseUpscaling } from './recognise-upscaling.ts';

const signature = (
  input: { type?: string; dimensions: (number | string)[] },
  output: (number | string)[] = ['n', 3, 'h', 'w'],
): GraphSignature => ({
  inputs: [{ name: 'lr', type: input.type ?? 'float32', dimensions: input.dimensions }],
  outputs: [{ name: 'sr', type: input.type ?? 'float32', dimensions: output }],
});

describe('recognising upscalers by their signature', () => {
  it('takes free and fixed sides, one and three channels, and Real-ESRGAN’s padding', () => {
    const [first, second] = recogniseUpscaling(signature({ dimensions: ['batch', 3, 'height', 'width'] }));
    expect(first).toMatchObject({ input: 'lr', output: 'sr', inputRange: '0..1', sizeMultiple: 1, overlap: 10, prePad: 10, channels: 3 });
    expect(second).toMatchObject({ sizeMultiple: 2 });
    const fixed = recogniseUpscaling(signature({ type: 'float16', dimensions: [1, 3, 64, 64] }, [1, 3, 256, 256]));
    expect(fixed[0]).toMatchObject({ factor: 4, fixedSize: { width: 64, height: 64 }, valueType: 'float16' });
    expect(fixed.map(({ sizeMultiple }) => sizeMultiple)).toEqual([1, 1]);
    expect(recogniseUpscaling(signature({ dimensions: [1, 1, -1, -1] }, [1, 1, -1, -1]))[0]).toMatchObject({
      channels: 1,
      fixedSize: null,
    });
    expect(recogniseUpscaling(signature({ dimensions: [1, 3, 'h', 'w'] }, []))[0]).toMatchObject({ channels: 3 });
  });

  it.each<[string, GraphSignature]>([
    ['0 inputs', { inputs: [], outputs: [] }],
    ['not a picture', signature({ dimensions: [1, 77] })],
    ['not a picture of one or three channels', signature({ dimensions: [1, 4, 'h', 'w'] })],
    ['another number of channels', signature({ dimensions: [1, 3, 'h', 'w'] }, [1, 1, 'h', 'w'])],
    ['values of type int64', signature({ type: 'int64', dimensions: [1, 3, 'h', 'w'] })],
    ['whole number of times', signature({ dimensions: [1, 3, 64, 64] }, [1, 3, 96, 96])],
    ['not a picture', signature({ dimensions: [1, 3, 224, 224] }, [1, 1000])],
  ])('says why a graph is not one: %s', (words, given) => {
    expect(() => recogniseUpscaling(given)).toThrow(words);
  });
});

describe('importing dropped upscalers', () => {
  let data: string;
  let open: TestStudio;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'kiln-upscalers-'));
    open = await openTestStudio(data);
  });
  afterAll(async () => {
    await open.studio.dispose();
    await rm(data, { recursive: true, force: true });
  });
  const bring = async (name: string, bytes: Uint8Array): Promise<Pack> => {
    const path = join(data, name);
    await writeFile(path, bytes);
    return open.studio.router.call('packs.import', { from: { kind: 'path', path } });
  };

  it.each<[string, UpscalerShape, object]>([
    ['RealESRGAN_x4plus', { factor: 4 }, { factor: 4, sizeMultiple: 1, fixedSize: null, inputRange: '0..1', outputRange: '0..1' }],
    ['RealESRGAN_x2plus', { factor: 2, unshuffle: true }, { factor: 2, sizeMultiple: 2 }],
    ['realesr-compact-fp16', { factor: 2, type: 'float16' }, { factor: 2, valueType: 'float16' }],
    ['real_esrgan_x4_64', { factor: 4, side: 64 }, { factor: 4, fixedSize: { width: 64, height: 64 } }],
    ['grey', { factor: 3, channels: 1 }, { factor: 3, channels: 1 }],
    ['bytes', { factor: 2, bytes: true }, { factor: 2, inputRange: '0..255', outputRange: '0..255' }],
    ['x1 restorer', { factor: 1 }, { factor: 1 }],
  ])('finds out by a trial: %s', async (name, shape, convention) => {
    const pack = await bring(`${name}.onnx`, upscalerGraph(shape));
    expect(pack.manifest).toMatchObject({ task: 'upscale', name, convention });
    expect(pack.status).toEqual({ state: 'ready' });
  });

  it('refuses graphs whose output is not their input, enlarged', { timeout: 60_000 }, async () => {
    await expect(bring('black.onnx', upscalerGraph({ factor: 2, broken: 'black' }))).rejects.toMatchObject({ code: 'model-mismatch' });
    const value = (name: string): { name: string; type: 'float32'; dims: (number | string)[] } => ({
      name,
      type: 'float32',
      dims: [1, 3, 'h', 'w'],
    });
    const negative = writeOnnx({
      inputs: [value('x')],
      outputs: [value('y')],
      initializers: [{ name: 'one', dims: [1], values: new Float32Array([1]) }],
      nodes: [{ op: 'Sub', inputs: ['one', 'x'], outputs: ['y'] }],
    });
    await expect(bring('negative.onnx', negative)).rejects.toMatchObject({
      message: expect.stringContaining('does not look like its input') as string,
    });
  });
});
