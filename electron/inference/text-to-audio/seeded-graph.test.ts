import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx, type Graph } from '../../../models/testing/onnx-writer.ts';
import { nodeRuntime } from '../runtimes/node-runtime.ts';
import { drawsChance, writeSeeded } from './seeded-graph.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-seeded-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const drawn = { op: 'RandomNormalLike', inputs: ['x'], outputs: ['drawn'] };
const values = {
  inputs: [{ name: 'x', type: 'float32' as const, dims: [8] }],
  outputs: [{ name: 'y', type: 'float32' as const, dims: [8] }],
};
const open: Graph = {
  ...values,
  nodes: [drawn, { op: 'Mul', inputs: ['drawn', 'w'], outputs: ['y'] }],
  initializers: [{ name: 'w', dims: [8], values: new Float32Array(8).fill(1), external: 'w.bin' }],
};
/** The draw is in a branch of a branch. */
const nested: Graph = {
  ...values,
  nodes: [
    { op: 'ReduceMax', inputs: ['x'], outputs: ['high'], attributes: { keepdims: 0 } },
    { op: 'Cast', inputs: ['high'], outputs: ['yes'], attributes: { to: 9 } },
    {
      op: 'If',
      inputs: ['yes'],
      outputs: ['y'],
      attributes: { then_branch: { graph: branch('inner') }, else_branch: { graph: copy('other') } },
    },
  ],
};

function branch(name: string): Graph {
  const outputs = [{ name, type: 'float32' as const, dims: [8] }];
  const then: Graph = {
    inputs: [],
    outputs: [{ name: 'deep', type: 'float32', dims: [8] }],
    nodes: [{ op: 'RandomUniformLike', inputs: ['x'], outputs: ['deep'] }],
  };
  return {
    inputs: [],
    outputs,
    nodes: [
      { op: 'If', inputs: ['yes'], outputs: [name], attributes: { then_branch: { graph: then }, else_branch: { graph: copy('flat') } } },
    ],
  };
}
function copy(name: string): Graph {
  return { inputs: [], outputs: [{ name, type: 'float32', dims: [8] }], nodes: [{ op: 'Identity', inputs: ['x'], outputs: [name] }] };
}

async function write(name: string, graph: Graph): Promise<string> {
  const file = join(folder, `${name}.onnx`);
  await writeFile(file, writeOnnx(graph));
  return file;
}

async function run(file: string): Promise<number[]> {
  const session = await nodeRuntime('cpu').open(file);
  try {
    const { y } = await session.run({ x: { type: 'float32', dims: [8], data: new Float32Array(8).fill(1) } });
    return y?.data instanceof Float32Array ? Array.from(y.data) : [];
  } finally {
    await session.release();
  }
}

async function seededRun(file: string, seed: number, name: string): Promise<number[]> {
  const target = join(folder, name, 'copy.onnx');
  await writeSeeded(file, seed, target);
  return run(target);
}

describe('chance within a graph', () => {
  it('is found wherever it is, and only there', async () => {
    expect(await drawsChance(await write('nested', nested))).toBe(true);
    await writeFile(join(folder, 'w.bin'), Buffer.from(new Float32Array(8).fill(1).buffer));
    expect(await drawsChance(await write('open', open))).toBe(true);
    expect(await drawsChance(await write('plain', { ...values, nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }] }))).toBe(false);
  });

  it.each([
    ['open', open],
    ['nested', nested],
  ] as const)('follows the seed: %s', async (name, graph) => {
    await writeFile(join(folder, 'w.bin'), Buffer.from(new Float32Array(8).fill(1).buffer));
    const file = await write(name, graph);
    const before = await readFile(file);
    const first = await seededRun(file, 7, `${name}-1`);
    expect(new Set(first).size).toBe(8);
    expect(await seededRun(file, 7, `${name}-2`)).toEqual(first);
    expect(await seededRun(file, 8, `${name}-3`)).not.toEqual(first);
    expect(await seededRun(file, 0xffff_ffff, `${name}-4`)).not.toEqual(first);
    expect(await readFile(file)).toEqual(before);
    if (name === 'open') expect((await readdir(join(folder, 'open-1'))).sort()).toEqual(['copy.onnx', 'w.bin']);
  });
});
