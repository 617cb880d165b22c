import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, test, type RunningStudio } from '../host/studio-fixture.ts';
import { measureMask } from '../pages/mask-file.ts';
import { pagesOf } from '../pages/studio.ts';

async function open(studio: RunningStudio) {
  const { start, canvas } = pagesOf(studio.page);
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  /** What is on the screen, with the pointer out of the way. */
  const picture = async (): Promise<Buffer> => {
    await studio.page.mouse.move(1, 1);
    await nextFrames(studio.page);
    return canvas.picture.screenshot();
  };
  return { canvas, picture };
}

function nextFrames(page: Page): Promise<void> {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))));
}

test('layers are added, painted, renamed, hidden, blended, duplicated, merged, moved and deleted', async ({ studio }) => {
  const { canvas, picture } = await open(studio);
  const { layers } = canvas;
  const clean = await picture();
  await layers.act('New layer');
  await expect(layers.rows).toHaveCount(2);
  const [added = ''] = await layers.names();
  await layers.rename(added, 'Strokes');
  expect(await layers.names()).toEqual(['Strokes', 'Background']);

  await canvas.choose('Paint brush');
  await canvas.dragFractions([0.2, 0.2], [0.8, 0.4]);
  const painted = await picture();
  expect(painted.equals(clean)).toBe(false);
  await layers.toggle('Hide', 'Strokes');
  expect((await picture()).equals(clean)).toBe(true);
  await layers.toggle('Show', 'Strokes');
  expect((await picture()).equals(painted)).toBe(true);
  await layers.setOpacity(40);
  const faint = await picture();
  expect(faint.equals(painted)).toBe(false);
  await layers.setOpacity(100);
  await layers.setBlendMode('screen');
  // Screening with black changes nothing.
  await expect.poll(async () => (await picture()).equals(clean)).toBe(true);
  await layers.setBlendMode('normal');

  await layers.act('Duplicate layer');
  await expect(layers.rows).toHaveCount(3);
  await layers.act('Merge down');
  await expect(layers.rows).toHaveCount(2);
  await layers.act('Lower layer');
  expect(await layers.names()).toEqual(['Background', 'Strokes']);
  // The photo covers everything that is below it.
  expect((await picture()).equals(clean)).toBe(true);
  await layers.act('Delete layer');
  expect(await layers.names()).toEqual(['Background']);
});

test('a locked layer says why it is not painted', async ({ studio }) => {
  const { canvas, picture } = await open(studio);
  const clean = await picture();
  await canvas.layers.toggle('Lock', 'Background');
  await canvas.choose('Paint brush');
  await canvas.dragFractions([0.2, 0.2], [0.8, 0.4]);
  await expect(canvas.room.getByText(/locked/i).first()).toBeVisible();
  expect((await picture()).equals(clean)).toBe(true);
});

test('undo and redo walk through strokes, masks and layers, back to the very same pixels', async ({ studio }) => {
  const { canvas, picture } = await open(studio);
  const seen = [await picture()];
  const remember = async (): Promise<void> => void seen.push(await picture());
  await canvas.choose('Paint brush');
  await canvas.dragFractions([0.2, 0.3], [0.5, 0.3]);
  await remember();
  await canvas.choose('Mask brush');
  await canvas.dragFractions([0.3, 0.7], [0.5, 0.8]);
  await remember();
  await canvas.mask.invert();
  await remember();
  await canvas.layers.toggle('Hide', 'Background');
  await remember();
  for (let step = seen.length - 2; step >= 0; step -= 1) {
    await studio.page.keyboard.press('Control+z');
    expect((await picture()).equals(seen[step] ?? Buffer.alloc(0)), `undo to step ${String(step)}`).toBe(true);
  }
  await expect(canvas.undoButton).toBeDisabled();
  for (let step = 1; step < seen.length; step += 1) {
    await studio.page.keyboard.press('Control+Shift+z');
    expect((await picture()).equals(seen[step] ?? Buffer.alloc(0)), `redo to step ${String(step)}`).toBe(true);
  }
  await expect(canvas.redoButton).toBeDisabled();
});

