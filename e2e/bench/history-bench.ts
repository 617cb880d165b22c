/** The history of 100,000 generations: first pages and searches. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyCalls } from '../../shared/contract/calls/history-calls.ts';
import { generationIdSchema } from '../../shared/domain/ids.ts';
import { openLibrary } from '../../electron/services/database/open-library.ts';
import { historyPage } from '../../electron/services/history/history-query.ts';
import { newId } from '../../electron/services/ids.ts';
import { inpaintRequest, silentLog } from '../../electron/services/testing/scratch-library.ts';
import { timed, type Figure } from './figure.ts';

const anyHash = 'a'.repeat(64);

export async function historyFigures(): Promise<Figure[]> {
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
  add('History, one kind rated 4 and more', await page({ kinds: ['inpaint'], minRating: 4 }), 50);
  add('Search "harbour fores" (10,000 and more match)', await page({ text: 'harbour fores' }), 20);
  add('Search "dune 4242"', await page({ text: 'dune 4242' }), 20);
  library.close();
  await rm(folder, { recursive: true, force: true });
  return figures;
}
