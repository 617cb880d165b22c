/**
 * Whole runs of tiny packs in every layout against torch loops written from the published definitions
 * (models/testing/diffusion-packs): through the importer's recogniser, the inference process's job runner and onnxruntime on the CPU.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../../electron/inference/runtimes/node-runtime.ts';
import { largestDifference, optionsOf, referenceCase, referenceCases } from '../../testing/diffusion-packs/cases.ts';
import { TinyPacks } from '../../testing/diffusion-packs/open.ts';
import { traps } from '../../testing/diffusion-packs/traps.ts';

const tolerance = 1e-3;
/** float16 resolves 5e-4 of a value, and rounding differs from one runtime's kernels to the next: relative to the largest latent. */
const halfTolerance = 2e-3;
const packs = new TinyPacks(nodeRuntime('cpu'));
afterAll(() => packs.close());

describe('reference runs', () => {
  it('cover every pack, each from noise, and every sampler and mode asked for', () => {
    const names = ['sd15', 'sd15-legacy', 'sd15-v', 'sd-turbo', 'sd-turbo-optimum', 'sdxl', 'sdxl-turbo', 'lcm', 'inpaint-9', 'controlnet'];
    expect(new Set(referenceCases.map(({ pack }) => pack))).toEqual(new Set(names));
    expect(referenceCases.length).toBeGreaterThan(50);
  });

  it.each(referenceCases)('$pack: $name', async (reference) => {
    const { latents, unetInputs } = await packs.run(reference.pack, optionsOf(reference));
    const largest = reference.latents.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const allowed = reference.pack === 'sd-turbo' ? halfTolerance * largest : tolerance;
    const runsACall = unetInputs.length / reference.inputs.length;
    expect(runsACall).toBe(reference.params['guidanceRuns'] === 'sequential' ? 2 : 1);
    reference.inputs.forEach((mean, call) => {
      expect(Math.abs((unetInputs[call * runsACall] ?? NaN) - mean), `UNet's input at call ${String(call + 1)}`).toBeLessThan(allowed);
    });
    expect(largestDifference(latents, reference.latents)).toBeLessThan(allowed);
  });
});

describe('the runs would show', () => {
  it.each(traps)('$what', async ({ run, tamper }) => {
    const reference = referenceCase(run);
    let tampered = 0;
    const { latents } = await packs.run(reference.pack, {
      ...optionsOf(reference),
      tamper(part, feeds) {
        const changed = tamper(part, feeds);
        if (changed === null) return { ...feeds };
        tampered += 1;
        return { ...feeds, ...changed };
      },
    });
    expect(tampered).toBeGreaterThan(0);
    expect(largestDifference(latents, reference.latents)).toBeGreaterThan(1e-2);
  });
});
