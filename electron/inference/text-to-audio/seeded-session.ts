/** Opens graphs for a run with a seed: from the cache where nothing in them is left to chance, else a seeded copy of its own. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { drawsChance, writeSeeded } from './seeded-graph.ts';

/** By the pack's hash and the graph's path: whether it draws chance. */
const known = new Map<string, boolean>();

/** @returns a copy to open for this run alone, and to drop afterwards; null: the graph itself will do */
export async function seededCopy(
  graph: { packHash: string; file: string },
  seed: number,
  workFolder: string,
): Promise<{ file: string; drop: () => Promise<void> } | null> {
  const key = `${graph.packHash} ${graph.file}`;
  // A graph that cannot be read so may still be one that the runtime opens.
  const chance = known.get(key) ?? (await drawsChance(graph.file).catch(() => false));
  known.set(key, chance);
  if (!chance) return null;
  const folder = join(workFolder, `seeded-${randomUUID()}`);
  const file = join(folder, basename(graph.file));
  await writeSeeded(graph.file, seed, file);
  return { file, drop: () => rm(folder, { recursive: true, force: true }) };
}
