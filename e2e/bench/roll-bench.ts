/**
 * `node e2e/bench/roll-bench.ts`: frames of the piano roll while the play head runs over 64 bars in eight tracks, and what
 * painting all of them costs, in a real browser without a GPU.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';
import type { Figure } from './figure.ts';
import type { RollBench } from './roll-bench-page.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const playMs = 5000;
const wholePaints = 40;

declare const bench: RollBench;

const share = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
};

const rate = (frames: readonly number[]): number => (1000 * frames.length) / frames.reduce((sum, ms) => sum + ms, 0);

export async function rollFigures(): Promise<Figure[]> {
  const bundle = await build({ entryPoints: [path('./roll-bench-page.ts')], bundle: true, format: 'iife', write: false });
  const script = bundle.outputFiles[0]?.text ?? '';
  const html = await readFile(path('./roll-bench.html'), 'utf8');
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForTimeout(500);
    const rested = await page.evaluate((ms) => bench.rest(ms), playMs);
    const played = await page.evaluate((ms) => bench.play(ms), playMs);
    const whole = await page.evaluate((times) => bench.paintWhole(times), wholePaints);
    const bare = rate(rested);
    const playing = rate(played.frames);
    const pageTurn = share(played.paints, 1);
    return [
      {
        what: 'Piano roll, 64 bars × 8 tracks, while it plays',
        measured: `${playing.toFixed(1)} frames/s (at rest ${bare.toFixed(1)}); ${String(played.paints.length)} of ${String(played.frames.length)} painted, worst ${pageTurn.toFixed(1)} ms`,
        // A busy machine gives fewer frames to anybody.
        limit: '60 frames/s, or 95 % of those at rest; a page in 16 ms',
        ok: playing >= Math.min(59, 0.95 * bare) && pageTurn < 16,
      },
      {
        what: 'Piano roll, all 8,192 notes painted anew',
        measured: `p95 ${share(whole, 0.95).toFixed(1)} ms (p50 ${share(whole, 0.5).toFixed(1)} ms)`,
        limit: '16 ms',
        ok: share(whole, 0.95) < 16,
      },
    ];
  } finally {
    await browser.close();
    server.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { what, measured } of await rollFigures()) console.log(`${what}: ${measured}`);
}
