/** From words to pictures through the shipped miniature pack, and on to the other rooms. */
import sharp from 'sharp';
import { expect, test } from '../host/studio-fixture.ts';
import { pagesOf } from '../pages/studio.ts';

test('words become pictures, with previews, cancelling, going on from the history and to the canvas', async ({ studio: { page } }) => {
  test.setTimeout(240_000);
  const { shell, generate, history, canvas } = pagesOf(page);
  await shell.go('Generate');
  await expect(generate.room.getByText('Pictures from words')).toBeVisible();
  await expect(generate.room.getByText(/Kiln Mini.*knows only this/)).toBeVisible();
  const go = generate.room.getByRole('button', { name: 'Generate', exact: true });
  await expect(go).toBeDisabled();

  // A hundred steps are long enough to see one, and to stop before the end.
  await generate.setSteps(100);
  await generate.generate('red apple icon');
  await expect(generate.previews.first()).toBeVisible({ timeout: 120_000 });
  await expect(generate.tiles.first().getByText(/^Step \d+ of 100$/)).toBeVisible();
  await page.screenshot({ path: 'test-results/generate-running.png' });
  await generate.prompt.press('Escape');
  await expect(generate.tile('cancelled')).toHaveCount(1);
  await generate.tiles.first().hover();
  await generate.tiles.first().getByRole('button', { name: 'Discard this picture' }).click();
  await expect(generate.room.getByText('Pictures from words')).toBeVisible();

  await generate.setSteps(4);
  await generate.setPictures(2);
  await generate.setSeed(41);
  await generate.negativePrompt.fill('text');
  await generate.generate('blue {marble|marble} texture');
  await expect(generate.tile('done')).toHaveCount(2, { timeout: 60_000 });
  await expect(generate.results.getByRole('heading', { name: 'blue marble texture' })).toBeVisible();

  // By keyboard: from one to the other, and a favourite.
  await generate.tile('done').first().click();
  await page.keyboard.press('ArrowRight');
  await expect(generate.tile('done').nth(1)).toBeFocused();
  await page.keyboard.press('f');
  await expect(generate.results.getByRole('button', { name: /seed 42, favourite/ })).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(generate.tile('done')).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(generate.tile('done')).toHaveCount(2);
  await page.screenshot({ path: 'test-results/generate.png' });

  // The prompt is found in the history, and everything comes back from there.
  await shell.go('History');
  await history.search('marble');
  await expect(history.total(2)).toBeVisible();
  await history.search('"seed 42"');
  await history.choose('blue marble texture');
  await expect(history.details.getByText('blue marble texture')).toBeVisible();
  await shell.go('Generate');
  await generate.prompt.fill('something else');
  await generate.setSteps(9);
  await shell.go('History');
  await history.tiles('blue marble texture').first().click();
  await history.act('Run with changes');
  await expect(generate.prompt).toHaveValue('blue marble texture');
  await expect(generate.negativePrompt).toHaveValue('text');
  await expect(generate.steps).toHaveValue('4');
  await expect(generate.seed).toHaveValue('42');

  // The same again is the same picture, to the byte.
  const addressOf = async (seed: number, place: number): Promise<string | null> =>
    generate.results
      .getByRole('button', { name: new RegExp(`seed ${String(seed)}`) })
      .nth(place)
      .locator('img')
      .getAttribute('src');
  const before = await addressOf(42, 0);
  await generate.prompt.press('Control+Enter');
  await expect(generate.tile('done')).toHaveCount(3, { timeout: 60_000 });
  expect(await addressOf(42, 0)).toBe(before);

  await generate.act('Open on canvas');
  await expect(canvas.room).toBeVisible();
  await expect(page.getByText('64 × 64').first()).toBeVisible();
});

test('image to image, variations, a matrix, and what a reload keeps', async ({ studio: { page } }) => {
  test.setTimeout(240_000);
  const { shell, generate } = pagesOf(page);
  await shell.go('Generate');
  await generate.setSteps(4);
  const dune = await sharp('e2e/fixtures/dune.jpg').resize(96, 64, { fit: 'fill' }).png().toBuffer();
  const slot = generate.settings.getByRole('group', { name: 'Start image' });
  await slot.getByLabel('Start image: choose a picture').setInputFiles({ name: 'dune.png', mimeType: 'image/png', buffer: dune });
  await expect(slot.getByText('96 × 64 px')).toBeVisible();
  await expect(generate.settings.getByRole('slider', { name: 'Strength', exact: true }).first()).toHaveValue('0.75');
  await generate.generate('orange sand texture');
  await expect(generate.tile('done')).toHaveCount(1, { timeout: 120_000 });
  await generate.tile('done').dblclick();
  await expect(generate.room.getByRole('slider', { name: 'Before and After' })).toBeVisible();
  await page.screenshot({ path: 'test-results/generate-compare.png' });
  await page.keyboard.press('Escape');
  await generate.choose('Variations', /^Subtle/);
  await expect(generate.tile('done')).toHaveCount(2, { timeout: 60_000 });
  await slot.getByRole('button', { name: 'Remove dune.png' }).click();

  await generate.room.getByRole('checkbox', { name: 'Matrix' }).check();
  await generate.prompt.fill('cat face icon|on a navy background');
  await expect(generate.room.getByText('2 combinations × 1 = 2 pictures')).toBeVisible();
  await generate.prompt.press('Control+Enter');
  await expect(generate.tile('done')).toHaveCount(4, { timeout: 60_000 });
  await expect(generate.results.getByRole('button', { name: /^cat face icon, on a navy background/ })).toHaveCount(1);

  await generate.prompt.fill('kept words');
  await generate.prompt.press('Control+a');
  await generate.prompt.press('Control+ArrowUp');
  await expect(generate.prompt).toHaveValue('(kept words:1.1)');
  await page.reload();
  await shell.go('Generate');
  await expect(generate.prompt).toHaveValue('(kept words:1.1)');
  await expect(generate.steps).toHaveValue('4');
  await expect(generate.tile('done')).toHaveCount(4);
  await generate.room.getByRole('button', { name: 'Earlier prompts' }).click();
  await page.getByRole('combobox', { name: 'Search earlier prompts' }).fill('sand');
  await page.keyboard.press('Enter');
  await expect(generate.prompt).toHaveValue('orange sand texture');
});
