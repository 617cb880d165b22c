import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { differenceOf, hasSoftwareWebgpu } from '../../testing/compare-webgpu.ts';

const graph = (name: string): string => fileURLToPath(new URL(`../../packs/kiln-palette/${name}`, import.meta.url));

describe.skipIf(!hasSoftwareWebgpu)('the palette graphs on WebGPU', () => {
  it('sample as on the CPU', { timeout: 120_000 }, () => {
    expect(differenceOf(graph('sampler.onnx'), { z: [7, 15] })).toBeLessThan(1e-4);
  });

  it('score as on the CPU, even colours that no screen shows', { timeout: 120_000 }, () => {
    // Values of 0..1 in a and b lie far outside sRGB.
    expect(differenceOf(graph('scorer.onnx'), { colours: [7, 15] })).toBeLessThan(1e-4);
  });
});
