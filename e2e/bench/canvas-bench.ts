/**
 * `node e2e/bench/canvas-bench.ts`: script time of each frame while strokes are painted on 4096 × 4096 pixels in five
 * layers, in a real browser with real pointer events. Everything the frame does counts: brush, blending, compositing.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import { build } from 'esbuild';
import type { CanvasBench } from './canvas-bench-page.ts';
import type { BrushToolName } from '../../renderer/canvas/canvas-api.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface CanvasFigure {
  what: string;
  frames: number;
  p50Ms: number;
  p95Ms: number;
  worstMs: number;
}
interface Scenario {
  what: string;
  tool: BrushToolName;
  sizePx: number;
  hardness: number;
  /** Null: the whole canvas in the window. */
  zoom: number | null;
}
const scenarios: Scenario[] = [
  { what: 'brush 60 px at 100 %', tool: 'paint-brush', sizePx: 60, hardness: 0.8, zoom: 1 },
  { what: 'brush 300 px, whole canvas', tool: 'paint-brush', sizePx: 300, hardness: 0.5, zoom: null },
  { what: 'mask brush 120 px, whole canvas', tool: 'mask-brush', sizePx: 120, hardness: 0.9, zoom: null },
  { what: 'eraser 200 px at 50 %', tool: 'paint-eraser', sizePx: 200, hardness: 1, zoom: 0.5 },
];

declare const bench: CanvasBench;

/** Frame work while painting. Node's Playwright drives Debian's Chromium without a GPU: the slowest case there is. */
export async function canvasFigures(): Promise<CanvasFigure[]> {
  const bundle = await build({ entryPoints: [path('./canvas-bench-page.ts')], bundle: true, format: 'iife', write: false });
  const script = bundle.outputFiles[0]?.text ?? '';
  const html = await readFile(path('./canvas-bench.html'), 'utf8');
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
    await page.evaluate(() => bench.load());
    const figures: CanvasFigure[] = [];
    for (const scenario of scenarios) figures.push(await paint(page, scenario));
    return figures;
  } finally {
    await browser.close();
    server.close();
  }
}

async function paint(page: Page, { what, tool, sizePx, hardness, zoom }: Scenario): Promise<CanvasFigure> {
  await page.evaluate(
    ([name, size, edge, scale]) => {
      bench.engine.setTool(name);
      bench.engine.setBrush(name, { sizePx: size, hardness: edge });
      bench.engine.setColours({ foreground: '#c2185b' });
      if (scale === null) bench.engine.zoomFit();
      else bench.engine.zoomTo(scale);
    },
    [tool, sizePx, hardness, zoom] as const,
  );
  // The view settles first: tiles that come into sight are not the stroke's work.
  await page.waitForTimeout(1000);
  await page.evaluate(() => bench.take());
  await page.mouse.move(420, 200);
  await page.mouse.down();
  for (let step = 0; step < 240; step += 1) {
    const angle = step / 12;
    await page.mouse.move(720 + Math.cos(angle) * (300 - step * 0.5), 450 + Math.sin(angle * 1.3) * (250 - step * 0.4));
  }
  await page.mouse.up();
  await page.waitForTimeout(100);
  const frames = (await page.evaluate(() => bench.take())).toSorted((a, b) => a - b);
  const at = (part: number): number => frames[Math.min(frames.length - 1, Math.floor(frames.length * part))] ?? NaN;
  return { what, frames: frames.length, p50Ms: at(0.5), p95Ms: at(0.95), worstMs: at(1) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { what, frames, p50Ms, p95Ms, worstMs } of await canvasFigures()) {
    console.log(`${what}: ${frames} frames, p50 ${p50Ms.toFixed(1)} ms, p95 ${p95Ms.toFixed(1)} ms, worst ${worstMs.toFixed(1)} ms`);
  }
}
