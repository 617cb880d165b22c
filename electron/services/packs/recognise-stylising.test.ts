import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastStyleLikeGraph } from '../../../models/testing/style-graphs.ts';
import { writeOnnx } from '../../../models/testing/onnx-writer.ts';
import type { GraphSignature } from '../../../shared/contract/inference.ts';
import type { Pack } from '../../../shared/domain/pack.ts';
import { openTestStudio, type TestStudio } from '../testing/studio-host.ts';
import { recogniseStylising } from './recognise-stylising.ts';

const signature = (input: (number | string)[], output: (number | string)[], type = 'float32'): GraphSignature => ({
  inputs: [{ name: 'in', type, dimensions: input }],
  outputs: [{ name: 'out', type, dimensions: output }],
});

const single = signature([1, 3, 8, 8], [1, 3, 8, 8]);
const twoInputs: GraphSignature = { ...single, inputs: [...single.inputs, ...single.inputs] };

describe('signatures', () => {
  it('takes fixed and free sizes, half floats, and outputs without a shape', () => {
    expect(recogniseStylising(signature([1, 3, 224, 224], [1, 3, 224, 224]))).toEqual([
      {
        task: 'stylize',
        kind: 'fixed-style',
        input: 'in',
        output: 'out',
        valueType: 'float32',
        inputRange: '0..255',
        outputRange: '0..255',
        fixedSize: { width: 224, height: 224 },
        sizeMultiple: 1,
      },
    ]);
    expect(recogniseStylising(signature(['n', 3, 'h', 'w'], [], 'float16'))[0]).toMatchObject({
      valueType: 'float16',
      fixedSize: null,
      sizeMultiple: 4,
    });
  });

  it.each([
    ['another size out', signature([1, 3, 64, 64], [1, 3, 128, 128]), /another size/],
    ['one channel', signature([1, 1, 64, 64], [1, 1, 64, 64]), /three channels/],
    ['bytes', signature([1, 3, 64, 64], [1, 3, 64, 64], 'uint8'), /type uint8/],
    ['two inputs', twoInputs, /2 inputs/],
  ] as [string, GraphSignature, RegExp][])('refuses %s', (_what, graph, why) => {
    expect(() => recogniseStylising(graph)).toThrow(why);
  });
});

describe('importing', () => {
  let data: string;
  let open: TestStudio;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'kiln-style-packs-'));
    open = await openTestStudio(data);
  });
  afterAll(async () => {
    await open.studio.dispose();
    await rm(data, { recursive: true, force: true });
  });
  const bring = async (name: string, graph: Uint8Array): Promise<Pack> => {
    const path = join(data, name);
    await writeFile(path, graph);
    return open.studio.router.call('packs.import', { from: { kind: 'path', path } });
  };

  it('takes a graph of the zoo, fixed or free in size, as a style', async () => {
    const fixed = await bring('mosaic-9.onnx', fastStyleLikeGraph(224));
    expect(fixed.manifest).toMatchObject({ task: 'stylize', name: 'mosaic-9' });
    expect(fixed.manifest.convention).toMatchObject({ kind: 'fixed-style', outputRange: '0..255', fixedSize: { width: 224, height: 224 } });
    const free = await bring('candy.onnx', fastStyleLikeGraph(null));
    expect(free.manifest.convention).toMatchObject({ kind: 'fixed-style', fixedSize: null, sizeMultiple: 4 });
  });

  it('leaves graphs that restore 0..1 to upscaling', async () => {
    const picture = { type: 'float32' as const, dims: [1, 3, 'h', 'w'] };
    const restoring = writeOnnx({
      inputs: [{ name: 'x', ...picture }],
      outputs: [{ name: 'y', ...picture }],
      initializers: [{ name: 'gain', dims: [1], values: new Float32Array([0.98]) }],
      nodes: [{ op: 'Mul', inputs: ['x', 'gain'], outputs: ['y'] }],
    });
    expect((await bring('denoise.onnx', restoring)).manifest.task).toBe('upscale');
  });
});
