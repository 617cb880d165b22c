/** The log of the hosts: one JSON object a line in <data>/logs/kiln.log, the file before it kept once. Stays on this machine. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from './host.ts';

type Level = keyof Logger;
const order: readonly Level[] = ['debug', 'info', 'warn', 'error'];
const keepBytes = 5 * 1024 * 1024;

export interface FileLoggerOptions {
  /** Lines below this are not written. */
  level?: Level;
  /** Also told of every written line, for a terminal. */
  echo?: (level: Level, message: string) => void;
}

/** Logging never throws: where the folder cannot be written, lines only reach `echo`. */
export function createFileLogger(folder: string, options: FileLoggerOptions = {}): Logger {
  const { level: lowest = 'info', echo } = options;
  const file = join(folder, 'kiln.log');
  attempt(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > keepBytes) renameSync(file, join(folder, 'kiln.previous.log'));
  });

  function write(level: Level, message: string, details: unknown): void {
    if (order.indexOf(level) < order.indexOf(lowest)) return;
    echo?.(level, message);
    attempt(() => {
      const line = JSON.stringify({ time: new Date().toISOString(), level, message, details: plain(details) });
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    });
  }

  return {
    debug: (message, details) => write('debug', message, details),
    info: (message, details) => write('info', message, details),
    warn: (message, details) => write('warn', message, details),
    error: (message, details) => write('error', message, details),
  };
}

function plain(details: unknown): unknown {
  return details instanceof Error ? (details.stack ?? details.message) : details;
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // A full disk must not turn every line of the log into a failure of its own.
  }
}
