/**
 * What a step of diffusion costs beyond its UNet, with the built-in pack; and time and memory against torch on the same weights, in
 * one run, where Python with torch is there. By itself: `node electron/launch/run.mjs e2e/bench/diffusion-bench.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { nodeRuntime } from '../../electron/inference/runtimes/node-runtime.ts';
import { TinyPacks } from '../../models/testing/diffusion-packs/open.ts';
import { printFigures, type Figure } from './figure.ts';

const steps = 20;
const rounds = 3;
/** torch is slow on some machines; what is compared is a step. */
const torchSteps = 6;
const overheadLimit = 0.03;
/** Two programs, one after the other, on a machine that may be doing something else. */
const torchLimit = 1.15;
const python = '/usr/bin/python3';
const benchScript = fileURLToPath(new URL('../../models/testing/diffusion-packs/bench.py', import.meta.url));
const miniature = fileURLToPath(new URL('../../models/packs/kiln-mini', import.meta.url));

const runSchema = z.object({ msPerStep: z.number(), overhead: z.number(), peakMb: z.number() });
const torchSchema = z.object({ msPerStep: z.number(), peakMb: z.number() });

/** The quickest of a few runs. Overhead in CPU time: the pipeline's thread between two runs of the UNet, against the UNet's threads together. */
async function measure(folder: string, sidePx: number): Promise<z.infer<typeof runSchema>> {
  const packs = new TinyPacks(nodeRuntime('cpu'));
  let best = { msPerStep: Infinity, overhead: Infinity };
  for (let round = 0; round < rounds; round += 1) {
    const { result, unetWork } = await packs.run(folder, {
      params: { prompt: 'a red apple icon', width: sidePx, height: sidePx, steps, guidanceScale: 7.5, sampler: 'DDIMScheduler' },
      seed: round,
    });
    const msPerStep = (result.phasesMs['denoise'] ?? NaN) / steps;
    // All threads work at once, so the UNet takes its CPU time divided by them; the pipeline is one thread.
    const overhead = unetWork.betweenMs / (unetWork.withinMs / availableParallelism());
    best = { msPerStep: Math.min(best.msPerStep, msPerStep), overhead: Math.min(best.overhead, overhead) };
  }
  await packs.close();
  return { ...best, peakMb: process.resourceUsage().maxRSS / 1000 };
}

/** In a process of its own, whose peak memory is the run's. */
function measured(folder: string, sidePx: number): z.infer<typeof runSchema> {
  const printed = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--measure', folder, String(sidePx)], {
    encoding: 'utf8',
  });
  return runSchema.parse(JSON.parse(printed.trim().split('\n').at(-1) ?? ''));
}

export function diffusionFigures(): Promise<Figure[]> {
  const { overhead, msPerStep } = measured(miniature, 0);
  const figures: Figure[] = [
    {
      what: `Diffusion, a step of ${String(steps)} beyond its UNet (Kiln Mini, guidance)`,
      measured: `${(overhead * 100).toFixed(2)} % of CPU time (a step takes ${msPerStep.toFixed(1)} ms on the CPU)`,
      limit: `${String(overheadLimit * 100)} %`,
      ok: overhead <= overheadLimit,
    },
  ];
  return Promise.resolve([...figures, ...torchFigures()]);
}

function torchFigures(): Figure[] {
  const what = 'Diffusion against torch on the same weights (256 px, guidance)';
  const work = mkdtempSync(join(tmpdir(), 'kiln-diffusion-bench-'));
  try {
    try {
      execFileSync(python, ['-c', 'import torch, onnx'], { stdio: 'ignore' });
    } catch {
      return [{ what, measured: `left out: ${python} has no torch and onnx`, limit: '-', ok: true }];
    }
    const folder = join(work, 'mid');
    execFileSync(python, [benchScript, folder], { stdio: 'ignore' });
    const ours = measured(folder, 256);
    const printed = execFileSync(python, [benchScript, folder, String(torchSteps), String(availableParallelism())], { encoding: 'utf8' });
    const torch = torchSchema.parse(JSON.parse(printed));
    return [
      {
        what: `${what}: a step`,
        measured: `${(ours.msPerStep / torch.msPerStep).toFixed(2)} × (${ours.msPerStep.toFixed(0)} ms; torch ${torch.msPerStep.toFixed(0)} ms)`,
        limit: `${torchLimit.toFixed(2)} ×`,
        ok: ours.msPerStep <= torch.msPerStep * torchLimit,
      },
      {
        what: `${what}: peak memory of the process`,
        measured: `${(ours.peakMb / torch.peakMb).toFixed(2)} × (${ours.peakMb.toFixed(0)} MB; torch ${torch.peakMb.toFixed(0)} MB)`,
        limit: '1.00 ×',
        ok: ours.peakMb <= torch.peakMb,
      },
    ];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--measure') {
  process.stdout.write(`${JSON.stringify(await measure(process.argv[3] ?? '', Number(process.argv[4])))}\n`);
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printFigures(await diffusionFigures());
}
