import { expect, test } from '../host/studio-fixture.ts';
import { pagesOf } from '../pages/studio.ts';

test('settings are kept over a restart, the theme at once', async ({ studioFolder }) => {
  let studio = await studioFolder.start();
  let { shell, settings } = pagesOf(studio.page);
  const scheme = (): Promise<string> => studio.page.evaluate(() => document.documentElement.style.colorScheme);
  await shell.go('Settings');
  await settings.chooseTheme('Light');
  await expect.poll(scheme).toBe('light');
  await settings.chooseTheme('Dark');
  await expect.poll(scheme).toBe('dark');
  await settings.setEmbedMetadata(false);
  await expect(settings.backends.getByRole('rowheader', { name: 'CPU' })).toBeVisible({ timeout: 60_000 });
  await studio.kill();
  studio = await studioFolder.start();
  ({ shell, settings } = pagesOf(studio.page));
  await expect.poll(scheme, { timeout: 20_000 }).toBe('dark');
  await shell.go('Settings');
  await expect(settings.embedMetadata).not.toBeChecked();
});

test('the built-in models say what they are and under which licence', async ({ studio }) => {
  const { shell, models } = pagesOf(studio.page);
  await shell.go('Models');
  await models.model('Kiln Inpaint').first().click();
  await expect(models.details.getByRole('heading', { name: 'Kiln Inpaint' })).toBeVisible();
  await expect(models.fact('Licence')).not.toBeEmpty();
  await expect(models.fact('Installed')).toHaveText('Comes with Kiln');
  await expect(models.details.getByRole('button', { name: 'Remove', exact: true })).toHaveCount(0);
});

test('a paused queue holds a job until it goes on; a file that is no model is refused in words', async ({ studio }) => {
  const { shell, start, canvas, models, queue } = pagesOf(studio.page);
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.room).toBeVisible();
  await canvas.choose('Mask rectangle');
  await canvas.dragFractions([0.3, 0.8], [0.4, 0.86]);
  await expect(canvas.mask.clearButton).toBeEnabled();
  await queue.open();
  await queue.pause();
  await canvas.inpaint.start();
  await expect(queue.jobs).toHaveCount(1);
  await expect(queue.jobs).toContainText('Inpaint, waiting');
  await queue.resume();
  await expect(canvas.result.tray).toBeVisible({ timeout: 60_000 });
  await queue.close();
  await shell.go('Models');
  await models.add('e2e/fixtures/SOURCE.md');
  await expect(shell.alerts).toContainText('SOURCE.md');
});

test('a document is renamed, goes to the trash and comes back', async ({ studio }) => {
  const { shell, start, canvas } = pagesOf(studio.page);
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.saved).toBeVisible();
  await shell.go('Start');
  await start.rename('dune.jpg', 'The dune');
  await expect(start.document('The dune')).toBeVisible();
  await start.moveToTrash('The dune');
  await expect(start.document('The dune')).toHaveCount(0);
  await start.showTrash(true);
  await start.restore('The dune');
  await start.showTrash(false);
  await start.openRecent('The dune');
  await expect(canvas.layers.rows).toHaveCount(1);
});
