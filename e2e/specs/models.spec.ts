import { startHub, tinyPackFolder, type FakeHub } from '../host/fake-hub.ts';
import { expect, test } from '../host/studio-fixture.ts';
import { pagesOf } from '../pages/studio.ts';

let hub: FakeHub;
test.beforeEach(async () => {
  hub = await startHub();
});
test.afterEach(() => hub.close());

test('a folder of a diffusion model is added, asked about, tried out, removed and brought back', async ({ studio }) => {
  const { shell, models, history } = pagesOf(studio.page);
  await shell.go('Models');
  await models.addFolder(tinyPackFolder);
  await expect(models.model('sd-turbo-optimum')).toBeVisible({ timeout: 60_000 });
  await expect(models.fact('Task')).toHaveText('Generate');
  await expect(models.licence).toContainText('Licence unknown');
  await expect(models.selfTest.getByRole('button', { name: 'Try it' })).toBeDisabled();
  await models.acceptLicence();
  await expect(models.licence).toContainText('You accepted this.');
  await models.test();
  await expect(models.selfTest.getByRole('img')).toBeVisible({ timeout: 60_000 });
  await expect(models.selfTest).toContainText('Took');
  await expect(models.runsOn.getByRole('rowheader', { name: 'CPU' })).toBeVisible({ timeout: 60_000 });
  await models.runsOn.getByRole('button', { name: 'Measure speed' }).click();
  await expect(models.runsOn).toContainText('a step', { timeout: 60_000 });
  await models.remove('sd-turbo-optimum');
  await expect(models.model('sd-turbo-optimum')).toHaveCount(0);
  await studio.page.getByRole('button', { name: 'Undo' }).click();
  await expect(models.model('sd-turbo-optimum')).toBeVisible();
  await models.model('sd-turbo-optimum').click();
  await expect(models.licence).toContainText('You accepted this.');
  await shell.go('History');
  await expect(history.room.getByRole('heading', { name: 'Nothing has been generated yet' })).toBeVisible();
});

test('offline nothing is fetched; allowed, a model comes by its name, paused and resumed, under an accepted licence', async ({
  studio,
}) => {
  const { shell, models, settings } = pagesOf(studio.page);
  await shell.go('Settings');
  await settings.setHub(hub.url);
  await shell.go('Models');
  await models.openDownloads();
  await expect(models.dialog).toContainText('Kiln is offline');
  await models.dialog.getByLabel('Repository').fill('acme/tiny-lcm');
  await expect(models.dialog.getByRole('button', { name: 'Look' })).toBeDisabled();
  expect(hub.seen).toEqual([]);

  await models.allowDownloads();
  await models.look('acme/none');
  await expect(models.dialog.getByRole('alert')).toContainText('has no "acme/none"');
  await models.look('acme/tiny-lcm');
  await expect(models.dialog).toContainText('Restricted uses: creativeml-openrail-m');
  await expect(models.dialog.getByRole('button', { name: 'Download', exact: true })).toBeDisabled();
  hub.faults.pieceDelayMs = 250;
  Object.assign(hub.faults, { cuts: 2, cutAfterBytes: 9_000 });
  await models.startDownload({ acceptLicence: true });
  const download = models.download('tiny-lcm');
  await download.getByRole('button', { name: 'Pause tiny-lcm' }).click();
  await expect(download).toContainText('Paused');
  hub.faults.pieceDelayMs = 0;
  await download.getByRole('button', { name: 'Resume tiny-lcm' }).click();
  await expect(download).toContainText('Installed', { timeout: 60_000 });
  await download.getByRole('button', { name: 'Show' }).click();
  await expect(models.fact('Licence')).toHaveText('creativeml-openrail-m');
  await expect(models.licence).toContainText('You accepted this.');
  await expect(models.details).toContainText('LICENSE.md');
  await expect(models.details).not.toContainText('safetensors');
  await download.getByRole('button', { name: 'Take tiny-lcm off the list' }).click();
  await expect(download).toHaveCount(0);
});

test('of several graphs one is chosen; a wrong hash is refused in words and mended by resuming', async ({ studio }) => {
  const { shell, models, settings } = pagesOf(studio.page);
  await shell.go('Settings');
  await settings.setHub(hub.url);
  await shell.go('Models');
  await models.openDownloads();
  await models.allowDownloads();
  await models.look(`${hub.url}/acme/lama/tree/main`);
  await models.variant('small/lama.onnx').check();
  hub.faults.corruptions = 1;
  await models.startDownload({ acceptLicence: false });
  const download = models.download('lama (small/lama.onnx)');
  await expect(download.getByRole('alert')).toContainText('its hash is another');
  await download.getByRole('button', { name: /^Resume/ }).click();
  await expect(download).toContainText('Installed', { timeout: 60_000 });
  await expect(models.model('lama (small/lama.onnx)')).toBeVisible();
});
