import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { differenceOf, hasSoftwareWebgpu } from '../../testing/compare-webgpu.ts';

it.runIf(hasSoftwareWebgpu)(
  'the built-in graph gives on WebGPU (a software adapter) what it gives on the CPU',
  { timeout: 180_000 },
  () => {
    const graph = fileURLToPath(new URL('../../packs/kiln-inpaint/model.onnx', import.meta.url));
    expect(differenceOf(graph, { image: [1, 3, 64, 64], mask: [1, 1, 64, 64] }, true)).toBeLessThan(1e-3);
  },
);
