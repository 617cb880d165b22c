/**
 * `npm run bench`: the figures Kiln promises, as a table. Ratios and times are measured in this one run. With names
 * (`npm run bench -- canvas history`) only those are taken.
 */
import { canvasFigures } from './canvas-bench.ts';
import { diffusionFigures } from './diffusion-bench.ts';
import { printFigures, type Figure } from './figure.ts';
import { historyFigures } from './history-bench.ts';
import { inpaintFigures } from './inpaint-bench.ts';
import { musicFigures } from './music-bench.ts';
import { paletteFigures, textureFigures } from './palette-texture-bench.ts';
import { rollFigures } from './roll-bench.ts';
import { styleFigures } from './style-bench.ts';
import { upscaleFigures } from './upscale-bench.ts';

/** Script time of a frame while a stroke is painted on 4096 × 4096 pixels in five layers. */
async function strokeFigures(): Promise<Figure[]> {
  return (await canvasFigures()).map(({ what, frames, p50Ms, p95Ms }) => ({
    what: `Frame work, ${what}`,
    measured: `p95 ${p95Ms.toFixed(1)} ms (p50 ${p50Ms.toFixed(1)} ms, ${String(frames)} frames)`,
    limit: '8 ms',
    ok: p95Ms < 8,
  }));
}

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  inpaint: inpaintFigures,
  history: historyFigures,
  canvas: strokeFigures,
  roll: rollFigures,
  upscale: upscaleFigures,
  style: styleFigures,
  palette: paletteFigures,
  texture: textureFigures,
  diffusion: diffusionFigures,
  music: musicFigures,
};
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no benchmark "${unknown.join('", "')}"; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`Measuring ${name} …\n`);
  figures.push(...(await bench()));
}
printFigures(figures);
