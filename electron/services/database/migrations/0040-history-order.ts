import type { Migration } from '../migration.ts';

/**
 * The history as it is looked at: rows outside the trash in each order. They hold no wide columns, so that counting
 * 100,000 rows, or jumping to the middle of them, takes milliseconds and not a read of every request; what the filters
 * ask for is in both, so that counting what they leave reads nothing else.
 */
export const historyOrder: Migration = {
  version: 40,
  up: (db) =>
    db.exec(`
      CREATE INDEX generations_kept ON generations(sequence, kind, status, favourite, rating, created_at_ms, pack_id, project_id)
        WHERE trashed_at_ms IS NULL;
      CREATE INDEX generations_kept_by_rating
        ON generations(rating DESC, sequence DESC, kind, status, favourite, created_at_ms, pack_id, project_id)
        WHERE trashed_at_ms IS NULL;
    `),
};
