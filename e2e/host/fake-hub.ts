/** A hub of models for specs: the repositories they ask for by name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lamaLikeGraph } from '../../models/testing/graphs.ts';
import { startFakeHub, type FakeFile, type FakeHub } from '../../electron/services/packs/downloads/testing/fake-hub.ts';

export type { FakeHub };

/** A folder of tiny graphs with random weights, laid out as people have them. */
export const tinyPackFolder = 'models/testing/diffusion-packs/packs/sd-turbo-optimum';
const secondFolder = 'models/testing/diffusion-packs/packs/lcm';

const words = (text: string): Uint8Array => new TextEncoder().encode(text);

function folderFiles(folder: string): Record<string, FakeFile> {
  const files: Record<string, FakeFile> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files[file.slice(folder.length + 1)] = { bytes: readFileSync(file), lfs: /\.onnx(_data)?$/.test(file) };
  }
  return files;
}

/**
 * acme/tiny-lcm: a diffusion folder under a licence that restricts uses. acme/lama: two graphs to choose from. acme/gated: for
 * those with the hub's token only.
 */
export async function startHub(): Promise<FakeHub> {
  const hub = await startFakeHub();
  const rail = 'CreativeML Open RAIL-M\n\nSection III: conditions of usage\n\nYou agree not to use the model to break the law.\n';
  hub.add('acme/tiny-lcm', {
    card: { license: 'creativeml-openrail-m' },
    files: {
      ...folderFiles(secondFolder),
      'LICENSE.md': { bytes: words(rail.repeat(20)) },
      'unet/diffusion_pytorch_model.safetensors': { bytes: words('not for Kiln'), lfs: true },
    },
  });
  hub.add('acme/lama', {
    card: { license: 'apache-2.0' },
    files: { 'lama_fp32.onnx': { bytes: lamaLikeGraph(64), lfs: true }, 'small/lama.onnx': { bytes: lamaLikeGraph(32), lfs: true } },
  });
  hub.add('acme/gated', {
    gated: true,
    card: { license: 'cc-by-nc-4.0' },
    files: { 'model.onnx': { bytes: lamaLikeGraph(48), lfs: true } },
  });
  return hub;
}
