import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportFormats, exportOptionsSchema, type ExportFormat } from '../../../shared/contract/calls/export-calls.ts';
import { generationRequestSchema, type Generation, type GenerationRequest } from '../../../shared/domain/generation.ts';
import { generationIdSchema, packIdSchema, type AssetHash } from '../../../shared/domain/ids.ts';
import { createGenerationStore } from '../history/generation-store.ts';
import { newId } from '../ids.ts';
import { readEmbedded } from '../images/embedded-metadata.ts';
import { createImageService } from '../images/images.ts';
import { readPngText } from '../images/png-text.ts';
import type { GenerationStore, ImageService } from '../service-types.ts';
import { inpaintRequest, scratchLibrary, testPack, type ScratchLibrary } from '../testing/scratch-library.ts';
import { createTransferStore, type DisposableTransferStore } from '../transfers/transfer-store.ts';
import { exportHandlers } from './export-handlers.ts';
import { sourceTypeOf } from './export-metadata.ts';

let scratch: ScratchLibrary;
let transfers: DisposableTransferStore;
let images: ImageService;
let generations: GenerationStore;
beforeEach(async () => {
  scratch = await scratchLibrary();
  transfers = createTransferStore({ folder: join(scratch.folder, 'transfers') });
  images = createImageService(scratch.assets, join(scratch.folder, 'cache'));
  generations = createGenerationStore(scratch.library.db, scratch.events);
});
afterEach(async () => {
  transfers.dispose();
  await scratch.dispose();
});

const handlers = (): ReturnType<typeof exportHandlers> =>
  exportHandlers({ assets: scratch.assets, generations, transfers, version: '1.2.3' });
const options = (given: object) => exportOptionsSchema.parse(given);
const bytesOf = async (id: Parameters<DisposableTransferStore['exportFile']>[0]): Promise<Buffer> =>
  readFile(transfers.exportFile(id)!.file);

async function photo(name: string, resize?: { width: number }): Promise<AssetHash> {
  const file = join(scratch.folder, `${name}-${String(resize?.width)}.upload`);
  await sharp(`e2e/fixtures/${name}`).resize(resize?.width).png().toFile(file);
  return (await images.importPicture(file, name)).image.hash;
}

function record(request: GenerationRequest, image: AssetHash): Generation {
  const id = newId(generationIdSchema);
  generations.start({ id, jobId: null, batchId: null, request, pack: { ...testPack, id: packIdSchema.parse(request.packId) } });
  generations.succeed(
    id,
    {
      outputs: [{ role: 'image', hash: image, bounds: { x: 0, y: 0, width: 4, height: 4 } }],
      size: { width: 4, height: 4 },
      backend: 'cpu',
      timings: { totalMs: 1, phasesMs: {} },
      notes: [],
      details: {},
    },
    () => undefined,
  );
  return generations.get(id)!;
}

function requestOf(kind: string, inputs: object, params: object = {}): GenerationRequest {
  const base = { projectId: null, packId: `kiln-${kind}`, seed: 9, backend: 'cpu', placement: null, parentId: null };
  return generationRequestSchema.parse({ kind, ...base, inputs, params, title: 'Private & "named" <b>' });
}

/** What any reader of metadata sees: the XMP packet wherever the format keeps it. */
async function xmpOf(bytes: Buffer): Promise<string> {
  return (await sharp(bytes).metadata()).xmp?.toString('utf8') ?? '';
}