test('undo takes back settings and strokes in the order they were made', async ({ studio }) => {
  const { canvas } = await open(studio);
  const seed = canvas.inpaint.panel.getByLabel('Seed', { exact: true });
  await canvas.inpaint.setSeed(41);
  await canvas.choose('Mask brush');
  await canvas.dragFractions([0.3, 0.7], [0.5, 0.8]);
  await canvas.inpaint.setSeed(42);
  await canvas.undoButton.click();
  await expect(seed).toHaveValue('41');
  await expect(canvas.mask.clearButton).toBeEnabled();
  await canvas.undoButton.click();
  await expect(canvas.mask.clearButton).toBeDisabled();
  await canvas.undoButton.click();
  await expect(seed).toHaveValue('0');
  for (let step = 0; step < 3; step += 1) await canvas.redoButton.click();
  await expect(seed).toHaveValue('42');
  await expect(canvas.mask.clearButton).toBeEnabled();
});

test('zooming keeps what is under the pointer there, and strokes land where they are drawn', async ({ studio }) => {
  const { canvas } = await open(studio);
  const { page } = studio;
  const pointer = canvas.room.getByText(/^-?\d+, -?\d+$/);
  const box = await canvas.picture.boundingBox();
  if (box === null) throw new Error('The picture is not on the screen.');
  const [x, y] = [box.x + box.width * 0.4, box.y + box.height * 0.55];
  await page.mouse.move(x, y);
  const [wantedX = 0, wantedY = 0] = (await pointer.innerText()).split(', ').map(Number);
  for (let notch = 0; notch < 6; notch += 1) await page.mouse.wheel(0, -120);
  await expect(canvas.room.getByRole('button', { name: 'Zoom to 100 %' })).not.toHaveText('100 %');
  await page.mouse.move(x + 1, y);
  await page.mouse.move(x, y);
  // The wheel's steps are fractions: a pixel's edge may lie under the pointer.
  const [afterX = 0, afterY = 0] = (await pointer.innerText()).split(', ').map(Number);
  expect(Math.abs(afterX - wantedX)).toBeLessThanOrEqual(1);
  expect(Math.abs(afterY - wantedY)).toBeLessThanOrEqual(1);

  await canvas.choose('Mask brush');
  await canvas.setOption('Size', 20);
  await page.mouse.click(x, y);
  const { bytes } = await studio.download(() => canvas.mask.exportPng());
  const { bounds } = await measureMask(page, bytes);
  expect(Math.abs((bounds?.x ?? 0) + (bounds?.width ?? 0) / 2 - wantedX)).toBeLessThanOrEqual(2);
  expect(Math.abs((bounds?.y ?? 0) + (bounds?.height ?? 0) / 2 - wantedY)).toBeLessThanOrEqual(2);
  expect(Math.abs((bounds?.width ?? 0) - 20)).toBeLessThanOrEqual(3);
});

test('a picture dropped on the canvas opens, becomes a layer or becomes the mask', async ({ studio }) => {
  const { canvas } = await open(studio);
  const { page } = studio;
  const base64 = (await readFile('e2e/fixtures/walruses.jpg')).toString('base64');
  const dropOn = async (title: string): Promise<void> => {
    const transfer = await page.evaluateHandle((encoded) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
      data.items.add(new File([bytes], 'walruses.jpg', { type: 'image/jpeg' }));
      return data;
    }, base64);
    await canvas.picture.dispatchEvent('dragover', { dataTransfer: transfer });
    const box = await page.getByText(title, { exact: true }).boundingBox();
    if (box === null) throw new Error(`There is no place to drop for "${title}".`);
    const at = { clientX: box.x + 4, clientY: box.y + 4, dataTransfer: transfer };
    await canvas.picture.dispatchEvent('drop', at);
    await transfer.dispose();
  };
  await dropOn('Add as a layer');
  await expect(canvas.layers.rows).toHaveCount(2);
  expect((await canvas.layers.names())[0]).toBe('walruses.jpg');
  await dropOn('Use as the mask');
  await expect(canvas.mask.clearButton).toBeEnabled();
  await dropOn('Open');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  await expect(canvas.mask.clearButton).toBeDisabled();
});

test('a pasted picture becomes a layer, which undo takes back', async ({ studio }) => {
  const { canvas } = await open(studio);
  const base64 = (await readFile('e2e/fixtures/walruses.jpg')).toString('base64');
  await canvas.picture.evaluate((element, encoded) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    data.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, base64);
  await expect(canvas.layers.rows).toHaveCount(2);
  expect(await canvas.layers.names()).toEqual(['Pasted', 'Background']);
  await canvas.undoButton.click();
  await expect(canvas.layers.rows).toHaveCount(1);
});
