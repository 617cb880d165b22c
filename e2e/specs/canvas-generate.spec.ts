/** Words on the canvas: into a mask, over the whole, by regions, live while painting, and again from the history. */
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from '../host/studio-fixture.ts';
import { GenerateHere } from '../pages/generate-here.ts';
import { pagesOf } from '../pages/studio.ts';

test('words are generated on the canvas, kept, undone, painted live and taken up again', async ({ studio: { page } }) => {
  test.setTimeout(300_000);
  const { start, shell, canvas, history } = pagesOf(page);
  const here = new GenerateHere(page);
  await start.createBlank(256, 256);
  await expect(canvas.room).toBeVisible();
  await here.open();
  await expect(here.startButton).toBeVisible();
  await expect(here.panel.getByRole('status').last()).toContainText('the whole canvas');

  // The whole of an empty canvas, from words alone.
  await here.setSteps(8);
  await here.setResults(2);
  await here.prompt.fill('red apple icon');
  await here.prompt.press('Control+Enter');
  await expect(canvas.result.items).toHaveCount(2, { timeout: 120_000 });
  await page.screenshot({ path: 'test-results/canvas-generate-whole.png' });
  await canvas.result.keep();
  await expect(canvas.layers.rows).toHaveCount(2);
  await expect(canvas.layers.panel.getByText('red apple icon')).toBeVisible();
  await canvas.undoButton.click();
  await expect(canvas.layers.rows).toHaveCount(1);
  await canvas.redoButton.click();
  await expect(canvas.layers.rows).toHaveCount(2);

  // Into a mask, with less strength.
  await canvas.choose('Mask rectangle');
  await canvas.dragFractions([0.5, 0.1], [0.9, 0.5]);
  await expect(here.panel.getByText(/^Fills the mask/)).toBeVisible();
  await here.prompt.fill('green leaf icon');
  await here.setStrength(0.9);
  await here.setResults(1);
  await here.startButton.click();
  await expect(canvas.result.items).toHaveCount(1, { timeout: 120_000 });
  await page.screenshot({ path: 'test-results/canvas-generate-mask.png' });
  await canvas.result.keep();
  await expect(canvas.layers.rows).toHaveCount(3);
  await canvas.undoButton.click();
  await expect(canvas.layers.rows).toHaveCount(2);

  // Two parts with words of their own.
  await canvas.mask.clear();
  await canvas.dragFractions([0, 0], [0.5, 1]);
  await here.addRegion('blue marble texture');
  await canvas.dragFractions([0.5, 0], [1, 1]);
  await here.addRegion('brown wood texture');
  await here.setStrength(1);
  await here.prompt.fill('texture');
  await here.startButton.click();
  await expect(canvas.result.items).toHaveCount(1, { timeout: 120_000 });
  await page.screenshot({ path: 'test-results/canvas-generate-regions.png' });
  await canvas.result.discard();

  // Live: the picture follows the brush, and becomes a layer.
  await here.prompt.fill('yellow star icon');
  await here.setSteps(2);
  await here.live.check();
  await expect(here.overlay).toBeVisible({ timeout: 60_000 });
  const before = await here.overlay.getAttribute('src');
  await canvas.choose('Paint brush');
  await canvas.dragFractions([0.2, 0.2], [0.8, 0.8]);
  await expect.poll(() => here.overlay.getAttribute('src'), { timeout: 60_000 }).not.toBe(before);
  await page.screenshot({ path: 'test-results/canvas-generate-live.png' });
  await here.panel.getByRole('button', { name: 'Apply as layer' }).click();
  await expect(canvas.layers.rows).toHaveCount(3);
  await here.live.uncheck();
  await expect(here.overlay).toBeHidden();

  // From the history back onto the canvas, mask and words and all.
  await shell.go('History');
  await history.choose('green leaf icon');
  await history.act('Run with changes');
  await expect(canvas.room).toBeVisible();
  await expect(here.prompt).toHaveValue('green leaf icon');
  await expect(here.panel.getByText(/^Fills the mask/)).toBeVisible();
  await expect(here.panel.getByLabel('Strength, number')).toHaveValue('0.9');
});

