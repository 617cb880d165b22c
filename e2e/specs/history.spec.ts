/** The history through its page: finding, sorting out, comparing, doing again. */
import { expect, test } from '../host/studio-fixture.ts';
import { makeTwo } from '../pages/made-pictures.ts';

test('search, filters, title, favourite, rating, tags, several at once, trash and back', async ({ studio }) => {
  test.setTimeout(180_000);
  const { page } = studio;
  const { history } = await makeTwo(studio);
  const { room, grid, details } = history;

  await history.tiles('dune.jpg').nth(1).click();
  await details.getByLabel('Title').fill('Evening dune');
  await details.getByLabel('Title').press('Enter');
  await expect(history.tiles('Evening dune')).toHaveCount(1);
  await details.getByRole('button', { name: 'Mark as favourite' }).click();
  await details.getByRole('button', { name: 'Rate 4' }).click();
  await history.addTag('desert');
  await expect(details.getByRole('button', { name: 'Remove the tag desert' })).toBeVisible();
  await expect(grid.getByRole('option', { name: 'Evening dune, Inpaint, finished, favourite, 4 of 5 stars' })).toBeVisible();

  for (const words of ['evening', 'desert', '"seed 7"', 'kiln-inpaint even']) {
    await history.search(words);
    await expect(history.total(1)).toBeVisible();
  }
  await history.search('nothing of the kind');
  await expect(room.getByText('Nothing matches')).toBeVisible();
  await room.getByRole('button', { name: 'Clear filters' }).first().click();
  await expect(history.total(2)).toBeVisible();

  await room.getByRole('button', { name: 'Favourites' }).click();
  await expect(history.total(1)).toBeVisible();
  await room.getByRole('button', { name: 'Clear filters' }).click();
  await room.getByRole('button', { name: 'Tags', exact: true }).click();
  await room.getByRole('checkbox', { name: /desert/ }).check();
  await expect(history.total(1)).toBeVisible();
  await page.keyboard.press('Escape');
  await room.getByRole('button', { name: 'Clear filters' }).click();
  await room.getByLabel('Sort', { exact: true }).selectOption('rating');
  await expect(grid.getByRole('option').first()).toHaveAccessibleName(/^Evening dune/);
  await room.getByRole('button', { name: 'Date', exact: true }).click();
  await room.getByLabel('From').fill('2020-01-01');
  await room.getByLabel('To', { exact: true }).fill('2020-12-31');
  await expect(room.getByText('Nothing matches')).toBeVisible();
  await page.keyboard.press('Escape');
  await room.getByRole('button', { name: 'Clear filters' }).first().click();

  // The keyboard alone: everything, rated, tagged, and to the trash and back.
  await grid.focus();
  await page.keyboard.press('Control+a');
  await expect(history.selection).toContainText('2 selected');
  await page.keyboard.press('3');
  await expect(grid.getByRole('option', { name: /3 of 5 stars/ })).toHaveCount(2);
  await page.keyboard.press('Delete');
  await expect(history.total(0)).toBeVisible();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(history.total(2)).toBeVisible();
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Delete');
  await expect(history.total(1)).toBeVisible();
  await history.showTrash(true);
  await expect(history.total(1)).toBeVisible();
  await grid.getByRole('option').first().click();
  await history.act('Restore from the trash');
  await expect(room.getByText('The trash is empty')).toBeVisible();
  await history.showTrash(false);
  await expect(history.total(2)).toBeVisible();
  await history.tiles('dune.jpg').first().click();
  await grid.focus();
  await page.keyboard.press('Delete');
  await history.showTrash(true);
  await room.getByRole('button', { name: 'Empty trash…' }).click();
  await page.getByRole('dialog', { name: 'Empty the trash?' }).getByRole('button', { name: 'Delete for good' }).click();
  await expect(room.getByText('The trash is empty')).toBeVisible();
});

test('compare two, run again with the same bytes, run with changes, lineage, use as layer, restore the document', async ({ studio }) => {
  test.setTimeout(240_000);
  const { page } = studio;
  const { shell, canvas, history } = await makeTwo(studio);
  const { grid, details } = history;
  const picture = details.getByRole('img', { name: 'Result' });

  await history.tiles('dune.jpg').first().click();
  await history.alsoChoose(history.tiles('dune.jpg').nth(1));
  await history.selection.getByRole('button', { name: 'Compare' }).click();
  const comparing = page.getByRole('dialog', { name: 'Compare two generations' });
  await expect(comparing.getByRole('row', { name: /^Seed/ })).toBeVisible();
  await page.keyboard.press('+');
  await expect(comparing.getByLabel('Zoom', { exact: true })).toHaveText('150 %');
  await page.keyboard.press('m');
  const both = comparing.getByRole('img');
  await expect(both).toHaveCount(2);
  const zooms = await both.evaluateAll((images) => images.map((image) => (image as HTMLElement).style.transform));
  expect(new Set(zooms).size).toBe(1);
  expect(zooms[0]).toContain('scale(1.5)');
  await page.screenshot({ path: 'test-results/history-compare.png' });
  await page.keyboard.press('Escape');
  await expect(comparing).toBeHidden();

  await history.tiles('dune.jpg').nth(1).click();
  const first = await picture.getAttribute('src');
  await history.act('Run again');
  await expect(history.total(3)).toBeVisible({ timeout: 90_000 });
  await history.tiles('dune.jpg', 'Inpaint, finished').first().click();
  await expect(history.tiles('dune.jpg', 'Inpaint, finished')).toHaveCount(3, { timeout: 90_000 });
  await history.tiles('dune.jpg').first().click();
  await expect(details.getByRole('region', { name: 'Lineage' }).getByText('Made from', { exact: true })).toBeVisible();
  expect(await picture.getAttribute('src')).toBe(first);

  // Up to the parent, and down again.
  await details.getByRole('region', { name: 'Lineage' }).getByRole('button').first().click();
  await expect(details.getByText('Made from this (1)')).toBeVisible();

  await details.getByRole('button', { name: 'Use as layer' }).click();
  await expect(canvas.room).toBeVisible();
  await expect(canvas.layers.rows).toHaveCount(3);
  await shell.go('History');
  await grid.getByRole('option').first().click();
  await history.act('Run with changes');
  await expect(canvas.room).toBeVisible();
  await expect(canvas.inpaint.panel.getByLabel('Seed', { exact: true })).toHaveValue('7');
  await expect(canvas.mask.clearButton).toBeEnabled();
  await canvas.inpaint.setResults(1);
  await canvas.inpaint.setSeed(99);
  await canvas.inpaint.start();
  await expect(canvas.result.tray).toBeVisible({ timeout: 90_000 });
  await canvas.result.keep();
  await shell.go('History');
  await history.search('seed 99');
  await expect(history.total(1)).toBeVisible();
  await grid.getByRole('option').first().click();
  await details.getByRole('button', { name: 'More actions' }).click();
  await details.getByRole('button', { name: 'Restore the document as it was' }).click();
  await expect(canvas.room).toBeVisible();
  await expect(canvas.layers.rows).toHaveCount(1);

  await shell.go('Start');
  await page
    .getByRole('region', { name: 'Latest generations' })
    .getByRole('button', { name: /^Show dune\.jpg/ })
    .first()
    .click();
  await expect(details.getByText('Kiln Inpaint')).toBeVisible();
});
