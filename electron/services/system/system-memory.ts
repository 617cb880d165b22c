/** Memory of the machine, as new work sees it. */
import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import type { SystemMemory } from '../../../shared/contract/calls/system-calls.ts';

/** Linux counts caches that it would give up as used; MemAvailable is its own estimate of what new work can have. */
function availableOnLinux(file: string): number | null {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}

export function systemMemory(meminfo = '/proc/meminfo'): SystemMemory {
  const totalBytes = totalmem();
  const availableBytes = (process.platform === 'linux' ? availableOnLinux(meminfo) : null) ?? freemem();
  return { totalBytes, availableBytes: Math.min(totalBytes, availableBytes) };
}
