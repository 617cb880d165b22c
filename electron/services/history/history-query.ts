/** Pages of history: keyset pagination, so that page one hundred costs what page one does. */
import { z } from 'zod';
import type { HistoryFilter, HistoryPage, HistorySort } from '../../../shared/contract/calls/history-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { generationIdSchema, type GenerationId } from '../../../shared/domain/ids.ts';
import type { GenerationSummary } from '../../../shared/domain/generation.ts';
import type { ReadDb } from '../database/connection.ts';
import { summaryColumns, summaryOf, summaryRowSchema } from './generation-rows.ts';
import { searchQuery } from './search-index.ts';

interface Conditions {
  sql: string[];
  values: (string | number)[];
}

function conditionsOf(filter: HistoryFilter): Conditions {
  const sql: string[] = [filter.trashed ? 'g.trashed_at_ms IS NOT NULL' : 'g.trashed_at_ms IS NULL'];
  const values: (string | number)[] = [];
  const add = (condition: string, ...given: (string | number)[]): void => {
    sql.push(condition);
    values.push(...given);
  };
  const marks = (items: readonly unknown[]): string => items.map(() => '?').join(', ');
  const search = searchQuery(filter.text);
  if (search !== null) add('g.sequence IN (SELECT rowid FROM generation_search WHERE generation_search MATCH ?)', search);
  if (filter.projectId !== null) add('g.project_id = ?', filter.projectId);
  if (filter.kinds.length > 0) add(`g.kind IN (${marks(filter.kinds)})`, ...filter.kinds);
  if (filter.packIds.length > 0) add(`g.pack_id IN (${marks(filter.packIds)})`, ...filter.packIds);
  if (filter.statuses.length > 0) add(`g.status IN (${marks(filter.statuses)})`, ...filter.statuses);
  for (const tag of filter.tags) {
    add('EXISTS (SELECT 1 FROM generation_tags t WHERE t.generation_id = g.id AND t.tag = ?)', tag);
  }
  if (filter.favouriteOnly) add('g.favourite = 1');
  if (filter.minRating > 0) add('g.rating >= ?', filter.minRating);
  if (filter.createdFromMs !== null) add('g.created_at_ms >= ?', filter.createdFromMs);
  if (filter.createdToMs !== null) add('g.created_at_ms <= ?', filter.createdToMs);
  return { sql, values };
}

const cursorSchema = z.tuple([z.int(), z.int()]);

function readCursor(cursor: string): [rating: number, sequence: number] {
  try {
    return cursorSchema.parse(JSON.parse(cursor));
  } catch (error) {
    throw new AppError('invalid-request', 'That page of the history does not exist.', { cause: error });
  }
}

const order: Record<HistorySort, { by: string; after: string }> = {
  newest: { by: 'g.sequence DESC', after: 'g.sequence < ?' },
  oldest: { by: 'g.sequence ASC', after: 'g.sequence > ?' },
  rating: { by: 'g.rating DESC, g.sequence DESC', after: '(g.rating, g.sequence) < (?, ?)' },
};

export function historyPage(
  db: ReadDb,
  query: { filter: HistoryFilter; sort: HistorySort; cursor: string | null; skip: number; limit: number },
): HistoryPage {
  const all = conditionsOf(query.filter);
  const { by, after } = order[query.sort];
  const sql = [...all.sql];
  const values = [...all.values];
  if (query.cursor !== null) {
    const [rating, sequence] = readCursor(query.cursor);
    sql.push(after);
    values.push(...(query.sort === 'rating' ? [rating, sequence] : [sequence]));
  }
  const rows = db
    .prepare(`SELECT ${summaryColumns} FROM generations g WHERE ${sql.join(' AND ')} ORDER BY ${by} LIMIT ? OFFSET ?`)
    .all(...values, query.limit + 1, query.skip)
    .map((row) => summaryRowSchema.parse(row));
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map(summaryOf),
    total: countMatches(db, all),
    nextCursor: rows.length > query.limit && last !== undefined ? JSON.stringify([last.rating, last.sequence]) : null,
  };
}

export function historyIds(db: ReadDb, query: { filter: HistoryFilter; sort: HistorySort; skip: number; limit: number }): GenerationId[] {
  const { sql, values } = conditionsOf(query.filter);
  return db
    .prepare(`SELECT g.id FROM generations g WHERE ${sql.join(' AND ')} ORDER BY ${order[query.sort].by} LIMIT ? OFFSET ?`)
    .all(...values, query.limit, query.skip)
    .map((row) => generationIdSchema.parse((row as { id: string }).id));
}

function countMatches(db: ReadDb, { sql, values }: Conditions): number {
  const row = db.prepare(`SELECT count(*) AS total FROM generations g WHERE ${sql.join(' AND ')}`).get(...values);
  return z.object({ total: z.int() }).parse(row).total;
}

function summaries(db: ReadDb, where: string, id: GenerationId): GenerationSummary[] {
  return db
    .prepare(`SELECT ${summaryColumns} FROM generations g WHERE ${where} ORDER BY g.sequence LIMIT 200`)
    .all({ id })
    .map((row) => summaryOf(summaryRowSchema.parse(row)));
}

/** The generation a record names as its parent, and those whose outputs it took as inputs. */
export function parentsOf(db: ReadDb, id: GenerationId): GenerationSummary[] {
  return summaries(
    db,
    `g.id <> @id AND (g.id = (SELECT parent_id FROM generations WHERE id = @id) OR g.id IN (
      SELECT o.generation_id FROM asset_links l JOIN generation_outputs o ON o.hash = l.hash
      WHERE l.owner_kind = 'generation' AND l.owner_id = @id))`,
    id,
  );
}

export function childrenOf(db: ReadDb, id: GenerationId): GenerationSummary[] {
  return summaries(
    db,
    `g.id <> @id AND (g.parent_id = @id OR g.id IN (
      SELECT l.owner_id FROM generation_outputs o JOIN asset_links l ON l.hash = o.hash AND l.owner_kind = 'generation'
      WHERE o.generation_id = @id))`,
    id,
  );
}
