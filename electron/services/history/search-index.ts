/** Keeps `generation_search` in step with a generation's row and tags; the only writer of that table. */
import type { GenerationRequest } from '../../../shared/domain/generation.ts';
import { generationRequestSchema } from '../../../shared/domain/generation.ts';
import { effectLabel } from '../../../shared/music/effect-names.ts';
import { keyName } from '../../../shared/music/harmony.ts';
import { scoreModeLabels } from '../../../shared/pipelines/score.ts';
import type { WriteDb } from '../database/connection.ts';

export function parametersText(request: GenerationRequest): string {
  return [
    ...musicWords(request),
    ...Object.entries(request.params).flatMap(([name, value]) =>
      unsearched.has(name) ? [] : [`${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`],
    ),
    `seed ${String(request.seed)}`,
  ].join(' ');
}

/** Parts of pieces in ticks, and ids: numbers that nobody looks for, up to a thousand of them. */
const unsearched = new Set(['regions', 'melodyTrackId']);

/** Music and sounds as people ask for them; other kinds are found by their parameters. */
function musicWords(request: GenerationRequest): string[] {
  switch (request.kind) {
    case 'score': {
      const { params } = request;
      const words = ['music', 'clip', scoreModeLabels[params.mode]];
      if (params.mode !== 'generate' && params.mode !== 'continue') return words;
      const { key, metre, bars, bpm } = params;
      // Signs and letters: "B♭ minor" is also looked for as "Bb minor".
      const names = key === null ? [] : [keyName(key), keyName(key).replace('♭', 'b').replace('♯', '#')];
      return [...words, ...names, `${String(metre.numerator)}/${String(metre.denominator)}`, `${String(bars)} bars`, `${String(bpm)} bpm`];
    }
    case 'sound':
      return ['sound effect', effectLabel(request.params.effect)];
    case 'audio':
      return ['sound'];
    default:
      return [];
  }
}

interface IndexedRow {
  sequence: number;
  title: string;
  kind: string;
  pack_id: string;
  pack_name: string;
  request_json: string;
  tags: string | null;
}

/** Call inside the transaction that changed the row. */
export function indexGeneration(db: WriteDb, id: string): void {
  const row = db
    .prepare(
      `SELECT sequence, title, kind, pack_id, pack_name, request_json,
        (SELECT group_concat(tag, ' ') FROM generation_tags WHERE generation_id = g.id) AS tags
       FROM generations g WHERE id = ?`,
    )
    .get(id) as IndexedRow | undefined;
  if (row === undefined) return;
  db.prepare(`DELETE FROM generation_search WHERE rowid = ?`).run(row.sequence);
  db.prepare(`INSERT INTO generation_search(rowid, title, tags, pack, kind, parameters) VALUES (?, ?, ?, ?, ?, ?)`).run(
    row.sequence,
    row.title,
    row.tags ?? '',
    `${row.pack_name} ${row.pack_id}`,
    row.kind,
    parametersText(generationRequestSchema.parse(JSON.parse(row.request_json))),
  );
}

/**
 * What the user typed as an FTS5 query: every word must match as a prefix, "quoted words" as a phrase. Each piece is
 * quoted for FTS5, so nothing typed can be read as its syntax. Null when there is nothing to search for.
 */
export function searchQuery(text: string): string | null {
  const pieces: string[] = [];
  for (const [, phrase, word] of text.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const piece = (phrase ?? word ?? '').trim();
    if (!/[\p{L}\p{N}]/u.test(piece)) continue;
    pieces.push(`"${piece}"${phrase === undefined ? '*' : ''}`);
  }
  return pieces.length === 0 ? null : pieces.join(' ');
}
