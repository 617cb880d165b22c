/**
 * How long restyling takes on the CPU: seconds a megapixel, what the pipeline adds to the time inside its graphs, and how soon
 * a preview follows a slider. By itself: `node electron/launch/run.mjs e2e/bench/style-bench.ts`.
 */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack, type PackRun } from '../../models/testing/run-pack.ts';
import type { Figure } from './figure.ts';

const rounds = 3;
/** What the room sends while a slider moves. */
const previewSide = 384;

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

async function load(path: string, side: number): Promise<PixelImage> {
  const { data, info } = await sharp(file(path))
    .resize({ width: side, height: side, fit: 'inside' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) };
}

export async function styleFigures(): Promise<Figure[]> {
  const pack = openPack('kiln-style');
  const style = await load('models/styles/van-gogh-starry-night.jpg', 512);
  const image = await load('e2e/fixtures/mountain-lake.jpg', 1224);
  const megapixels = (image.width * image.height) / 1e6;
  await pack.run({ image, style }, {});
  const runs: PackRun[] = [];
  for (let round = 0; round < rounds; round += 1) runs.push(await pack.run({ image, style }, {}));
  // Of one run each, the best: what else the machine does then disturbs both parts alike.
  const ratio = Math.min(...runs.map(({ totalMs, phasesMs }) => totalMs / (phasesMs['run'] ?? NaN)));
  const whole = Math.min(...runs.map(({ totalMs }) => totalMs));

  const small = await load('e2e/fixtures/mountain-lake.jpg', previewSide);
  await pack.run({ image: small, style }, {});
  const moves: number[] = [];
  for (const strength of [0.9, 0.7, 0.5, 0.8, 1]) moves.push((await pack.run({ image: small, style }, { strength })).totalMs);
  const moved = Math.min(...moves);
  return [
    {
      what: 'Restyling, pipeline against the time inside its graphs',
      measured: `${ratio.toFixed(2)} × (${(whole / 1000 / megapixels).toFixed(2)} s a megapixel on the CPU)`,
      limit: '1.10 ×',
      ok: ratio <= 1.1,
    },
    {
      what: `Restyling, preview of ${String(previewSide)} px after a slider moved`,
      measured: `${moved.toFixed(0)} ms`,
      limit: '500 ms',
      ok: moved <= 500,
    },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const figures = await styleFigures();
  console.table(Object.fromEntries(figures.map(({ what, ...rest }) => [what, rest])));
  process.exitCode = figures.every(({ ok }) => ok) ? 0 : 1;
}
