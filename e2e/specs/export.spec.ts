/** Exports through the dialog: what the files are, what they weigh, what they say of themselves, and what comes back. */
import sharp from 'sharp';
import yauzl from 'yauzl';
import { expect, test } from '../host/studio-fixture.ts';
import { makeTwo } from '../pages/made-pictures.ts';
import { chooseSegment } from '../pages/segmented.ts';

/** "≈ 1.5 MB" in bytes. */
function bytesIn(text: string): number {
  const [, number = '', unit = ''] = /([\d.]+) (bytes|kB|MB)/.exec(text) ?? [];
  return Number(number) * ({ bytes: 1, kB: 1e3, MB: 1e6 }[unit] ?? NaN);
}

function namesInZip(bytes: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const names: string[] = [];
      zip.on('entry', (entry: yauzl.Entry) => {
        names.push(entry.fileName);
        zip.readEntry();
      });
      zip.on('end', () => resolve(names));
      zip.readEntry();
    });
  });
}

test('every format opens and carries its making; sizes, estimates, several files, layers; dropped back it restores its settings', async ({
  studio,
}) => {
  test.setTimeout(240_000);
  const { page } = studio;
  const { shell, canvas, history } = await makeTwo(studio);
  const { dialog } = history.export;
  await history.tiles('dune.jpg').first().click();
  const sizes = /(\d+) × (\d+)/.exec(await history.details.getByText(/^\d+ × \d+$/).innerText());
  const own = { width: Number(sizes?.[1]), height: Number(sizes?.[2]) };
  let png = Buffer.alloc(0);

  const formats = [
    ['PNG', 'png', 'png'],
    ['JPEG', 'jpg', 'jpeg'],
    ['WebP', 'webp', 'webp'],
    ['AVIF', 'avif', 'heif'],
    ['TIFF', 'tif', 'tiff'],
  ] as const;
  for (const [label, ending, format] of formats) {
    await history.openExport();
    await history.export.chooseFormat(label);
    await history.export.setFileName(`Dune ${label}`);
    await expect(history.export.size).toContainText(/\d/, { timeout: 30_000 });
    const estimated = bytesIn(await history.export.size.innerText());
    const { fileName, bytes } = await studio.download(() => history.export.save());
    expect(fileName).toBe(`Dune ${label}.${ending}`);
    expect(estimated / bytes.length, label).toBeGreaterThan(0.75);
    expect(estimated / bytes.length, label).toBeLessThan(1.25);
    const metadata = await sharp(bytes).metadata();
    expect(metadata, label).toMatchObject({ format, width: own.width, height: own.height });
    const xmp = metadata.xmp?.toString('utf8') ?? '';
    expect(xmp, label).toContain('digitalsourcetype/compositeWithTrainedAlgorithmicMedia');
    expect(xmp, label).toContain('kiln-inpaint');
    if (format === 'png') png = bytes;
  }

  if (studio.host === 'browser') {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await history.openExport();
    await dialog.getByRole('button', { name: 'Copy as PNG' }).click();
    await expect(page.getByText('The picture is on the clipboard.')).toBeVisible({ timeout: 30_000 });
    const copied = await page.evaluate(async () => (await navigator.clipboard.read()).flatMap((item) => item.types));
    expect(copied).toEqual(['image/png']);
    await page.keyboard.press('Escape');
  }

  await history.openExport();
  await history.export.chooseFormat('JPEG');
  await dialog.getByRole('button', { name: '@2x' }).click();
  await history.export.setEmbed(false);
  await expect(dialog.getByRole('list', { name: 'Files' }).getByRole('listitem')).toHaveCount(2, { timeout: 30_000 });
  await page.screenshot({ path: 'test-results/export-dialog.png' });
  const zip = await studio.download(() => history.export.save());
  expect((await namesInZip(zip.bytes)).toSorted()).toEqual(['dune.jpg', 'dune@2x.jpg']);
  expect(zip.bytes.toString('latin1')).not.toContain('kiln');

  await history.openExport();
  await dialog.getByRole('button', { name: '@2x' }).click();
  await chooseSegment(dialog, 'Size in', 'Pixels');
  await dialog.getByLabel('Width').fill('320');
  await dialog.getByLabel('Width').press('Tab');
  const small = await studio.download(() => history.export.save());
  expect((await sharp(small.bytes).metadata()).width).toBe(320);

  await shell.go('Canvas');
  await page.keyboard.press('Control+Shift+e');
  await expect(dialog).toBeVisible();
  await chooseSegment(dialog, 'Size in', 'Multiples');
  await history.export.chooseFormat('WebP');
  await chooseSegment(dialog, 'Layers', 'Layer by layer');
  await expect(dialog.getByRole('list', { name: 'Files' }).getByRole('listitem')).toHaveCount(2, { timeout: 30_000 });
  const layers = await studio.download(() => history.export.save());
  expect(layers.fileName).toBe('dune.zip');
  expect(await namesInZip(layers.bytes)).toHaveLength(2);

  await canvas.inpaint.setSeed(1);
  await shell.dismissNotices();
  await shell.drop({ name: 'back.png', mimeType: 'image/png', bytes: png });
  await expect(page.getByText(/"back\.png" was made with Kiln \(Inpaint, .*, seed \d+\)/)).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Restore settings' }).click();
  await expect(canvas.inpaint.panel.getByLabel('Seed', { exact: true })).toHaveValue(/^[78]$/);
});
