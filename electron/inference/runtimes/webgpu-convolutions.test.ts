import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { miscomputedConvolutions } from './webgpu-convolutions.ts';

const models = fileURLToPath(new URL('../../../models', import.meta.url));

it('an inpainting UNet has one, a text-to-image UNet none', async () => {
  const unetOf = (pack: string): string => join(models, 'testing/diffusion-packs/packs', pack, 'unet/model.onnx');
  expect(await miscomputedConvolutions(unetOf('inpaint-9'))).toEqual(['/conv_in/Conv']);
  expect(await miscomputedConvolutions(unetOf('sd15'))).toEqual([]);
});

it('Kiln’s own packs have none that could not be left to the CPU', async () => {
  const graphs = readdirSync(join(models, 'packs'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.onnx'));
  expect(graphs.length).toBeGreaterThan(5);
  for (const graph of graphs) expect(await miscomputedConvolutions(join(models, 'packs', graph)), graph).not.toContain('');
});
