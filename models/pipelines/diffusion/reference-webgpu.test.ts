import { expect, it } from 'vitest';
import { hasSoftwareWebgpu } from '../../testing/compare-webgpu.ts';
import { compareOnWebgpu } from '../../testing/diffusion-packs/compare-webgpu.ts';

/** Two steps each; by image to image, guidance, nine channels, guidance embedding, two encoders with time ids, and ControlNets. */
const runs = ['image to image, Euler', 'nine channels, strength 1', 'LCM, four steps', 'SDXL, no negative prompt', 'two ControlNets'];

it.runIf(hasSoftwareWebgpu)('whole runs end on WebGPU (a software adapter) where they end on the CPU', { timeout: 300_000 }, () => {
  const comparisons = compareOnWebgpu(runs);
  expect(comparisons.map(({ run }) => run)).toEqual(runs);
  for (const { run, difference, largest } of comparisons) {
    expect(largest, run).toBeGreaterThan(0.5);
    expect(difference, run).toBeLessThan(1e-2);
    // Other kernels round otherwise: the same bits would mean that nothing ran there.
    expect(difference, run).toBeGreaterThan(0);
  }
});
