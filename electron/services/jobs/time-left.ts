/** How long a run will take, learned from earlier ones of the same pack on the same backend. */
import { z } from 'zod';
import type { ReadDb, WriteDb } from '../database/connection.ts';

const remembered = 40;

export interface RunShape {
  kind: string;
  packId: string;
  /** Pixels of the mask's size: what a run's cost follows. */
  pixels: number;
}

export function rememberRun(db: WriteDb, run: RunShape & { backend: string; totalMs: number }): void {
  db.prepare(
    `INSERT INTO phase_timings (kind, pack_id, backend, phase, pixels, milliseconds, at_ms) VALUES (?, ?, ?, 'total', ?, ?, ?)`,
  ).run(run.kind, run.packId, run.backend, run.pixels, run.totalMs, Date.now());
}

const rows = z.array(z.object({ pixels: z.number(), milliseconds: z.number() }));

/**
 * Milliseconds a run of this shape should take; null when nothing like it has run. The median of the nearest earlier runs
 * by size, scaled by half the difference in size: part of a run's time does not depend on it.
 */
export function expectedMs(db: ReadDb, shape: RunShape, backend: string): number | null {
  const earlier = rows.parse(
    db
      .prepare(
        `SELECT pixels, milliseconds FROM phase_timings WHERE kind = ? AND pack_id = ? AND backend = ? AND phase = 'total' ORDER BY at_ms DESC LIMIT ${String(remembered)}`,
      )
      .all(shape.kind, shape.packId, backend),
  );
  const nearest = earlier
    .map(({ pixels, milliseconds }) => ({ distance: Math.abs(Math.log(shape.pixels / pixels)), milliseconds, pixels }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ pixels, milliseconds }) => milliseconds * (0.5 + (0.5 * shape.pixels) / pixels))
    .sort((a, b) => a - b);
  return nearest[nearest.length >> 1] ?? null;
}

/** What is left of a run, from what was expected and from how far it has come; the longer it runs the more its own pace counts. */
export function remainingMs(elapsedMs: number, fraction: number, expected: number | null): number | null {
  const byPace = fraction > 0.05 ? (elapsedMs * (1 - fraction)) / fraction : null;
  const byMemory = expected === null ? null : Math.max(0, expected - elapsedMs);
  if (byPace === null) return byMemory;
  if (byMemory === null) return byPace;
  return fraction * byPace + (1 - fraction) * byMemory;
}
