import { readFile } from 'node:fs/promises';
import { expect, test } from '../host/studio-fixture.ts';
import { pagesOf } from '../pages/studio.ts';

test('open, mask, inpaint, compare, keep, undo, history, export, run again, reopen after kill', async ({ studioFolder }) => {
  let studio = await studioFolder.start();
  let { shell, start, canvas, history } = pagesOf(studio.page);
  await expect(start.room).toBeVisible();
  await studio.page.screenshot({ path: 'test-results/start.png' });
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.room).toBeVisible();
  await canvas.choose('Mask brush');
  await canvas.dragFractions([0.3, 0.84], [0.4, 0.82]);
  await expect(canvas.mask.clearButton).toBeEnabled();
  await studio.page.screenshot({ path: 'test-results/mask.png' });
  await canvas.inpaint.start();
  await expect(canvas.result.tray).toBeVisible({ timeout: 60_000 });
  await canvas.result.compare(41);
  await studio.page.screenshot({ path: 'test-results/compare.png' });
  await canvas.result.compare(0);
  await canvas.result.keep();
  await expect(canvas.layers.rows).toHaveCount(2);
  await canvas.undoButton.click();
  await expect(canvas.layers.rows).toHaveCount(1);
  await studio.page.keyboard.press('Control+Shift+Z');
  await expect(canvas.layers.rows).toHaveCount(2);
  await expect(canvas.saved).toBeVisible();

  await shell.go('History');
  await history.choose('dune.jpg');
  await expect(history.details.getByText('Kiln Inpaint')).toBeVisible();
  await studio.page.screenshot({ path: 'test-results/history.png' });
  await history.openExport();
  const exported = await studio.download(() => history.export.save());
  expect(exported.fileName).toMatch(/\.png$/);
  const text = exported.bytes.toString('latin1');
  expect(text).toContain('compositeWithTrainedAlgorithmicMedia');
  expect(text).toContain('"packId":"kiln-inpaint"');
  if (await history.export.dialog.isVisible()) await studio.page.keyboard.press('Escape');
  await history.act('Run again');
  await expect(history.tiles('dune.jpg')).toHaveCount(2, { timeout: 60_000 });

  await studio.kill();
  studio = await studioFolder.start();
  ({ shell, start, canvas, history } = pagesOf(studio.page));
  await start.openRecent('dune.jpg');
  await expect(canvas.layers.rows).toHaveCount(2);
  await shell.go('History');
  await expect(history.total(2)).toBeVisible();
});

test('an empty mask is refused in words, and several seeds give results to choose from', async ({ studio }) => {
  const { shell, start, canvas } = pagesOf(studio.page);
  await start.chooseFile('e2e/fixtures/mountain-lake.jpg');
  await expect(canvas.room).toBeVisible();
  await canvas.inpaint.start();
  await expect(shell.alerts).toContainText('Nothing is masked.');
  await canvas.choose('Mask brush');
  await canvas.dragFractions([0.5, 0.6], [0.56, 0.6]);
  const mask = await studio.download(() => canvas.mask.exportPng());
  expect(mask.fileName).toMatch(/\.png$/);
  expect(mask.bytes.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  await canvas.inpaint.setResults(3);
  await canvas.inpaint.start();
  await expect(canvas.result.heading).toHaveText('Result 1 of 3', { timeout: 60_000 });
  await canvas.result.items.first().click();
  await studio.page.keyboard.press('ArrowRight');
  await expect(canvas.result.heading).toHaveText('Result 2 of 3');
  await studio.page.keyboard.press('Escape');
  await expect(canvas.result.tray).toBeHidden();
  await expect(canvas.layers.rows).toHaveCount(1);
});

test('a broken picture gets a clear error and changes nothing', async ({ studio }) => {
  const { shell, start } = pagesOf(studio.page);
  const broken = (await readFile('e2e/fixtures/walruses.jpg')).subarray(0, 3000);
  await start.chooseFile({ name: 'broken.jpg', mimeType: 'image/jpeg', buffer: broken });
  await expect(shell.alerts).toContainText('"broken.jpg" is damaged');
  await expect(start.room).toBeVisible();
});
