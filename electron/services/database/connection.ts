/** One better-sqlite3 connection, opened the way Kiln wants it, with brands that keep readers from writing. */
import Database from 'better-sqlite3';
import type { Logger } from '../host.ts';
import { guardStorage } from './storage-error.ts';

declare const readBrand: unique symbol;
declare const writeBrand: unique symbol;

type Statement = Database.Statement;

/** Functions that take a ReadDb promise to change nothing. */
export interface ReadDb {
  readonly [readBrand]: true;
  /** Prepared once per text, then kept. */
  prepare(sql: string): Statement;
}

export interface WriteDb extends ReadDb {
  readonly [writeBrand]: true;
  /** One immediate transaction; nested calls join the outer one. Storage failures come out as AppErrors. */
  transaction<Result>(doing: string, work: () => Result): Result;
  readonly raw: Database.Database;
}

const slowQueryMs = 40;

export function openConnection(file: string): Database.Database {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  // What was reported done must survive a power cut, so every commit is flushed.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('busy_timeout = 5000');
  db.pragma('cache_size = -65536');
  db.pragma('temp_store = MEMORY');
  return db;
}

export function brandConnection(db: Database.Database, log: Logger): WriteDb {
  const statements = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = timed(db.prepare(sql), sql, log);
    statements.set(sql, statement);
    return statement;
  };
  const transaction = <Result>(doing: string, work: () => Result): Result =>
    guardStorage(doing, () => (db.inTransaction ? work() : db.transaction(work).immediate()));
  // The brands exist for the compiler only.
  return { prepare, transaction, raw: db } as unknown as WriteDb;
}

/** Statements that take long are logged with their text, never with their values. */
function timed(statement: Statement, sql: string, log: Logger): Statement {
  const watch =
    <Arguments extends unknown[], Result>(run: (...values: Arguments) => Result): ((...values: Arguments) => Result) =>
    (...values) => {
      const startedAt = performance.now();
      const result = run(...values);
      const tookMs = performance.now() - startedAt;
      if (tookMs > slowQueryMs) log.warn(`Slow query (${tookMs.toFixed(0)} ms)`, { sql: sql.replace(/\s+/g, ' ').trim() });
      return result;
    };
  statement.all = watch(statement.all.bind(statement));
  statement.get = watch(statement.get.bind(statement));
  statement.run = watch(statement.run.bind(statement));
  return statement;
}
