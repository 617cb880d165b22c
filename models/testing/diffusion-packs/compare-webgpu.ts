/**
 * `node models/testing/diffusion-packs/compare-webgpu.ts RUN…`: reference runs cut to two steps, on the CPU and on WebGPU; prints
 * JSON: for each, the greatest difference of the final latents and the largest latent. In a process of its own, because the
 * driver is chosen by the environment and may take the process down.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { nodeRuntime } from '../../../electron/inference/runtimes/node-runtime.ts';
import { softwareWebgpuEnv } from '../compare-webgpu.ts';
import { largestDifference, optionsOf, referenceCase } from './cases.ts';
import { TinyPacks } from './open.ts';

const comparisonSchema = z.object({ run: z.string(), difference: z.number(), largest: z.number() });
export type WebgpuComparison = z.infer<typeof comparisonSchema>;

/** On SwiftShader, Chromium's software adapter. */
export function compareOnWebgpu(runs: readonly string[]): WebgpuComparison[] {
  const printed = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...runs], {
    env: softwareWebgpuEnv(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 290_000,
  });
  return z.array(comparisonSchema).parse(JSON.parse(printed.trim().split('\n').at(-1) ?? ''));
}

async function latentsOf(backend: 'cpu' | 'webgpu', runs: readonly string[]): Promise<Float32Array[]> {
  const packs = new TinyPacks(nodeRuntime(backend));
  const all: Float32Array[] = [];
  for (const run of runs) {
    const reference = referenceCase(run);
    const options = optionsOf(reference);
    const steps = Math.min(2, Number(options.params['steps']));
    all.push((await packs.run(reference.pack, { ...options, params: { ...options.params, steps } })).latents);
  }
  await packs.close();
  return all;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const runs = process.argv.slice(2);
  const cpu = await latentsOf('cpu', runs);
  const webgpu = await latentsOf('webgpu', runs);
  const comparisons = runs.map((run, index): WebgpuComparison => {
    const latents = cpu[index] ?? new Float32Array();
    return {
      run,
      difference: largestDifference(webgpu[index] ?? new Float32Array(), latents),
      largest: latents.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    };
  });
  process.stdout.write(`${JSON.stringify(comparisons)}\n`);
}
