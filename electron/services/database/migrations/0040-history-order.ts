import type { Migration } from '../migration.ts';

/**
 * The history as it is looked at: rows outside the trash in each order. They hold no wide columns, so that counting
 * 100,000 rows, or jumping to the middle of them, takes milliseconds and not a read of every request.
 */
export const historyOrder: Migration = {
  version: 40,
  up: (db) =>
    db.exec(`
      CREATE INDEX generations_kept ON generations(sequence) WHERE trashed_at_ms IS NULL;
      CREATE INDEX generations_kept_by_rating ON generations(rating DESC, sequence DESC) WHERE trashed_at_ms IS NULL;
    `),
};
