/** Whether a build is as new as what it was made from. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Latest modification among source files; tests and generated folders do not count. */
export function newestSourceMs(paths: readonly string[]): number {
  let newest = 0;
  for (const path of paths) {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) continue;
    // A folder's own time tells of files that were removed.
    newest = Math.max(newest, status.mtimeMs);
    if (!status.isDirectory()) continue;
    const inside = readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || !/\.(?:test|bench)\.ts$/.test(entry.name))
      .filter((entry) => !['node_modules', 'out', 'training', 'packs'].includes(entry.name))
      .map((entry) => join(path, entry.name));
    newest = Math.max(newest, newestSourceMs(inside));
  }
  return newest;
}

/** @param products files that the build must have left @param stamp written after the last build that succeeded */
export function isFresh(products: readonly string[], stamp: string, sources: readonly string[]): boolean {
  if (products.some((product) => statSync(product, { throwIfNoEntry: false }) === undefined)) return false;
  const builtMs = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return builtMs > newestSourceMs(sources);
}

export function writeStamp(stamp: string): void {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${new Date().toISOString()}\n`);
}
