import type { Page } from '@playwright/test';
import { expect, test } from '../host/studio-fixture.ts';
import { pagesOf } from '../pages/studio.ts';

/** Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const at = document.activeElement;
      if (!(at instanceof HTMLElement)) return '';
      const label = at instanceof HTMLInputElement ? (at.labels?.[0]?.textContent ?? '') : at.textContent;
      return (at.getAttribute('aria-label') ?? label).trim();
    });
    if (focused === name) return;
  }
  throw new Error(`"${name}" cannot be reached with Tab.`);
}

test('inpainting without a pointer: mask by numbers, run, choose, keep, undo', async ({ studio }) => {
  const { page } = studio;
  const { start, canvas } = pagesOf(page);
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  await page.keyboard.press('m');
  await tabTo(page, 'Shape by numbers');
  await page.keyboard.press('Enter');
  for (const value of ['200', '340', '60', '40']) {
    await page.keyboard.press('Control+a');
    await page.keyboard.type(value);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(canvas.mask.clearButton).toBeEnabled();
  await page.keyboard.press('Control+Enter');
  await expect(canvas.result.tray).toBeVisible({ timeout: 60_000 });
  await tabTo(page, 'Results');
  await page.keyboard.press('Enter');
  await expect(canvas.layers.rows).toHaveCount(2);
  await page.keyboard.press('Control+z');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
});

test('every shortcut of the canvas does something, and the sheet lists them', async ({ studio }) => {
  const { page } = studio;
  const { start, canvas } = pagesOf(page);
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  const tools: readonly [string, string][] = [
    ['e', 'Mask eraser'],
    ['m', 'Mask rectangle'],
    ['Shift+M', 'Mask ellipse'],
    ['l', 'Mask lasso'],
    ['w', 'Magic wand'],
    ['n', 'Paint brush'],
    ['Shift+E', 'Paint eraser'],
    ['g', 'Fill'],
    ['i', 'Eyedropper'],
    ['v', 'Move layer'],
    ['c', 'Outpaint: extend the canvas'],
    ['h', 'Hand'],
    ['b', 'Mask brush'],
  ];
  for (const [keys, label] of tools) {
    await page.keyboard.press(keys);
    await expect(canvas.tools.getByRole('button', { name: label, exact: true })).toHaveAttribute('aria-pressed', 'true');
  }
  const size = canvas.options.getByLabel('Size, number');
  const hardness = canvas.options.getByLabel('Hardness, number');
  const [sizeBefore, hardnessBefore] = [Number(await size.inputValue()), Number(await hardness.inputValue())];
  await page.keyboard.press(']');
  await expect.poll(async () => Number(await size.inputValue())).toBeGreaterThan(sizeBefore);
  await page.keyboard.press('[');
  await page.keyboard.press('[');
  await expect.poll(async () => Number(await size.inputValue())).toBeLessThan(sizeBefore);
  await page.keyboard.press('Shift+[');
  await expect.poll(async () => Number(await hardness.inputValue())).toBeLessThan(hardnessBefore);
  await page.keyboard.press('Shift+]');
  await expect(hardness).toHaveValue(String(hardnessBefore));

  const paint = canvas.room.getByLabel('Paint colour');
  await page.keyboard.press('x');
  await expect(paint).toHaveValue('#ffffff');
  await page.keyboard.press('d');
  await expect(paint).toHaveValue('#000000');

  await page.keyboard.press('Control+a');
  await expect(canvas.mask.clearButton).toBeEnabled();
  await page.keyboard.press('Control+d');
  await expect(canvas.mask.clearButton).toBeDisabled();
  await page.keyboard.press('Control+i');
  await expect(canvas.mask.clearButton).toBeEnabled();
  await page.keyboard.press('q');
  await expect(canvas.mask.bar.getByRole('button', { name: 'Show the mask' })).toBeVisible();
  await page.keyboard.press('q');

  const zoom = canvas.room.getByRole('button', { name: 'Zoom to 100 %' });
  await page.keyboard.press('=');
  await expect(zoom).not.toHaveText('100 %');
  await page.keyboard.press('1');
  await expect(zoom).toHaveText('100 %');
  await page.keyboard.press('-');
  await expect(zoom).not.toHaveText('100 %');
  await page.keyboard.press('0');
  await expect(zoom).toHaveText('100 %');
  await page.keyboard.press('\\');
  const compare = canvas.options.getByRole('button', { name: 'Before and after' });
  await expect(compare).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('\\');
  await expect(compare).toHaveAttribute('aria-pressed', 'false');

  await page.keyboard.press('Control+Shift+L');
  await expect(canvas.layers.rows).toHaveCount(2);
  await page.keyboard.press('Control+[');
  await expect.poll(async () => (await canvas.layers.names())[0]).toBe('Background');
  await page.keyboard.press('Control+]');
  await expect.poll(async () => (await canvas.layers.names())[1]).toBe('Background');
  await page.keyboard.press('Control+j');
  await expect(canvas.layers.rows).toHaveCount(3);
  await page.keyboard.press('Control+e');
  await expect(canvas.layers.rows).toHaveCount(2);
  await page.keyboard.press('Delete');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  await page.keyboard.press('Control+s');
  await expect(canvas.saved).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog').getByText('Merge down')).toBeVisible();
});
