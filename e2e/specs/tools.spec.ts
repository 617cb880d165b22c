/** The tools beside the canvas, each through its own built-in model. */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, test } from '../host/studio-fixture.ts';

const fixtures = ['dune.jpg', 'walruses.jpg'].map((name) => `e2e/fixtures/${name}`);

async function openRoom(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('button', { name }).click();
  await expect(page.getByRole('main', { name })).toBeVisible();
}

/** A quarter of a fixture, so that the larger models answer soon. */
async function smallPicture(name: string): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  return { name, mimeType: 'image/png', buffer: await sharp(`e2e/fixtures/${name}`).resize(240).png().toBuffer() };
}

test('upscale: a batch with a file that is no picture, compared, exported, discarded and brought back', async ({ studio: { page } }) => {
  await openRoom(page, 'Upscale');
  const broken = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') };
  await page.getByLabel('Add pictures').setInputFiles([await smallPicture('dune.jpg'), broken, await smallPicture('walruses.jpg')]);
  await expect(page.getByRole('alert')).toContainText('notes.png');
  await page.getByRole('button', { name: '4×' }).click();
  await expect(page.getByText(/240 × \d+ becomes 960 × \d+ px/)).toBeVisible();
  await page.getByRole('button', { name: 'Upscale all 2' }).click();
  await expect(page.getByText('2 of 2 done')).toBeVisible({ timeout: 120_000 });
  const result = page.getByRole('region', { name: 'Result' });
  await expect(result.getByText(/960 × \d+ px/)).toBeVisible();
  await page.getByRole('slider', { name: 'Before and After' }).press('ArrowLeft');
  await page.screenshot({ path: 'test-results/upscale.png' });
  await result.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByText('1 of 2 done')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('2 of 2 done')).toBeVisible();
});

test('style: a painting gives its look, previewed live and made in full', async ({ studio: { page } }) => {
  await openRoom(page, 'Style');
  await expect(page.getByText('Choose a style first.')).toBeVisible();
  await page.getByLabel('Add pictures').setInputFiles([await smallPicture('walruses.jpg')]);
  await page
    .getByRole('button', { name: /The Great Wave|Starry Night/ })
    .first()
    .click();
  await expect(page.getByText(/^Preview, \d+ ms/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Restyle', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Result' })).toBeVisible({ timeout: 120_000 });
  await page.screenshot({ path: 'test-results/style.png' });
});

test('palette: a locked colour stays, undo, contrast, and files other programs read', async ({ studio: { page } }) => {
  await openRoom(page, 'Palette');
  await page.getByLabel('Colour 2 as hex').fill('#c02030');
  await page.getByLabel('Colour 2 as hex').press('Enter');
  await page.getByRole('button', { name: 'Lock colour 2' }).click();
  await page.getByRole('button', { name: 'Complete the unlocked' }).click();
  const offers = page.getByRole('list', { name: 'Offered palettes' });
  await expect(offers.getByRole('listitem')).toHaveCount(8, { timeout: 60_000 });
  await expect(page.getByLabel('Colour 2 as hex')).toHaveValue('#c02030');
  for (const name of await offers.getByRole('button').evaluateAll((buttons) => buttons.map((button) => button.ariaLabel ?? ''))) {
    expect(name).toContain('#c02030');
  }
  const before = await page.getByLabel('Colour 1 as hex').inputValue();
  await offers.getByRole('button').nth(3).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByLabel('Colour 1 as hex')).toHaveValue(before);
  for (const [format, start] of [
    ['ase', 'ASEF'],
    ['gpl', 'GIMP Palette'],
    ['css', ':root {'],
  ] as const) {
    await page.getByLabel('Palette format').selectOption(format);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export palette' }).click();
    const file = await readFile(await (await download).path(), 'latin1');
    expect(file.startsWith(start)).toBe(true);
  }
  await page.screenshot({ path: 'test-results/palette.png' });
  await page.getByText('Contrast', { exact: true }).click();
  await expect(page.getByRole('table', { name: /WCAG/ })).toContainText('21.0');
  await page.getByText('Recolour a picture').click();
  await page.getByLabel('Add pictures').setInputFiles([await smallPicture('dune.jpg')]);
  await page.getByRole('button', { name: 'Recolour', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Result' })).toBeVisible({ timeout: 60_000 });
});

test('texture: the map is explored by keyboard, and the made tile repeats without a seam', async ({ studio: { page } }) => {
  await openRoom(page, 'Texture');
  const tile = page.getByRole('img', { name: /The tile/ });
  await expect(tile).toBeVisible({ timeout: 60_000 });
  const first = await tile.evaluate((element) => element.style.backgroundImage);
  await page.getByRole('button', { name: /^Point on the map/ }).press('Shift+ArrowRight');
  await expect.poll(() => tile.evaluate((element) => element.style.backgroundImage)).not.toBe(first);
  await page.getByRole('button', { name: 'Make the tile' }).click();
  await expect(page.getByRole('region', { name: 'Result' })).toBeVisible({ timeout: 60_000 });
  await page.getByText('Normal', { exact: true }).click();
  await page.screenshot({ path: 'test-results/texture.png' });
  await openRoom(page, 'History');
  await expect(page.getByRole('button', { name: /Texture/ }).first()).toBeVisible();
});

test('the queue runs on while the page is away and shows what became of it', async ({ studio: { page } }) => {
  await openRoom(page, 'Upscale');
  await page.getByRole('button', { name: 'Queue' }).click();
  const queue = page.getByRole('complementary', { name: 'Queue' });
  await expect(queue.getByText('Nothing waits')).toBeVisible();
  await queue.getByRole('button', { name: 'Pause' }).click();
  await page.getByLabel('Add pictures').setInputFiles(fixtures);
  await page.getByRole('button', { name: 'Upscale all 2' }).click();
  await expect(queue.getByText('2 jobs')).toBeVisible();
  await queue.getByRole('button', { name: 'Cancel walruses.jpg' }).click();
  await expect(queue.getByText('1 job')).toBeVisible();
  await queue.getByRole('button', { name: 'Resume' }).click();
  // A tab that is closed and opened again knows nothing of before.
  await page.reload();
  await page.getByRole('button', { name: 'Queue' }).click();
  await expect(queue.getByText('Upscale, done')).toBeVisible({ timeout: 120_000 });
  await expect(queue.getByText('Upscale, cancelled')).toBeVisible();
});
