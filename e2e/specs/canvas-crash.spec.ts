import { expect, test } from '../host/studio-fixture.ts';
import { pagesOf } from '../pages/studio.ts';

const mostLostMs = 2_000;

test('a stroke is there after the studio was killed within two seconds of it', async ({ studioFolder }) => {
  let studio = await studioFolder.start();
  let { canvas, start } = pagesOf(studio.page);
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  await canvas.choose('Paint brush');
  await canvas.dragFractions([0.2, 0.3], [0.7, 0.35]);
  await canvas.choose('Mask rectangle');
  await canvas.dragFractions([0.3, 0.6], [0.5, 0.8]);
  const drawnAtMs = Date.now();
  await studio.page.mouse.move(1, 1);
  const before = await canvas.picture.screenshot();
  await studio.page.waitForTimeout(Math.max(0, mostLostMs - (Date.now() - drawnAtMs)));
  await studio.kill();

  studio = await studioFolder.start();
  ({ canvas, start } = pagesOf(studio.page));
  await start.openRecent('dune.jpg');
  await expect(canvas.layers.rows).toHaveCount(1, { timeout: 20_000 });
  await canvas.choose('Mask rectangle');
  await studio.page.mouse.move(1, 1);
  await expect.poll(async () => (await canvas.picture.screenshot()).equals(before)).toBe(true);
});
