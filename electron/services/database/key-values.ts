/** Small remembered facts, each with its own schema. What no longer parses counts as forgotten. */
import type { z } from 'zod';
import type { WriteDb } from './connection.ts';

export interface KeyValues {
  get<Value>(key: string, schema: z.ZodType<Value>): Value | null;
  set(key: string, value: unknown): void;
}

export function createKeyValues(db: WriteDb): KeyValues {
  return {
    get(key, schema) {
      const row = db.prepare(`SELECT value FROM key_values WHERE key = ?`).get(key) as { value: string } | undefined;
      if (row === undefined) return null;
      const parsed = schema.safeParse(JSON.parse(row.value));
      return parsed.success ? parsed.data : null;
    },
    set(key, value) {
      db.transaction('Remembering a setting', () =>
        db
          .prepare(`INSERT INTO key_values (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`)
          .run(key, JSON.stringify(value)),
      );
    },
  };
}
