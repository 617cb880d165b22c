import type { Migration } from '../migration.ts';

/**
 * Full-text search over generations. `generation_search.rowid` is `generations.sequence`; the text columns are kept in
 * step by history/search-index.ts, which builds them from the row in one place. Prefix indexes make typing quick.
 */
export const search: Migration = {
  version: 20,
  up: (db) =>
    db.exec(`
      CREATE VIRTUAL TABLE generation_search USING fts5(
        title, tags, pack, kind, parameters,
        tokenize = 'unicode61 remove_diacritics 2',
        prefix = '2 3'
      );
      INSERT INTO generation_search(rowid, title, tags, pack, kind, parameters)
      SELECT g.sequence, g.title,
        coalesce((SELECT group_concat(t.tag, ' ') FROM generation_tags t WHERE t.generation_id = g.id), ''),
        g.pack_name || ' ' || g.pack_id,
        g.kind,
        (SELECT group_concat(p.key || ' ' || p.value, ' ') FROM json_each(g.request_json, '$.params') p) || ' seed ' || json_extract(g.request_json, '$.seed')
      FROM generations g;
    `),
};
