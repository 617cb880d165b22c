/** The canvas engine alone in a real browser: pixels that nothing touched stay bit for bit what they were. */
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { build } from 'esbuild';
import type { CanvasCheck } from '../bench/canvas-check-page.ts';

declare const check: CanvasCheck;

test.beforeEach(async ({ page }) => {
  const entry = fileURLToPath(new URL('../bench/canvas-check-page.ts', import.meta.url));
  const bundle = await build({ entryPoints: [entry], bundle: true, format: 'iife', write: false });
  const body = `<!doctype html><div id="stage" style="position:absolute;inset:0"></div><script>${bundle.outputFiles[0]?.text ?? ''}</script>`;
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.route('http://canvas.test/', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto('http://canvas.test/');
  await page.evaluate(() => check.open());
});

test('pictures are read without loss, half-transparent pixels too', async ({ page }) => {
  expect(await page.evaluate(() => check.sourceDifference())).toEqual({ pixels: 0, outside: 0 });
});

test('a stroke changes what it covers and nothing else; undo, redo, saving and opening are exact', async ({ page }) => {
  await page.evaluate(() => {
    check.keep('before');
    check.engine.zoomTo(1);
    check.engine.setTool('paint-brush');
    check.engine.setBrush('paint-brush', { sizePx: 40, hardness: 0.5 });
    check.engine.setColours({ foreground: '#ff8800' });
  });
  await page.mouse.move(300, 300);
  await page.mouse.down();
  await page.mouse.move(500, 400, { steps: 10 });
  await page.mouse.up();
  const corner = await page.evaluate(() => check.engine.canvasPoint({ x: 0, y: 0 }));
  const covered = { x: Math.floor(300 + corner.x - 21), y: Math.floor(300 + corner.y - 21), width: 243, height: 143 };
  const changed = await page.evaluate((rect) => check.differenceTo('before', rect), covered);
  expect(changed.outside).toBe(0);
  expect(changed.pixels).toBeGreaterThan(5000);

  await page.evaluate(() => {
    check.keep('painted');
    check.engine.undo();
  });
  expect(await page.evaluate(() => check.differenceTo('before'))).toEqual({ pixels: 0, outside: 0 });
  await page.evaluate(() => check.engine.redo());
  expect(await page.evaluate(() => check.differenceTo('painted'))).toEqual({ pixels: 0, outside: 0 });
  await page.evaluate(() => check.saveAndReopen());
  expect(await page.evaluate(() => check.differenceTo('painted'))).toEqual({ pixels: 0, outside: 0 });
});

test('merging a layer down looks as before', async ({ page }) => {
  await page.evaluate(() => {
    check.keep('before');
    const above = check.engine.view.layers[1];
    if (above !== undefined) check.engine.mergeDown(above.id);
  });
  expect(await page.evaluate(() => check.engine.view.layers.length)).toBe(1);
  expect(await page.evaluate(() => check.differenceTo('before'))).toEqual({ pixels: 0, outside: 0 });
});

test('the screen shows what the exact flatten says, but for rounding', async ({ page }) => {
  await page.evaluate(() => check.engine.zoomTo(1));
  await expect.poll(() => page.evaluate(() => check.screenDifference())).toBeLessThanOrEqual(3);
});
