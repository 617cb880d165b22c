/** Electron's binary: where it is, or the reason why there is none. Its package fetches the binary at first use. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasDisplay } from '../server/browser-opener.ts';

export type ElectronChoice = { kind: 'use'; binary: string } | { kind: 'without'; reason: string };

export interface ChooseOptions {
  repository: string;
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** Null on Windows. */
  userId: number | null;
  /** Told once, before a download that may take minutes. */
  onFetching: () => void;
  /** A connection that brings nothing for this long is given up. */
  stallMs?: number;
}

export async function chooseElectron(options: ChooseOptions): Promise<ElectronChoice> {
  const { repository, platform, env } = options;
  if (!hasDisplay(platform, env)) return { kind: 'without', reason: 'there is no display' };
  if (platform === 'linux' && options.userId === 0) return { kind: 'without', reason: 'Electron does not run as root' };
  const folder = join(repository, 'node_modules/electron');
  if (!existsSync(join(folder, 'package.json'))) return { kind: 'without', reason: 'Electron is not installed' };
  const present = installedBinary(folder, env);
  if (present !== null) return { kind: 'use', binary: present };
  options.onFetching();
  await fetchBinary(folder, options.stallMs ?? 10_000);
  const fetched = installedBinary(folder, env);
  return fetched === null ? { kind: 'without', reason: 'Electron could not be fetched' } : { kind: 'use', binary: fetched };
}

/** By the rules of the package's own index.js, without its habit of downloading when asked. */
export function installedBinary(folder: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const binary = join(env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}

/**
 * Runs the package's installer. It has no timeout of its own, and a slow download is not a failed one, so what counts is
 * whether bytes keep arriving in the temporary folder that it is given.
 */
async function fetchBinary(folder: string, stallMs: number): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), 'kiln-electron-'));
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  const child = spawn(process.execPath, [join(folder, 'install.js')], { env, stdio: 'ignore' });
  let arrived = -1;
  let lastGrowthMs = Date.now();
  const watch = setInterval(() => {
    const bytes = folderBytes(temporary) + folderBytes(join(folder, 'dist'));
    if (bytes !== arrived) lastGrowthMs = Date.now();
    arrived = bytes;
    if (Date.now() - lastGrowthMs > stallMs) child.kill('SIGKILL');
  }, 250);
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  clearInterval(watch);
  rmSync(temporary, { recursive: true, force: true });
}

function folderBytes(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
