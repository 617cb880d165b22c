/**
 * How long upscaling takes on the CPU, and what the pipeline adds to its graph: tiles with their overlap, reading, mixing and
 * writing, against the same graph run once on the whole picture. By itself: `node electron/launch/run.mjs e2e/bench/upscale-bench.ts`.
 */
import { fileURLToPath } from 'node:url';
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import { printFigures, type Figure } from './figure.ts';

/** One tile, where what the pipeline adds is its own; and several, which also cost their overlap. */
const cases = [
  { factor: 2, width: 640, height: 480, limit: 1.1 },
  { factor: 4, width: 640, height: 480, limit: 1.1 },
  { factor: 4, width: 1280, height: 640, limit: 1.2 },
];
const rounds = 4;

function picture(size: { width: number; height: number }): PixelImage {
  const data = new Uint8Array(size.width * size.height * 3);
  for (let index = 0; index < data.length; index += 1) data[index] = (index * 7 + (index >> 9)) % 251;
  return { width: size.width, height: size.height, channels: 3, data };
}

export async function upscaleFigures(): Promise<Figure[]> {
  const pack = openPack('kiln-upscale');
  const figures: Figure[] = [];
  for (const { factor, limit, ...size } of cases) {
    const image = picture(size);
    const values = new Float32Array(image.data.length).map((_, index) => (image.data[index] ?? 0) / 255);
    const session = await pack.session(factor === 2 ? 'x2.onnx' : undefined);
    const bareMs: number[] = [];
    const pipelineMs: number[] = [];
    // Taken in turn, the best of each: what else the machine does then disturbs both alike.
    for (let round = 0; round < rounds; round += 1) {
      const from = performance.now();
      await session.run({ input: { type: 'float32', dims: [1, 3, size.height, size.width], data: values } });
      bareMs.push(performance.now() - from);
      pipelineMs.push((await pack.run({ image }, { factor, sharpness: 0 })).totalMs);
    }
    const [bare, whole] = [Math.min(...bareMs), Math.min(...pipelineMs)];
    const megapixels = (size.width * size.height * factor * factor) / 1e6;
    const ratio = whole / bare;
    figures.push({
      what: `Upscaling ${String(size.width)} × ${String(size.height)} by ${String(factor)}, pipeline against its bare graph`,
      measured: `${ratio.toFixed(2)} × (${(whole / 1000 / megapixels).toFixed(2)} s a megapixel of result on the CPU)`,
      limit: `${limit.toFixed(2)} ×`,
      ok: ratio <= limit,
    });
  }
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printFigures(await upscaleFigures());
}
