import type { Migration } from '../migration.ts';

/** Results of a generation that are not pictures, such as the colours of a palette: a JSON object by name. */
export const details: Migration = {
  version: 30,
  up: (db) => db.exec(`ALTER TABLE generations ADD COLUMN details_json TEXT NOT NULL DEFAULT '{}'`),
};
