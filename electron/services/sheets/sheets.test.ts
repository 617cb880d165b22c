import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sheetCalls } from '../../../shared/contract/calls/sheet-calls.ts';
import { generationRequestSchema } from '../../../shared/domain/generation.ts';
import { generationIdSchema, packIdSchema, type GenerationId } from '../../../shared/domain/ids.ts';
import { createGenerationStore } from '../history/generation-store.ts';
import { newId } from '../ids.ts';
import { readEmbedded } from '../images/embedded-metadata.ts';
import { createImageService } from '../images/images.ts';
import type { GenerationStore, ImageService } from '../service-types.ts';
import { scratchLibrary, testPack, type ScratchLibrary } from '../testing/scratch-library.ts';
import { createTransferStore, type DisposableTransferStore } from '../transfers/transfer-store.ts';
import { delaysMs, inOrder } from './animation.ts';
import { sheetHandlers } from './sheet-handlers.ts';
import { fittingCell, letterSize, sheetLayout, wrapped } from './sheet-layout.ts';
import { escapeText } from './sheet-picture.ts';

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

const handlers = () => sheetHandlers({ assets: scratch.assets, generations, transfers, version: '1.2.3' });
const colours = ['#ff0000', '#00ff00', '#0000ff', '#ffff00', '#00ffff', '#ff00ff'];

async function made(colour: string, width = 64, height = 48): Promise<GenerationId> {
  const file = join(scratch.folder, `${colour.slice(1)}-${String(width)}.upload`);
  await sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toFile(file);
  const { image } = await images.importPicture(file, colour);
  const id = newId(generationIdSchema);
  const base = { projectId: null, packId: 'kiln-x', seed: 9, backend: 'cpu', placement: null, parentId: null, inputs: {} };
  generations.start({
    id,
    jobId: null,
    batchId: null,
    request: generationRequestSchema.parse({ kind: 'diffusion', ...base, params: { prompt: 'a <b> & "c"' } }),
    pack: { ...testPack, id: packIdSchema.parse('kiln-x') },
  });
  const bounds = { x: 0, y: 0, width, height };
  generations.succeed(
    id,
    {
      outputs: [{ role: 'image', hash: image.hash, bounds }],
      size: { width, height },
      backend: 'cpu',
      timings: { totalMs: 1, phasesMs: {} },
      notes: [],
      details: {},
    },
    () => undefined,
  );
  return id;
}

const sheet = (given: object) =>
  sheetCalls['sheets.make'].input.parse({ columns: [''], rows: [''], pages: [''], title: '', name: 'Sheet', ...given });

describe('a contact sheet', () => {
  it('holds every picture in its place, labelled, with all generations in its metadata', async () => {
    const cells = await Promise.all(colours.map((colour) => made(colour)));
    const columns = ['Steps 4', 'Steps 8', 'Steps 16'];
    const rows = ['<b>&"red"', 'Ein sehr langer Name, der umbrochen werden muss'];
    const result = await handlers()['sheets.make'](sheet({ cells, columns, rows, title: 'a <b> & "c" \u0000 🍎', name: 'Grid: "one"' }));
    expect(result).toMatchObject({ fileName: 'Grid_ _one_.png', generationIds: cells, notes: [] });
    const bytes = await readFile(transfers.exportFile(result.exportId)!.file);
    const { width, height } = await sharp(bytes).metadata();
    expect({ width, height }).toEqual(result.size);
    const layout = sheetLayout({ columns, rows, pages: [''], title: 'a <b> & "c" \u0000 🍎', cell: { width: 64, height: 48 } });
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): string =>
      [0, 1, 2]
        .map((c) => (data[(Math.round(y) * info.width + Math.round(x)) * info.channels + c] ?? 0).toString(16).padStart(2, '0'))
        .join('');
    layout.cells.forEach((cell, index) => {
      expect(`#${at(cell.x + 2, cell.y + 2)}`).toBe(colours[index]);
      expect(`#${at(cell.x + 61, cell.y + 45)}`).toBe(colours[index]);
    });
    // Letters were drawn: the band over the first row is not all paper.
    const band = await sharp(bytes)
      .extract({ left: 0, top: 0, width: info.width, height: layout.cells[0]!.y })
      .greyscale()
      .raw()
      .toBuffer();
    expect(band.filter((value) => value < 128).length).toBeGreaterThan(100);
    expect(readEmbedded(bytes, undefined)?.generations).toHaveLength(6);
    expect(scratch.assets.record(result.image)).not.toBeNull();
  });

  it('leaves cells empty whose pictures are gone, and says so', async () => {
    const cells = [await made('#ff0000'), newId(generationIdSchema), null];
    const result = await handlers()['sheets.make'](
      sheet({ cells, columns: ['', '', ''], embedMetadata: false, theme: 'dark', cellPx: 32 }),
    );
    expect(result.notes.join()).toContain('1 of the pictures is not there');
    expect(result.generationIds).toHaveLength(1);
    await expect(handlers()['sheets.make'](sheet({ cells: [newId(generationIdSchema)] }))).rejects.toMatchObject({ code: 'not-found' });
    expect(sheetCalls['sheets.make'].input.safeParse({ ...sheet({ cells: [null] }), columns: ['', ''] }).success).toBe(false);
  });

  it('makes its cells smaller rather than growing past what viewers open', () => {
    const plan = { columns: Array<string>(20).fill('x'), rows: Array<string>(20).fill('y'), pages: [''], title: 't' };
    const cell = fittingCell(plan, { width: 1024, height: 768 }, { pixels: 48_000_000, sidePx: 16_000 });
    const { size } = sheetLayout({ ...plan, cell });
    expect(size.width * size.height).toBeLessThanOrEqual(48_000_000);
    expect(cell.width).toBeGreaterThan(256);
    expect(cell.width / cell.height).toBeCloseTo(4 / 3, 1);
  });
});