describe('what an export says of itself', () => {
  it.each(exportFormats)('%s carries XMP with the parameters and the digital source type', async (format) => {
    const image = await photo('dune.jpg');
    const made = record(inpaintRequest(image, image, { seed: 4242, title: 'Private & "named" <b>' }), image);
    const { files } = await handlers()['export.render'](options({ items: [{ name: 'x', image }], generationIds: [made.id], format }));
    const bytes = await bytesOf(files[0]!.exportId);
    const xmp = await xmpOf(bytes);
    expect(xmp).toContain(
      'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"',
    );
    expect(xmp).toContain('xmp:CreatorTool="Kiln 1.2.3"');
    expect(readEmbedded(Buffer.alloc(0), xmp)?.generations[0]?.request).toMatchObject({ seed: 4242, title: '', placement: null });
    if (format === 'png') {
      expect(JSON.parse(readPngText(bytes, 'kiln') ?? '')).toMatchObject({ generations: [{ request: { seed: 4242 } }] });
    }
    expect(bytes.toString('latin1')).not.toContain('Private');
    const bare = await handlers()['export.render'](
      options({ items: [{ name: 'x', image }], generationIds: [made.id], format, embedMetadata: false }),
    );
    const without = await bytesOf(bare.files[0]!.exportId);
    expect(await xmpOf(without)).toBe('');
    expect(without.toString('latin1')).not.toMatch(/kiln/i);
  });

  it.each([
    ['inpaint', 'compositeWithTrainedAlgorithmicMedia', true],
    ['stylize', 'compositeWithTrainedAlgorithmicMedia', true],
    ['upscale', 'algorithmicallyEnhanced', true],
    ['texture', 'trainedAlgorithmicMedia', false],
    ['palette', 'trainedAlgorithmicMedia', false],
  ] as const)('a result of the kind %s is called %s and comes back whole', async (kind, word, takesPicture) => {
    const image = await photo('dune.jpg', { width: 40 });
    const other = await photo('walruses.jpg', { width: 40 });
    const inputs = takesPicture ? { image: other, ...(kind === 'inpaint' ? { mask: other } : {}) } : {};
    const params = kind === 'palette' ? { colours: ['#102030', null], count: 3 } : {};
    const made = record(requestOf(kind, inputs, params), image);
    for (const format of exportFormats) {
      const { files } = await handlers()['export.render'](options({ items: [{ name: 'x', image, generationIds: [made.id] }], format }));
      const bytes = await bytesOf(files[0]!.exportId);
      const embedded = readEmbedded(bytes, await xmpOf(bytes));
      expect(embedded?.digitalSourceType, format).toBe(word);
      expect(embedded?.generations[0]?.request, format).toEqual({ ...made.request, title: '' });
    }
  });

  it('gives each file of several its own parameters, and claims nothing for a picture no model touched', async () => {
    const [first, second] = [await photo('dune.jpg', { width: 40 }), await photo('walruses.jpg', { width: 40 })];
    const one = record(requestOf('texture', {}, { x: 0.25 }), first);
    const { files, archive } = await handlers()['export.render'](
      options({
        items: [
          { name: 'one', image: first, generationIds: [one.id] },
          { name: 'two', image: second, generationIds: [] },
        ],
        format: 'webp',
        archiveName: 'Both',
      }),
    );
    expect(archive?.fileName).toBe('Both.zip');
    const read = async (index: number) => readEmbedded(Buffer.alloc(0), await xmpOf(await bytesOf(files[index]!.exportId)));
    expect(await read(0)).toMatchObject({
      digitalSourceType: 'trainedAlgorithmicMedia',
      generations: [{ request: { params: { x: 0.25 } } }],
    });
    expect(await read(1)).toMatchObject({ digitalSourceType: 'humanEdits', generations: [] });
    expect(sourceTypeOf([one], second)).toBe('compositeWithTrainedAlgorithmicMedia');
  });
});

describe('estimates and previews', () => {
  const quick = exportFormats.filter((format) => format !== 'avif');
  const cases: [string, ExportFormat, object][] = [
    ...quick.map((format): [string, ExportFormat, object] => ['dune.jpg', format, { quality: 80 }]),
    ...quick.map((format): [string, ExportFormat, object] => ['mountain-lake.jpg', format, { quality: 50 }]),
    ['walruses.jpg', 'jpeg', { quality: 95 }],
    ['walruses.jpg', 'webp', { lossless: true }],
    ['walruses.jpg', 'avif', { quality: 60 }],
  ];
  it.each(cases)('%s as %s weighs what was said, within a quarter (%o)', { timeout: 60_000 }, async (name, format, more) => {
    const image = await photo(name, { width: 1300 });
    const given = options({ items: [{ name: 'x', image }], format, scale: { kind: 'factors', factors: [0.5, 1] }, ...more });
    const estimates = await handlers()['export.estimate'](given);
    const { files } = await handlers()['export.render'](given);
    expect(estimates.map(({ exact }) => exact)).toEqual([true, false]);
    expect(estimates[0]?.sizeBytes).toBe(files[0]?.sizeBytes);
    expect(estimates[1]!.sizeBytes / files[1]!.sizeBytes).toBeGreaterThan(0.75);
    expect(estimates[1]!.sizeBytes / files[1]!.sizeBytes).toBeLessThan(1.25);
  });

  it('weighs some of many files, and tells the others by their pixels', async () => {
    const pictures = [await photo('dune.jpg', { width: 120 }), await photo('walruses.jpg', { width: 90 })];
    const items = Array.from({ length: 40 }, (_, index) => ({ name: `p${String(index)}`, image: pictures[Math.floor(index / 20)]! }));
    const given = options({ items, format: 'jpeg' });
    const estimates = await handlers()['export.estimate'](given);
    const { files } = await handlers()['export.render'](given);
    const bytes = (of: readonly { sizeBytes: number }[]): number => of.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(estimates.map(({ fileName }) => fileName)).toEqual(files.map(({ fileName }) => fileName));
    expect(estimates.filter(({ exact }) => exact)).toHaveLength(12);
    expect(bytes(estimates) / bytes(files)).toBeGreaterThan(0.75);
    expect(bytes(estimates) / bytes(files)).toBeLessThan(1.25);
  });

  it('shows the middle of the picture as it would come out', async () => {
    const image = await photo('dune.jpg');
    const { exportId, original, crop } = await handlers()['export.preview'](
      options({ items: [{ name: 'x', image }], format: 'jpeg', quality: 5, scale: { kind: 'factors', factors: [2] } }),
    );
    const [shown, source] = [await bytesOf(exportId), await bytesOf(original)];
    expect(await sharp(shown).metadata()).toMatchObject({ format: 'jpeg', width: crop.width, height: crop.height });
    expect(await sharp(source).metadata()).toMatchObject({ format: 'png', width: crop.width, height: crop.height });
    expect(shown.length).toBeLessThan(source.length / 5);
  });
});
