import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { forkInference } from '../services/inference/fork-inference.ts';
import type { Host, Logger } from '../services/host.ts';

const root = new URL('../../', import.meta.url);

export const version = (JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string }).version;

/** Warnings and errors go to stderr; the rest only with --verbose. */
export function cliLog(verbose: boolean): Logger {
  const write = (level: string, message: string, details?: unknown): void => {
    const more = details instanceof Error ? ` (${details.message})` : '';
    process.stderr.write(`${level}: ${message}${more}\n`);
  };
  const quiet = (): void => undefined;
  return {
    debug: verbose ? (message, details) => write('debug', message, details) : quiet,
    info: verbose ? (message, details) => write('info', message, details) : quiet,
    warn: verbose ? (message, details) => write('warning', message, details) : quiet,
    error: verbose ? (message, details) => write('error', message, details) : quiet,
  };
}

export function cliHost(dataFolder: string, verbose: boolean): Host {
  const log = cliLog(verbose);
  return {
    kind: 'cli',
    version,
    capabilities: { nativeDialogs: false, filePaths: true, revealFiles: false },
    paths: {
      data: dataFolder,
      builtInPacks: fileURLToPath(new URL('models/packs', root)),
      audioWorker: fileURLToPath(new URL('electron/audio/entry.ts', root)),
    },
    log,
    spawnInference: () => forkInference(fileURLToPath(new URL('electron/inference/entry.ts', root)), { log }),
  };
}
