/** History over the contract: pages, details, and what users do to rows. */
import { z } from 'zod';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { historyCalls } from '../../../shared/contract/calls/history-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { generationKindSchema } from '../../../shared/domain/generation.ts';
import { packIdSchema, type GenerationId } from '../../../shared/domain/ids.ts';
import { unlinkAssets } from '../assets/asset-records.ts';
import type { WriteDb } from '../database/connection.ts';
import type { EventBus } from '../service-types.ts';
import { readGeneration } from './generation-rows.ts';
import { childrenOf, historyIds, historyPage, parentsOf } from './history-query.ts';
import { indexGeneration } from './search-index.ts';

const tagCounts = z.array(z.object({ tag: z.string(), count: z.int() }));
const packCounts = z.array(z.object({ id: packIdSchema, name: z.string(), count: z.int() }));
const kindCounts = z.array(z.object({ kind: generationKindSchema, count: z.int() }));

export function historyHandlers(db: WriteDb, events: EventBus): Handlers<keyof typeof historyCalls> {
  function forEach(ids: readonly GenerationId[], doing: string, work: (id: GenerationId) => void): void {
    db.transaction(doing, () => ids.forEach(work));
    events.publish({ type: 'history.changed' });
  }

  function updateEach(
    ids: readonly GenerationId[],
    doing: string,
    column: 'favourite' | 'rating' | 'trashed_at_ms',
    value: number | null,
  ): void {
    const update = db.prepare(`UPDATE generations SET ${column} = ? WHERE id = ?`);
    forEach(ids, doing, (id) => update.run(value, id));
  }

  return {
    'history.list': (query) => historyPage(db, query),
    'history.ids': (query) => ({ ids: historyIds(db, query) }),
    'history.get': ({ id }) => {
      const generation = readGeneration(db, id);
      if (generation === null) {
        throw new AppError('not-found', 'That generation is not in the history.', { action: 'It may have been removed from the trash.' });
      }
      return { generation, parents: parentsOf(db, id), children: childrenOf(db, id) };
    },
    'history.facets': () => ({
      packs: packCounts.parse(
        db
          .prepare(
            `SELECT pack_id AS id, max(pack_name) AS name, count(*) AS count FROM generations WHERE trashed_at_ms IS NULL GROUP BY pack_id ORDER BY count DESC`,
          )
          .all(),
      ),
      tags: tagCounts.parse(
        db.prepare(`SELECT tag, count(*) AS count FROM generation_tags GROUP BY tag ORDER BY count DESC, tag LIMIT 500`).all(),
      ),
      kinds: kindCounts.parse(
        db.prepare(`SELECT kind, count(*) AS count FROM generations WHERE trashed_at_ms IS NULL GROUP BY kind`).all(),
      ),
      trashedCount: z
        .object({ count: z.int() })
        .parse(db.prepare(`SELECT count(*) AS count FROM generations WHERE trashed_at_ms IS NOT NULL`).get()).count,
    }),
    'history.setFavourite': ({ ids, favourite }) => updateEach(ids, 'Marking favourites', 'favourite', favourite ? 1 : 0),
    'history.setRating': ({ ids, rating }) => updateEach(ids, 'Rating', 'rating', rating),
    'history.setTitle': ({ id, title }) =>
      forEach([id], 'Naming a generation', () => {
        db.prepare(`UPDATE generations SET title = ? WHERE id = ?`).run(title, id);
        indexGeneration(db, id);
      }),
    'history.addTag': ({ ids, tag }) =>
      forEach(ids, 'Adding a tag', (id) => {
        db.prepare(`INSERT OR IGNORE INTO generation_tags (generation_id, tag) SELECT id, ? FROM generations WHERE id = ?`).run(tag, id);
        indexGeneration(db, id);
      }),
    'history.removeTag': ({ ids, tag }) =>
      forEach(ids, 'Removing a tag', (id) => {
        db.prepare(`DELETE FROM generation_tags WHERE generation_id = ? AND tag = ?`).run(id, tag);
        indexGeneration(db, id);
      }),
    'history.trash': ({ ids }) => updateEach(ids, 'Moving to the trash', 'trashed_at_ms', Date.now()),
    'history.restore': ({ ids }) => updateEach(ids, 'Restoring from the trash', 'trashed_at_ms', null),
    'history.emptyTrash': () => {
      const removed = db.transaction('Emptying the trash', () => {
        const rows = z
          .array(z.object({ id: z.string(), sequence: z.int() }))
          .parse(db.prepare(`SELECT id, sequence FROM generations WHERE trashed_at_ms IS NOT NULL AND status <> 'running'`).all());
        for (const { id, sequence } of rows) {
          db.prepare(`DELETE FROM generation_search WHERE rowid = ?`).run(sequence);
          unlinkAssets(db, 'generation', id);
          db.prepare(`DELETE FROM generations WHERE id = ?`).run(id);
        }
        return rows.length;
      });
      events.publish({ type: 'history.changed' });
      return { removed };
    },
  };
}
