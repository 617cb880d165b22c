import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemMemory } from './system-memory.ts';

describe('memory of the machine', () => {
  it.runIf(process.platform === 'linux')('is what new work can have, not what lies idle', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kiln-memory-'));
    const file = join(folder, 'meminfo');
    writeFileSync(file, 'MemTotal:       1024 kB\nMemFree:          10 kB\nMemAvailable:    512 kB\n');
    expect(systemMemory(file)).toEqual({ totalBytes: totalmem(), availableBytes: 512 * 1024 });
    writeFileSync(file, 'MemTotal:       1024 kB\n');
    expect(systemMemory(file).availableBytes).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
    expect(systemMemory(file).availableBytes).toBeLessThanOrEqual(totalmem());
  });
});