describe('the texts of a sheet', () => {
  it('are wrapped, broken and cut', () => {
    expect(wrapped('one two three', 60, 12)).toEqual(['one two', 'three']);
    expect(wrapped('a'.repeat(30), 60, 12).every((line) => line.length <= 9)).toBe(true);
    const cut = wrapped('word '.repeat(100), 60, 12, 3);
    expect(cut).toHaveLength(3);
    expect(cut[2]).toMatch(/…$/);
    expect(wrapped('', 60, 12)).toEqual([]);
    expect(letterSize({ width: 64, height: 64 })).toBe(12);
  });

  it('can hold no markup', () => {
    expect(escapeText('<script>&"\u0000\u001b\ud800')).toBe('&lt;script&gt;&amp;&quot;\ufffd');
  });
});

describe('an animation', () => {
  it.each(['webp', 'gif'] as const)('%s has all frames in order, at its speed', async (format) => {
    const frames = [...(await Promise.all(colours.slice(0, 3).map((colour) => made(colour)))), await made('#ffffff', 30, 30)];
    const result = await handlers()['sheets.animate']({ frames, framesPerSecond: 8, pingPong: true, format, quality: 100, name: 'Loop' });
    expect(result).toMatchObject({ size: { width: 64, height: 48 }, mediaType: `image/${format}`, fileName: `Loop.${format}` });
    const bytes = await readFile(transfers.exportFile(result.exportId)!.file);
    const { pages, pageHeight, loop, delay } = await sharp(bytes, { animated: true }).metadata();
    expect({ pages, pageHeight, loop }).toEqual({ pages: 6, pageHeight: 48, loop: 0 });
    expect(delay!.reduce((sum, ms) => sum + ms, 0)).toBe(750);
    const { data, info } = await sharp(bytes, { animated: true }).raw().toBuffer({ resolveWithObject: true });
    const colourOf = (frame: number): string =>
      [0, 1, 2].map((c) => (data[(frame * 48 * 64 + 100) * info.channels + c] ?? 0).toString(16).padStart(2, '0')).join('');
    expect([0, 1, 2, 3, 4, 5].map(colourOf)).toEqual(['ff0000', '00ff00', '0000ff', 'ffffff', '0000ff', '00ff00']);
  });

  it('lasts as long as it should in whole hundredths', () => {
    expect(delaysMs(3, 12, 10)).toEqual([80, 90, 80]);
    expect(delaysMs(24, 24, 10).reduce((sum, ms) => sum + ms)).toBe(1000);
    expect(inOrder([1, 2, 3], true)).toEqual([1, 2, 3, 2]);
    expect(inOrder([1, 2], true)).toEqual([1, 2]);
  });
});
