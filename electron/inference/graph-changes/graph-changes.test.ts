import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimeFor } from '../runtimes/runtimes.ts';
import { writeChangedGraph, type ChangeSources } from './changed-graph.ts';
import { multiplyPlainly } from './lora.ts';
import { readOnnxGraph } from './onnx-graph.ts';
import { openWeights } from './weights-file.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../models/testing/lora/fixture/${name}`, import.meta.url));
let folder: string;
let expected: Record<string, number[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-changes-'));
  expected = JSON.parse(await readFile(fixture('expected.json'), 'utf8')) as Record<string, number[]>;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nothing: ChangeSources = { target: 'unet', loras: [], embeddings: [], freeU: null };
const lora = async (name: string, weight: number): Promise<ChangeSources['loras'][number]> => ({
  name,
  weight,
  file: await openWeights(fixture(`${name}.safetensors`)),
});

let copies = 0;
async function changed(graph: string, changes: Partial<ChangeSources>): Promise<{ path: string; notes: string[] }> {
  copies += 1;
  const path = join(folder, String(copies), 'model.onnx');
  const { changed: isChanged, notes } = await writeChangedGraph(fixture(graph), { ...nothing, ...changes }, multiplyPlainly, path);
  return { path: isChanged ? path : fixture(graph), notes };
}

const singles = (name: string): Float32Array => Float32Array.from(expected[name] ?? []);

async function runUnet(path: string): Promise<Float32Array> {
  const session = await (await runtimeFor('cpu')).open(path);
  try {
    const { out_sample: output } = await session.run({
      sample: { type: 'float32', dims: [1, 4, 6, 8], data: singles('sample') },
      timestep: { type: 'float32', dims: [], data: singles('timestep') },
      encoder_hidden_states: { type: 'float32', dims: [1, 3, 12], data: singles('encoder_hidden_states') },
    });
    return output?.data as Float32Array;
  } finally {
    await session.release();
  }
}

async function runText(path: string, ids: number[]): Promise<Float32Array> {
  const session = await (await runtimeFor('cpu')).open(path);
  try {
    const { last_hidden_state: output } = await session.run({
      input_ids: { type: 'int64', dims: [1, ids.length], data: BigInt64Array.from(ids, BigInt) },
    });
    return output?.data as Float32Array;
  } finally {
    await session.release();
  }
}

function furthest(got: Float32Array, name: string): number {
  const want = expected[name] ?? [];
  expect(got.length).toBe(want.length);
  return got.reduce((most, value, index) => Math.max(most, Math.abs(value - (want[index] ?? NaN))), 0);
}

describe('LoRA merged into a torch export', () => {
  it('gives what PyTorch gives with merged weights: linear layers, convolutions, alphas', async () => {
    expect(furthest(await runUnet(fixture('unet.onnx')), 'plain')).toBeLessThan(1e-5);
    const { path, notes } = await changed('unet.onnx', { loras: [await lora('kohya', 0.7)] });
    expect(notes).toEqual([]);
    expect(furthest(await runUnet(path), 'kohya')).toBeLessThan(1e-5);
    expect(furthest(await runUnet(path), 'plain')).toBeGreaterThan(1e-2);
  });

  it('changes only the tensors it must in external data, and leaves the pack alone', async () => {
    const before = await readFile(fixture('unet-external.onnx_data'));
    const { path } = await changed('unet-external.onnx', { loras: [await lora('kohya', 0.7)] });
    expect(furthest(await runUnet(path), 'kohya')).toBeLessThan(1e-5);
    expect(await readFile(fixture('unet-external.onnx_data'))).toEqual(before);
    const copy = join(path, '..', 'unet-external.onnx_data');
    expect((await stat(copy)).size).toBe(before.length);
    expect((await readFile(copy)).equals(before)).toBe(false);
  });

  it('adds several up, and says how many parts fit', async () => {
    const { path, notes } = await changed('unet.onnx', { loras: [await lora('kohya', 0.7), await lora('peft', -0.5)] });
    expect(furthest(await runUnet(path), 'both')).toBeLessThan(1e-5);
    expect(notes).toEqual(['LoRA "peft": 2 of 3 parts fit the UNet.']);
  });

  it('changes the text encoder too', async () => {
    const { path } = await changed('text.onnx', { target: 'text-encoder', loras: [await lora('kohya', 0.7)] });
    expect(furthest(await runText(path, [1, 7, 19]), 'textKohya')).toBeLessThan(1e-5);
  });

  it('refuses one that fits nowhere', async () => {
    const path = join(folder, 'x', 'model.onnx');
    const sources = { ...nothing, loras: [await lora('kohya', 1)] };
    await expect(writeChangedGraph(fixture('text.onnx'), sources, multiplyPlainly, path)).rejects.toMatchObject({ code: 'model-mismatch' });
  });
});

describe('textual inversion', () => {
  it('overwrites rows that exist and grows the table', async () => {
    const file = await openWeights(fixture('embedding.safetensors'));
    const { path } = await changed('text.onnx', { target: 'text-encoder', embeddings: [{ name: 'tiny', file, encoder: 1, firstId: 19 }] });
    expect(furthest(await runText(path, [19, 21, 20]), 'textEmbedding')).toBeLessThan(1e-5);
  });

  it('refuses graphs without a token table, and missing vectors', async () => {
    const file = await openWeights(fixture('embedding.safetensors'));
    const path = join(folder, 'y', 'model.onnx');
    const given = { ...nothing, embeddings: [{ name: 'tiny', file, encoder: 1 as const, firstId: 19 }] };
    await expect(writeChangedGraph(fixture('unet.onnx'), given, multiplyPlainly, path)).rejects.toMatchObject({ code: 'model-mismatch' });
    const second = { ...nothing, embeddings: [{ name: 'tiny', file, encoder: 2 as const, firstId: 19 }] };
    await expect(writeChangedGraph(fixture('text.onnx'), second, multiplyPlainly, path)).rejects.toMatchObject({ code: 'model-mismatch' });
  });
});

describe('FreeU', () => {
  const freeU = { b1: 1.3, b2: 1.4, s1: 0.9, s2: 0.2 };

  it('gives what PyTorch’s Fourier transform gives', async () => {
    const { path, notes } = await changed('unet.onnx', { freeU });
    expect(notes).toEqual([]);
    expect(furthest(await runUnet(path), 'freeU')).toBeLessThan(1e-5);
  });

  it('does nothing at ones, goes together with a LoRA, and is left out with a remark where it cannot be', async () => {
    const ones = { b1: 1, b2: 1, s1: 1, s2: 1 };
    const { path } = await changed('unet-external.onnx', { freeU: ones, loras: [await lora('kohya', 0.7)] });
    expect(furthest(await runUnet(path), 'kohya')).toBeLessThan(1e-5);
    const text = await changed('text.onnx', { target: 'text-encoder', freeU });
    expect(text.notes).toEqual([expect.stringContaining('FreeU was left out') as string]);
    expect(furthest(await runText(text.path, [1, 7, 19]), 'text')).toBeLessThan(1e-5);
  });
});

describe('reading graphs', () => {
  it('finds what the exporter wrote', async () => {
    const graph = await readOnnxGraph(fixture('unet-external.onnx'));
    expect([...graph.inputs.keys()].sort()).toEqual(['encoder_hidden_states', 'sample', 'timestep']);
    expect(graph.opset).toBe(14);
    expect(graph.externalFiles).toEqual(['unet-external.onnx_data']);
    expect(graph.constants.get('conv_in.weight')).toMatchObject({ dims: [8, 4, 3, 3], type: 1 });
    await expect(readOnnxGraph(fixture('expected.json'))).rejects.toThrow(RangeError);
  });
});
