import type Database from 'better-sqlite3';

/** One step of the schema. Append-only: never edited after a release. Runs in one transaction with the version change. */
export interface Migration {
  /** Rises in tens; becomes `user_version`. */
  version: number;
  up(db: Database.Database): void;
}
