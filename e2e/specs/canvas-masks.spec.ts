import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type RunningStudio } from '../host/studio-fixture.ts';
import { measureMask, type MaskFigures } from '../pages/mask-file.ts';
import { pagesOf } from '../pages/studio.ts';

/** dune.jpg */
const [width, height] = [640, 427];

async function open(studio: RunningStudio) {
  const { start, canvas } = pagesOf(studio.page);
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  const exported = async () => (await studio.download(() => canvas.mask.exportPng())).bytes;
  const measured = async (): Promise<MaskFigures> => measureMask(studio.page, await exported());
  return { canvas, exported, measured };
}

test('rectangle and ellipse cover what was drawn; Shift adds, Alt subtracts, invert turns round', async ({ studio }) => {
  const { canvas, measured } = await open(studio);
  await canvas.choose('Mask rectangle');
  await canvas.drag([
    { x: 100, y: 100 },
    { x: 300, y: 200 },
  ]);
  const rectangle = await measured();
  expect(rectangle).toMatchObject({ width, height });
  expect(rectangle.coverage).toBeCloseTo((200 * 100) / (width * height), 2);
  expect(Math.abs((rectangle.bounds?.x ?? 0) - 100)).toBeLessThan(4);
  expect(Math.abs((rectangle.bounds?.height ?? 0) - 100)).toBeLessThan(4);

  await canvas.drag(
    [
      { x: 400, y: 100 },
      { x: 500, y: 200 },
    ],
    ['Shift'],
  );
  expect((await measured()).coverage).toBeCloseTo((300 * 100) / (width * height), 2);
  await canvas.drag(
    [
      { x: 400, y: 90 },
      { x: 510, y: 210 },
    ],
    ['Alt'],
  );
  expect((await measured()).coverage).toBeCloseTo((200 * 100) / (width * height), 2);

  await canvas.mask.invert();
  expect((await measured()).coverage).toBeCloseTo(1 - (200 * 100) / (width * height), 2);
  await canvas.mask.clear();
  await expect(canvas.mask.clearButton).toBeDisabled();

  await canvas.choose('Mask ellipse');
  await canvas.drag([
    { x: 200, y: 100 },
    { x: 400, y: 300 },
  ]);
  expect((await measured()).coverage).toBeCloseTo((Math.PI * 100 * 100) / (width * height), 2);
  await canvas.choose('Mask lasso');
  await canvas.drag([
    { x: 100, y: 100 },
    { x: 300, y: 100 },
    { x: 300, y: 300 },
    { x: 100, y: 300 },
  ]);
  expect((await measured()).coverage).toBeCloseTo((200 * 200) / (width * height), 2);
});

test('the wand takes like colours, more of them with more tolerance, and only what hangs together', async ({ studio }) => {
  const { canvas, measured } = await open(studio);
  const sky = { x: 320, y: 60 };
  await canvas.choose('Magic wand');
  await canvas.setOption('Tolerance', 8);
  await canvas.click(sky);
  const strict = await measured();
  await canvas.setOption('Tolerance', 40);
  await canvas.click(sky);
  const generous = await measured();
  expect(strict.coverage).toBeGreaterThan(0.005);
  expect(generous.coverage).toBeGreaterThan(strict.coverage * 1.5);
  // The dune is orange: nothing of it is sky.
  expect((generous.bounds?.y ?? 0) + (generous.bounds?.height ?? 0)).toBeLessThan(height);

  await studio.page.getByLabel('Connected only').uncheck();
  await canvas.setOption('Tolerance', 8);
  await canvas.click(sky);
  expect((await measured()).coverage).toBeGreaterThanOrEqual(strict.coverage);
});

test('grow, shrink and feather change the edge by as much as they say', async ({ studio }) => {
  const { canvas, measured } = await open(studio);
  await canvas.choose('Mask rectangle');
  await canvas.drag([
    { x: 200, y: 100 },
    { x: 400, y: 300 },
  ]);
  const drawn = (await measured()).bounds;
  await canvas.mask.change('Grow', 10);
  const grown = (await measured()).bounds;
  expect(grown?.width).toBe((drawn?.width ?? 0) + 20);
  expect(grown?.x).toBe((drawn?.x ?? 0) - 10);
  await canvas.mask.change('Shrink', 10);
  // Growing rounds the corners; the sides come back exactly.
  expect((await measured()).bounds).toEqual(drawn);
  const hard = (await measured()).coverage;
  await canvas.mask.change('Feather', 12);
  const soft = await measured();
  expect(soft.bounds?.width).toBeGreaterThan(drawn?.width ?? 0);
  expect(soft.coverage).toBeCloseTo(hard, 1);
});

test('a mask goes out as a PNG and comes back the same', async ({ studio, studioFolder }) => {
  const { canvas, exported, measured } = await open(studio);
  await canvas.choose('Mask brush');
  await canvas.dragFractions([0.3, 0.5], [0.6, 0.6]);
  const bytes = await exported();
  const before = await measured();
  expect(before.coverage).toBeGreaterThan(0.01);
  const file = join(studioFolder.folder, 'my mask.png');
  await writeFile(file, bytes);
  await canvas.mask.clear();
  await canvas.mask.importFile(file);
  await expect(canvas.mask.clearButton).toBeEnabled();
  expect(await measured()).toEqual(before);
});

test('a shape by numbers is exact', async ({ studio }) => {
  const { canvas, measured } = await open(studio);
  await canvas.choose('Mask rectangle');
  await canvas.room.getByRole('button', { name: 'Shape by numbers' }).click();
  for (const [label, value] of Object.entries({ 'From left': 37, 'From top': 59, Width: 123, Height: 77 })) {
    await canvas.room.getByLabel(label, { exact: true }).fill(String(value));
  }
  await canvas.room.getByRole('button', { name: 'Mask this area' }).click();
  expect(await measured()).toMatchObject({ bounds: { x: 37, y: 59, width: 123, height: 77 } });
});
