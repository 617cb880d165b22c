/**
 * `npm run evaluate`: the shipped models' figures on held-out data, through the same pipelines the studio runs. Needs the
 * data beside the repository and, for the classical baselines, Python with OpenCV. With names (`npm run evaluate -- upscale`)
 * only those are taken.
 */
import { evaluateInpaint } from './inpaint.ts';
import { evaluateMini } from './mini.ts';
import { evaluateMusic } from './music.ts';
import { evaluatePalette } from './palette.ts';
import type { Row } from './row.ts';
import { evaluateStyle } from './style.ts';
import { evaluateTexture } from './texture.ts';
import { evaluateUpscale } from './upscale.ts';

const say = (text: string): void => void process.stderr.write(`\r${text.slice(0, 100).padEnd(100)}`);

const evaluations: Readonly<Record<string, () => Promise<Row[]>>> = {
  inpaint: async () => [
    ...(await evaluateInpaint({ say })),
    ...(await evaluateInpaint({ say, params: { detail: 0.8 } })).map((row) => ({ ...row, task: 'inpaint, detail 0.8' })),
  ],
  upscale: () => evaluateUpscale({ say }),
  style: () => evaluateStyle({ say }),
  palette: () => evaluatePalette({ say }),
  texture: () => evaluateTexture({ say }),
  mini: () => evaluateMini({ say }),
  music: () => evaluateMusic({ say }),
};
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(evaluations, name));
if (unknown.length > 0) {
  console.error(`There is no evaluation "${unknown.join('", "')}"; there are ${Object.keys(evaluations).join(', ')}.`);
  process.exit(2);
}
const rows: Row[] = [];
for (const [name, evaluate] of Object.entries(evaluations)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  rows.push(...(await evaluate()));
}
process.stderr.write('\n');
console.table(Object.fromEntries(rows.map(({ task, metric, measured, bar, ok }) => [`${task}: ${metric}`, { measured, bar, ok }])));
const missed = rows.filter(({ ok }) => !ok).length;
console.log(missed === 0 ? `All ${String(rows.length)} bars are met.` : `${String(missed)} of ${String(rows.length)} bars are missed.`);
process.exitCode = missed === 0 ? 0 : 1;