test('settings vary along two axes into one labelled sheet, and other programs’ settings come back', async ({ studio }) => {
  test.setTimeout(300_000);
  const { page } = studio;
  const { start, shell, generate } = pagesOf(page);
  // Dropped, a picture of another program brings its settings.
  await start.chooseFile({ name: 'theirs.png', mimeType: 'image/png', buffer: await theirPicture() });
  const notice = page.getByRole('status').filter({ hasText: '"theirs.png" was made with AUTOMATIC1111' });
  await expect(notice).toContainText('The model "dreamshaper_8" is not installed');
  await page.screenshot({ path: 'test-results/foreign-notice.png' });
  await notice.getByRole('button', { name: 'Restore settings' }).click();
  await expect(generate.prompt).toHaveValue('red apple icon');
  await expect(generate.negativePrompt).toHaveValue('text');
  await expect(generate.steps).toHaveValue('4');
  await expect(generate.seed).toHaveValue('77');
  await page.screenshot({ path: 'test-results/foreign-restored.png' });

  await page.getByRole('button', { name: 'Grid…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Grid' });
  await dialog.getByLabel('Across: what varies').selectOption({ label: 'Steps' });
  await dialog.getByLabel('Across: values').fill('2, 4, 8');
  await dialog.getByLabel('Down: what varies').selectOption({ label: 'Words of the prompt' });
  await dialog.getByLabel('Down: values').fill('plum, pear');
  await expect(dialog.getByRole('status')).toContainText('"plum" is not in the prompt');
  await dialog.getByLabel('Down: values').fill('red, green, blue');
  await expect(dialog.getByRole('status')).toHaveText('3 × 3 = 9 pictures');
  await page.screenshot({ path: 'test-results/grid-settings.png' });
  await dialog.getByRole('button', { name: 'Generate 9' }).click();
  await expect(dialog.getByRole('img', { name: 'Contact sheet of 9 pictures' })).toBeVisible({ timeout: 180_000 });
  await page.screenshot({ path: 'test-results/grid-sheet.png' });
  const sheet = await studio.download(() => dialog.getByRole('button', { name: 'Save PNG' }).click());
  expect(sheet.fileName).toMatch(/^Grid .*\.png$/);
  expect((await sharp(sheet.bytes).metadata()).width).toBeGreaterThan(3 * 64);
  await dialog.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Animation…' }).click();
  const animation = page.getByRole('dialog', { name: 'Animation' });
  await animation.getByLabel('Prompt 2').fill('green apple icon');
  await animation.getByLabel('Frames from one to the next').fill('4');
  await animation.getByLabel('Frames from one to the next').press('Tab');
  await page.screenshot({ path: 'test-results/animation-settings.png' });
  await animation.getByRole('button', { name: 'Generate 5' }).click();
  await expect(animation.getByRole('img', { name: 'Animation of 5 frames' })).toBeVisible({ timeout: 180_000 });
  await page.screenshot({ path: 'test-results/animation.png' });
  const moving = await studio.download(() => animation.getByRole('button', { name: 'Save WebP' }).click());
  expect((await sharp(moving.bytes, { animated: true }).metadata()).pages).toBe(8);
  await animation.getByRole('button', { name: 'Close' }).click();
  await shell.go('History');
});

/** A PNG with the text that AUTOMATIC1111 writes. */
async function theirPicture(): Promise<Buffer> {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#c33' } })
    .png()
    .toBuffer();
  const text =
    'red apple icon\nNegative prompt: text\nSteps: 4, Sampler: DPM++ 2M Karras, CFG scale: 4, Seed: 77, Size: 64x64, Model: dreamshaper_8';
  const data = Buffer.from(`tEXtparameters\0${text}`, 'latin1');
  const chunk = Buffer.alloc(data.length + 8);
  chunk.writeUInt32BE(data.length - 4, 0);
  data.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(data), data.length + 4);
  const afterHeader = 8 + 12 + png.readUInt32BE(8);
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}
