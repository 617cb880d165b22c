import type { Migration } from '../migration.ts';

/**
 * Music clips. A clip's state is small: its score, its takes and their scores are assets, kept from the sweep by links of the
 * owner kind 'clip'. SQLite cannot widen a CHECK, so the table of links is written anew.
 */
export const clips: Migration = {
  version: 50,
  up: (db) =>
    db.exec(`
      CREATE TABLE clips (
        id TEXT PRIMARY KEY,
        project_id TEXT REFERENCES projects(id),
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        state_json TEXT NOT NULL,
        thumbnail TEXT REFERENCES assets(hash),
        created_at_ms INTEGER NOT NULL,
        updated_at_ms INTEGER NOT NULL,
        trashed_at_ms INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX clips_by_update ON clips(updated_at_ms DESC);
      CREATE INDEX clips_by_project ON clips(project_id, updated_at_ms DESC);

      -- Why an asset is kept. Owners are document snapshots, generations, unfinished jobs and clips.
      CREATE TABLE new_asset_links (
        owner_kind TEXT NOT NULL CHECK (owner_kind IN ('generation', 'job', 'snapshot', 'clip')),
        owner_id TEXT NOT NULL,
        hash TEXT NOT NULL REFERENCES assets(hash),
        PRIMARY KEY (owner_kind, owner_id, hash)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO new_asset_links SELECT owner_kind, owner_id, hash FROM asset_links;
      DROP TABLE asset_links;
      ALTER TABLE new_asset_links RENAME TO asset_links;
      CREATE INDEX asset_links_by_hash ON asset_links(hash);
    `),
};
