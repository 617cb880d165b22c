import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, test } from '../host/studio-fixture.ts';

async function openPhoto(page: Page, file: string): Promise<void> {
  await page.getByLabel('Picture file').setInputFiles(`e2e/fixtures/${file}`);
  await expect(page.getByRole('main', { name: 'Canvas' })).toBeVisible();
}

/** Paints across the middle of the picture, from and to as fractions of its size. */
async function paint(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const box = await page.getByLabel('Mask', { exact: true }).boundingBox();
  if (box === null) throw new Error('The mask is not on the screen.');
  await page.mouse.move(box.x + box.width * from[0], box.y + box.height * from[1]);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to[0], box.y + box.height * to[1], { steps: 12 });
  await page.mouse.up();
}

test('open, mask, inpaint, compare, accept, undo, history, run again, export, reopen after kill', async ({ page, studioFolder }) => {
  let studio = await studioFolder.start();
  await page.goto(studio.url);
  await page.screenshot({ path: 'test-results/start.png' });
  await openPhoto(page, 'dune.jpg');
  await paint(page, [0.3, 0.84], [0.4, 0.82]);
  await page.screenshot({ path: 'test-results/mask.png' });
  await page.getByRole('button', { name: 'Inpaint', exact: true }).click();
  const result = page.getByRole('region', { name: 'Result' });
  await expect(result).toBeVisible({ timeout: 60_000 });
  await page.getByLabel('Before / after').fill('50');
  await page.screenshot({ path: 'test-results/compare.png' });
  await result.getByRole('button', { name: 'Accept' }).click();
  const layers = page.getByRole('region', { name: 'Layers' }).getByRole('listitem');
  await expect(layers).toHaveCount(2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(layers).toHaveCount(1);
  await page.keyboard.press('Control+Shift+Z');
  await expect(layers).toHaveCount(2);
  await expect(page.getByRole('status')).toHaveText('Saved');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export PNG' }).click();
  const exported = await readFile(await (await download).path());
  expect(exported.toString('latin1')).toContain('compositeWithTrainedAlgorithmicMedia');
  expect(exported.toString('latin1')).toContain('"packId":"kiln-inpaint"');

  await page.getByRole('button', { name: 'History' }).click();
  const history = page.getByRole('main', { name: 'History' });
  await history.getByRole('button', { name: 'dune.jpg, succeeded' }).click();
  await expect(page.getByLabel('Details').getByText('Kiln Inpaint')).toBeVisible();
  await page.screenshot({ path: 'test-results/history.png' });
  await page.getByRole('button', { name: 'Run again' }).click();
  await expect(history.getByRole('button', { name: 'dune.jpg, succeeded' })).toHaveCount(2, { timeout: 60_000 });

  await studio.kill();
  await expect(page.getByText('cannot be reached')).toBeVisible();
  studio = await studioFolder.start();
  await page.goto(studio.url);
  await page.getByRole('button', { name: /^dune\.jpg/ }).click();
  await expect(layers).toHaveCount(2);
  await page.getByRole('button', { name: 'History' }).click();
  await expect(history.getByText('2 generations')).toBeVisible();
});

test('an empty mask is refused in words, and several seeds give results to choose from', async ({ page, studio }) => {
  await page.goto(studio.url);
  await openPhoto(page, 'mountain-lake.jpg');
  await page.getByRole('button', { name: 'Inpaint', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('Nothing is masked.');
  await paint(page, [0.5, 0.6], [0.56, 0.6]);
  await page.getByLabel('Results').fill('3');
  await page.getByRole('button', { name: 'Inpaint', exact: true }).click();
  await expect(page.getByText('Result 1 of 3')).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText('Result 2 of 3')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'Layers' }).getByRole('listitem')).toHaveCount(1);
});

test('a broken picture gets a clear error and changes nothing', async ({ page, studio }) => {
  await page.goto(studio.url);
  const broken = (await readFile('e2e/fixtures/walruses.jpg')).subarray(0, 3000);
  await page.getByLabel('Picture file').setInputFiles({ name: 'broken.jpg', mimeType: 'image/jpeg', buffer: broken });
  await expect(page.getByRole('alert')).toContainText('"broken.jpg" is damaged');
  await expect(page.getByRole('main', { name: 'Start' })).toBeVisible();
});
