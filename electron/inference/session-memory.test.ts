import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sessionMemoryOf } from './session-memory.ts';

const fixture = (path: string): string => fileURLToPath(new URL(`../../models/testing/${path}`, import.meta.url));

describe('memory of an open graph', () => {
  it('counts weights that lie beside the graph', async () => {
    const graph = (await stat(fixture('lora/fixture/unet-external.onnx'))).size;
    const data = (await stat(fixture('lora/fixture/unet-external.onnx_data'))).size;
    const bytes = await sessionMemoryOf(fixture('lora/fixture/unet-external.onnx'), 'cpu');
    expect(bytes).toBeGreaterThan(2 * (graph + data));
    expect(bytes).toBeLessThan(4 * (graph + data));
  });

  it('knows that halves grow on the CPU and that WebAssembly holds the file too', async () => {
    const half = fixture('diffusion-packs/packs/sd-turbo/unet/model.onnx');
    const cpu = await sessionMemoryOf(half, 'cpu');
    expect(cpu).toBeGreaterThan(await sessionMemoryOf(half, 'webgpu'));
    expect(await sessionMemoryOf(half, 'wasm')).toBeGreaterThan(cpu);
  });
});
