/** `npm run bench`: the figures Kiln promises, as a table. Ratios and times are measured in this one run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import { historyCalls } from '../../shared/contract/calls/history-calls.ts';
import { generationIdSchema } from '../../shared/domain/ids.ts';
import { openLibrary } from '../../electron/services/database/open-library.ts';
import { historyPage } from '../../electron/services/history/history-query.ts';
import { newId } from '../../electron/services/ids.ts';
import { inpaintRequest, silentLog } from '../../electron/services/testing/scratch-library.ts';

interface Figure {
  what: string;
  measured: string;
  limit: string;
  ok: boolean;
}
const anyHash = 'a'.repeat(64);

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN;
}

async function timed(runs: number, work: () => Promise<unknown> | undefined): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const from = performance.now();
    await work();
    // The first run warms caches and compilers.
    if (run > 0) times.push(performance.now() - from);
  }
  return median(times);
}

/** A 256 × 256 hole in a 12-megapixel photo against the same hole in a 1-megapixel photo, decoding and encoding aside. */
async function inpaintFigure(): Promise<Figure> {
  const pack = openPack('kiln-inpaint');
  const inpaintIn = (width: number, height: number): Promise<number> => {
    const image: PixelImage = { width, height, channels: 3, data: new Uint8Array(width * height * 3) };
    for (let index = 0; index < image.data.length; index += 1) image.data[index] = (index * 7 + (index >> 9)) % 251;
    const mask: PixelImage = { width, height, channels: 1, data: new Uint8Array(width * height) };
    for (let y = 0; y < 256; y += 1) mask.data.fill(255, (300 + y) * width + 400, (300 + y) * width + 656);
    return timed(5, () => pack.run({ image, mask }, {}));
  };
  const small = await inpaintIn(1155, 866);
  const large = await inpaintIn(4000, 3000);
  return {
    what: '256 px hole, 12 MP against 1 MP',
    measured: `${(large / small).toFixed(2)} × (${large.toFixed(0)} ms, ${small.toFixed(0)} ms)`,
    limit: '1.5 ×',
    ok: large / small <= 1.5,
  };
}

async function historyFigures(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-bench-'));
  const library = await openLibrary(folder, silentLog);
  const { db } = library;
  const words = ['harbour', 'dune', 'portrait', 'forest', 'kitchen', 'mountain', 'street', 'flower', 'bridge', 'window'];
  db.transaction('Filling the library', () => {
    const row = db.prepare(
      `INSERT INTO generations (id, kind, title, request_json, pack_id, pack_name, pack_version, pack_hash, status, width, height, created_at_ms, finished_at_ms, rating, favourite)
       VALUES (?, 'inpaint', ?, ?, 'kiln-inpaint', 'Kiln Inpaint', '0.1.0', ?, 'succeeded', 640, 480, ?, ?, ?, ?)`,
    );
    const index = db.prepare(
      `INSERT INTO generation_search(rowid, title, tags, pack, kind, parameters) VALUES (?, ?, '', 'Kiln Inpaint kiln-inpaint', 'inpaint', ?)`,
    );
    for (let number = 1; number <= 100_000; number += 1) {
      const title = `${words[number % 10] ?? ''} ${words[(number >> 4) % 10] ?? ''} ${String(number)}`;
      const request = inpaintRequest(anyHash as never, anyHash as never, { seed: number });
      row.run(newId(generationIdSchema), title, JSON.stringify(request), anyHash, number, number, number % 6, number % 50 === 0 ? 1 : 0);
      index.run(number, title, `contextPadding 0.6 maskGrow 4 feather 8 colourMatch true seed ${String(number)}`);
    }
  });
  const page = (filter: object): Promise<number> =>
    timed(9, () => {
      historyPage(db, historyCalls['history.list'].input.parse({ filter, limit: 100 }));
      return undefined;
    });
  const figures: Figure[] = [];
  const add = (what: string, took: number, limitMs: number): void =>
    void figures.push({ what, measured: `${took.toFixed(1)} ms`, limit: `${String(limitMs)} ms`, ok: took < limitMs });
  add('History, first page of 100,000', await page({}), 50);
  add('History, favourites', await page({ favouriteOnly: true }), 50);
  add('Search "harbour fores" (10,000 and more match)', await page({ text: 'harbour fores' }), 20);
  add('Search "dune 4242"', await page({ text: 'dune 4242' }), 20);
  library.close();
  await rm(folder, { recursive: true, force: true });
  return figures;
}

const figures = [await inpaintFigure(), ...(await historyFigures())];
console.table(Object.fromEntries(figures.map(({ what, ...rest }) => [what, rest])));
process.exitCode = figures.every((figure) => figure.ok) ? 0 : 1;
