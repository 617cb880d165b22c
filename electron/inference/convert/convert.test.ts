import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOnnxGraph } from '../graph-changes/onnx-graph.ts';
import { elementType } from '../graph-changes/proto-write.ts';
import { runtimeFor } from '../runtimes/runtimes.ts';
import { convertGraph } from './convert-graph.ts';
import { fitsHalves, quantised } from './quantise.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../models/testing/lora/fixture/${name}`, import.meta.url));
let folder: string;
let expected: Record<string, number[]>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-convert-'));
  expected = JSON.parse(await readFile(fixture('expected.json'), 'utf8')) as Record<string, number[]>;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const always = { signal: new AbortController().signal, onFraction: () => undefined };
const singles = (name: string): Float32Array => Float32Array.from(expected[name] ?? []);

async function furthest(path: string): Promise<number> {
  const session = await (await runtimeFor('cpu')).open(path);
  try {
    const { out_sample: output } = await session.run({
      sample: { type: 'float32', dims: [1, 4, 6, 8], data: singles('sample') },
      timestep: { type: 'float32', dims: [], data: singles('timestep') },
      encoder_hidden_states: { type: 'float32', dims: [1, 3, 12], data: singles('encoder_hidden_states') },
    });
    const want = singles('plain');
    return (output?.data as Float32Array).reduce((most, value, index) => Math.max(most, Math.abs(value - (want[index] ?? NaN))), 0);
  } finally {
    await session.release();
  }
}

describe('weights stored smaller', () => {
  it.each(['unet.onnx', 'unet-external.onnx'])('as halves: %s gives the same to 1e-2 from half the bytes', async (name) => {
    const path = join(folder, name, 'model.onnx');
    await mkdir(join(folder, name));
    const { beforeBytes, afterBytes, halves } = await convertGraph(fixture(name), path, 'float16', always);
    expect(halves).toBeGreaterThan(2);
    expect(afterBytes).toBeLessThan(0.65 * beforeBytes);
    const off = await furthest(path);
    expect(off).toBeLessThan(1e-2);
    expect(off).toBeGreaterThan(0);
    const graph = await readOnnxGraph(path);
    expect(graph.externalFiles).toEqual(['weights.data']);
    expect(graph.constants.get('up_blocks.0.resnets.0.conv1.weight_kiln_half')?.type).toBe(elementType.float16);
    expect((await stat(join(folder, name, 'weights.data'))).size).toBeLessThan(beforeBytes);
  });

  it('as bytes: matrices by output, the rest as halves', async () => {
    await mkdir(join(folder, 'large'));
    const unet = fileURLToPath(new URL('../../../models/testing/diffusion-packs/packs/sdxl/text_encoder/model.onnx', import.meta.url));
    const path = join(folder, 'large', 'model.onnx');
    const { bytes, halves, beforeBytes, afterBytes } = await convertGraph(unet, path, 'int8', always);
    expect(bytes).toBeGreaterThan(0);
    expect(halves).toBeGreaterThan(0);
    expect(afterBytes).toBeLessThan(beforeBytes);
    const run = async (file: string): Promise<Float32Array> => {
      const session = await (await runtimeFor('cpu')).open(file);
      try {
        const ids = session.inputs[0];
        const data = ids?.type === 'int64' ? new BigInt64Array(77).fill(3n) : new Int32Array(77).fill(3);
        const outputs = await session.run({ [ids?.name ?? '']: { type: ids?.type === 'int64' ? 'int64' : 'int32', dims: [1, 77], data } });
        return outputs['last_hidden_state']?.data as Float32Array;
      } finally {
        await session.release();
      }
    };
    const [before, after] = [await run(unet), await run(path)];
    const off = before.reduce((most, value, index) => Math.max(most, Math.abs(value - (after[index] ?? NaN))), 0);
    expect(off).toBeGreaterThan(0);
    expect(off).toBeLessThan(5e-2);
  });

  it('stop when told to', async () => {
    const path = join(folder, 'stopped.onnx');
    const given = { signal: AbortSignal.abort(), onFraction: () => undefined };
    await expect(convertGraph(fixture('unet.onnx'), path, 'float16', given)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('bytes', () => {
  it('are within half a step of their output’s own scale', () => {
    const values = Float32Array.of(1, -100, 0.5, 50, 0.25, 127);
    for (const [axis, dims] of [
      [1, [3, 2]],
      [0, [2, 3]],
    ] as const) {
      const { bytes, scales } = quantised(values, dims, axis);
      const signed = new Int8Array(bytes.buffer);
      const columns = dims[1];
      for (const [at, value] of values.entries()) {
        const scale = scales[axis === 0 ? Math.floor(at / columns) : at % columns] ?? 0;
        expect(Math.abs((signed[at] ?? 0) * scale - value)).toBeLessThanOrEqual(scale / 2 + 1e-6);
      }
    }
    expect(quantised(new Float32Array(4), [2, 2], 0).bytes).toEqual(new Uint8Array(4));
  });

  it('are not asked of what a half cannot hold', () => {
    expect(fitsHalves(Float32Array.of(1, -65_504))).toBe(true);
    expect(fitsHalves(Float32Array.of(70_000))).toBe(false);
    expect(fitsHalves(Float32Array.of(NaN))).toBe(false);
  });
});
