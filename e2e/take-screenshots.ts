/** `npm run screenshots`: the README's pictures, taken by the main end-to-end spec and reduced to a palette. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import sharp from 'sharp';

const largestBytes = 400_000;
const names = ['mask', 'compare', 'history'];
/** The spec that takes them. */
const spec = 'open, mask, inpaint';

const ran = spawnSync('npx', ['--no', 'playwright', 'test', '--config', 'e2e/playwright.config.ts', '-g', spec], { stdio: 'inherit' });
if (ran.status !== 0) throw new Error('The spec failed: the screenshots stay as they were.');

mkdirSync('e2e/screenshots', { recursive: true });
for (const name of names) {
  const file = `e2e/screenshots/${name}.png`;
  for (const colours of [256, 128, 64]) {
    await sharp(`test-results/${name}.png`).png({ palette: true, colours, effort: 10, dither: 0.6 }).toFile(file);
    if (statSync(file).size <= largestBytes) break;
  }
  console.log(`${file}: ${String(Math.round(statSync(file).size / 1000))} kB`);
}
