import { expect, test, type RunningStudio } from '../host/studio-fixture.ts';
import { pagesOf } from '../pages/studio.ts';

const modelTimeoutMs = 60_000;

async function open(studio: RunningStudio) {
  const pages = pagesOf(studio.page);
  await pages.start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(pages.canvas.layers.rows).toHaveCount(1);
  return pages;
}

test('several seeds give results to choose from; arrows flick, Enter keeps the shown one', async ({ studio }) => {
  const { canvas } = await open(studio);
  await canvas.dragFractions([0.3, 0.84], [0.4, 0.82]);
  await canvas.inpaint.setResults(3);
  await canvas.inpaint.start();
  await expect(canvas.result.items).toHaveCount(3, { timeout: modelTimeoutMs });
  await expect(canvas.result.heading).toHaveText('Result 1 of 3');
  await studio.page.keyboard.press('ArrowRight');
  await expect(canvas.result.heading).toHaveText('Result 2 of 3');
  await studio.page.keyboard.press('ArrowLeft');
  await studio.page.keyboard.press('ArrowLeft');
  await expect(canvas.result.heading).toHaveText('Result 3 of 3');
  await canvas.result.compare(50);
  await expect(canvas.options.getByRole('button', { name: 'Before and after' })).toHaveAttribute('aria-pressed', 'true');
  await studio.page.screenshot({ path: 'test-results/canvas-results.png' });
  // More of them, with the seeds that follow.
  await canvas.inpaint.setResults(1);
  await canvas.inpaint.start();
  await expect(canvas.result.items).toHaveCount(4, { timeout: modelTimeoutMs });
  await canvas.result.show(2);
  await canvas.result.tray.getByRole('listbox').press('Enter');
  await expect(canvas.result.tray).toBeHidden();
  await expect(canvas.layers.rows).toHaveCount(2);
  await expect(canvas.mask.clearButton).toBeDisabled();
});

test('discarding leaves the document and the mask as they were', async ({ studio }) => {
  const { canvas } = await open(studio);
  await canvas.dragFractions([0.3, 0.84], [0.4, 0.82]);
  await canvas.inpaint.start();
  await expect(canvas.result.tray).toBeVisible({ timeout: modelTimeoutMs });
  await studio.page.keyboard.press('Escape');
  await expect(canvas.result.tray).toBeHidden();
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  await expect(canvas.mask.clearButton).toBeEnabled();
});

test('cancelling ends the whole batch, and the next one runs', async ({ studio }) => {
  const { canvas } = await open(studio);
  await canvas.dragFractions([0.3, 0.84], [0.4, 0.82]);
  await canvas.inpaint.setResults(8);
  await canvas.inpaint.start();
  await expect(canvas.inpaint.progress).toBeVisible();
  await canvas.inpaint.cancelButton.click();
  await expect(canvas.inpaint.startButton).toBeVisible({ timeout: 20_000 });
  const kept = await canvas.result.items.count();
  expect(kept).toBeLessThan(8);
  if (kept > 0) await canvas.result.discard();
  await canvas.inpaint.setResults(1);
  await canvas.inpaint.start();
  await expect(canvas.result.items).toHaveCount(1, { timeout: modelTimeoutMs });
});

test('an empty mask is refused in words', async ({ studio }) => {
  const { canvas, shell } = await open(studio);
  await canvas.inpaint.start();
  await expect(shell.alerts).toContainText('Nothing is masked.');
});

test('"Remove on release" runs at once and keeps the result; undo takes it back', async ({ studio }) => {
  const { canvas } = await open(studio);
  await canvas.inpaint.setRemoveOnRelease(true);
  await canvas.dragFractions([0.3, 0.84], [0.4, 0.82]);
  await expect(canvas.layers.rows).toHaveCount(2, { timeout: modelTimeoutMs });
  await expect(canvas.result.tray).toBeHidden();
  await studio.page.keyboard.press('Control+z');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
});

test('results that wait are still there after a reload', async ({ studio }) => {
  test.skip(studio.host === 'electron', 'The window of Electron is not reloaded by its users.');
  const { canvas, start } = await open(studio);
  await canvas.dragFractions([0.3, 0.84], [0.4, 0.82]);
  await canvas.inpaint.setResults(2);
  await canvas.inpaint.start();
  // Queued for sure once the document is saved and the run is past its preparation.
  await expect(canvas.inpaint.panel.getByText('Preparing')).toBeHidden();
  await expect(canvas.saved).toBeVisible();
  await studio.page.reload();
  await start.openRecent('dune.jpg');
  await expect(canvas.result.items).toHaveCount(2, { timeout: modelTimeoutMs });
  await canvas.result.keep();
  await expect(canvas.layers.rows).toHaveCount(2);
});

test('outpainting by numbers fills the new area and enlarges the canvas; undo gives the old size back', async ({ studio }) => {
  const { canvas } = await open(studio);
  await canvas.choose('Outpaint: extend the canvas');
  const panel = canvas.room.getByRole('region', { name: 'Outpaint' });
  await expect(panel.getByRole('button', { name: 'Outpaint', exact: true })).toBeDisabled();
  const right = panel.getByLabel('Right');
  await right.fill('96');
  await right.press('Tab');
  await expect(panel.getByText('736 × 427 px')).toBeVisible();
  await panel.getByRole('button', { name: 'Outpaint', exact: true }).click();
  await expect(canvas.result.tray).toBeVisible({ timeout: modelTimeoutMs });
  await studio.page.screenshot({ path: 'test-results/outpaint.png' });
  await canvas.result.keep();
  await expect.poll(() => canvas.size()).toEqual({ width: 736, height: 427 });
  await expect(canvas.layers.rows).toHaveCount(2);
  await studio.page.keyboard.press('Control+z');
  await expect.poll(() => canvas.size()).toEqual({ width: 640, height: 427 });
});
