/**
 * `node models/testing/compare-webgpu.ts GRAPH '{"input": [1, 3, 64, 64]}'`: runs a graph on the CPU and on WebGPU and prints
 * {"largest": greatest difference} as JSON. In a process of its own, because the driver is chosen by
 * the environment (see webgpuDifference) and may take the process down.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { seededRandom } from '../core/seeded-random.ts';

/** Chromium's software Vulkan driver: WebGPU without a graphics card. */
const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
export const hasSoftwareWebgpu = existsSync(driver);

/** The environment of a process whose WebGPU is that driver. */
export const softwareWebgpuEnv = (): NodeJS.ProcessEnv => ({
  ...process.env,
  VK_ICD_FILENAMES: driver,
  LD_LIBRARY_PATH: '/usr/lib/chromium',
});

/** Greatest absolute difference of the graph's first output between WebGPU (SwiftShader) and the CPU, on a random picture. */
export function webgpuDifference(graph: string, width: number, height: number): number {
  return differenceOf(graph, { '': [1, 3, height, width] });
}

/**
 * The same for a graph with other inputs: sides of each by name ('' stands for the first); values 0..1. Relative to the
 * largest output where that is above 1.
 * @param shapesOnCpu for graphs that work out shapes as they run: onnxruntime does that arithmetic on the CPU
 */
export function differenceOf(graph: string, inputs: Readonly<Record<string, readonly number[]>>, shapesOnCpu = false): number {
  const more = shapesOnCpu ? ['shapes-on-cpu'] : [];
  const printed = execFileSync(process.execPath, [fileURLToPath(import.meta.url), graph, JSON.stringify(inputs), ...more], {
    env: softwareWebgpuEnv(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 120_000,
  });
  const { largest } = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as { largest: number };
  return largest;
}

async function compare(graph: string, inputs: Readonly<Record<string, readonly number[]>>, shapesOnCpu: boolean): Promise<number> {
  const random = seededRandom(1);
  const values = Object.entries(inputs).map(([name, dims]) => {
    const data = Float32Array.from({ length: dims.reduce((product, side) => product * side, 1) }, random);
    return { name, tensor: new ort.Tensor('float32', data, dims) };
  });
  const results: Float32Array[] = [];
  for (const provider of ['cpu', 'webgpu']) {
    // Otherwise an operator that WebGPU lacks would run on the CPU unseen.
    const extra = provider === 'webgpu' && !shapesOnCpu ? { session: { disable_cpu_ep_fallback: '1' } } : {};
    const session = await ort.InferenceSession.create(graph, { executionProviders: [provider], extra, logSeverityLevel: 3 });
    const [input, output] = [session.inputNames[0] ?? '', session.outputNames[0] ?? ''];
    const feeds = Object.fromEntries(values.map(({ name, tensor }) => [name === '' ? input : name, tensor]));
    const result = (await session.run(feeds))[output];
    results.push(Float32Array.from(result?.data as Float32Array));
    await session.release();
  }
  const [cpu = new Float32Array(), webgpu = new Float32Array()] = results;
  if (cpu.length === 0 || cpu.length !== webgpu.length) return Infinity;
  const scale = cpu.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return cpu.reduce((most, value, index) => {
    const difference = Math.abs(value - (webgpu[index] ?? NaN)) / scale;
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [graph = '', inputs = '{}', more] = process.argv.slice(2);
  const sides = JSON.parse(inputs) as Record<string, number[]>;
  process.stdout.write(`${JSON.stringify({ largest: await compare(graph, sides, more === 'shapes-on-cpu') })}\n`);
}
