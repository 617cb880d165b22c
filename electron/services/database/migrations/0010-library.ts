import type { Migration } from '../migration.ts';

/** Assets, projects, documents, generations, jobs. Times are Unix milliseconds; booleans are 0 or 1. */
export const library: Migration = {
  version: 10,
  up: (db) =>
    db.exec(`
      CREATE TABLE assets (
        hash TEXT PRIMARY KEY,
        media_type TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        width INTEGER,
        height INTEGER,
        created_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- Why an asset is kept. Owners are document snapshots, generations and unfinished jobs.
      CREATE TABLE asset_links (
        owner_kind TEXT NOT NULL CHECK (owner_kind IN ('generation', 'job', 'snapshot')),
        owner_id TEXT NOT NULL,
        hash TEXT NOT NULL REFERENCES assets(hash),
        PRIMARY KEY (owner_kind, owner_id, hash)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX asset_links_by_hash ON asset_links(hash);

      CREATE TABLE projects (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        updated_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        project_id TEXT NOT NULL REFERENCES projects(id),
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        snapshot TEXT NOT NULL REFERENCES assets(hash),
        thumbnail TEXT REFERENCES assets(hash),
        created_at_ms INTEGER NOT NULL,
        updated_at_ms INTEGER NOT NULL,
        trashed_at_ms INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX documents_by_update ON documents(updated_at_ms DESC);
      CREATE INDEX documents_by_project ON documents(project_id, updated_at_ms DESC);

      -- sequence is the rowid: it orders history and joins the search table.
      CREATE TABLE generations (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        project_id TEXT REFERENCES projects(id),
        job_id TEXT,
        batch_id TEXT,
        parent_id TEXT,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        request_json TEXT NOT NULL,
        pack_id TEXT NOT NULL,
        pack_name TEXT NOT NULL,
        pack_version TEXT NOT NULL,
        pack_hash TEXT NOT NULL,
        backend TEXT,
        status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
        error_json TEXT,
        width INTEGER,
        height INTEGER,
        timings_json TEXT,
        notes_json TEXT NOT NULL DEFAULT '[]',
        favourite INTEGER NOT NULL DEFAULT 0,
        rating INTEGER NOT NULL DEFAULT 0,
        created_at_ms INTEGER NOT NULL,
        finished_at_ms INTEGER,
        trashed_at_ms INTEGER
      ) STRICT;
      CREATE INDEX generations_by_parent ON generations(parent_id) WHERE parent_id IS NOT NULL;
      CREATE INDEX generations_running ON generations(status) WHERE status = 'running';
      CREATE INDEX generations_by_rating ON generations(rating DESC, sequence DESC);
      CREATE INDEX generations_favourite ON generations(sequence) WHERE favourite = 1;
      CREATE INDEX generations_trashed ON generations(sequence) WHERE trashed_at_ms IS NOT NULL;
      CREATE INDEX generations_by_pack ON generations(pack_id, sequence DESC);
      CREATE INDEX generations_by_project ON generations(project_id);

      CREATE TABLE generation_outputs (
        generation_id TEXT NOT NULL REFERENCES generations(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        role TEXT NOT NULL,
        hash TEXT NOT NULL REFERENCES assets(hash),
        x INTEGER NOT NULL,
        y INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        PRIMARY KEY (generation_id, position)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE generation_tags (
        generation_id TEXT NOT NULL REFERENCES generations(id) ON DELETE CASCADE,
        tag TEXT NOT NULL COLLATE NOCASE,
        PRIMARY KEY (generation_id, tag)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX generation_tags_by_tag ON generation_tags(tag);

      CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        batch_id TEXT,
        revision INTEGER NOT NULL,
        priority TEXT NOT NULL,
        position REAL NOT NULL,
        state TEXT NOT NULL,
        job_json TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        updated_at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX jobs_by_order ON jobs(state, priority, position);

      -- What time left is learned from.
      CREATE TABLE phase_timings (
        kind TEXT NOT NULL,
        pack_id TEXT NOT NULL,
        backend TEXT NOT NULL,
        phase TEXT NOT NULL,
        pixels INTEGER NOT NULL,
        milliseconds REAL NOT NULL,
        at_ms INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX phase_timings_by_pack ON phase_timings(kind, pack_id, backend, at_ms DESC);

      -- Small facts to remember: queue paused, probe results, excluded backends.
      CREATE TABLE key_values (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    `),
};
