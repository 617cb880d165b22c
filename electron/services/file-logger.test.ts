import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFileLogger } from './file-logger.ts';

it('writes one JSON line an entry from its level up, and keeps the file before a large one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-log-'));
  const file = join(folder, 'kiln.log');
  const log = createFileLogger(folder);
  log.debug('too small to write');
  log.error('a failure\nof two lines', new Error('why'));
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    message: 'a failure\nof two lines',
    details: expect.stringContaining('why') as string,
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);

  truncateSync(file, 6 * 1024 * 1024);
  createFileLogger(folder).info('anew');
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  expect(statSync(join(folder, 'kiln.previous.log')).size).toBe(6 * 1024 * 1024);
  rmSync(folder, { recursive: true });
});

it('never throws where it cannot write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-log-'));
  writeFileSync(join(folder, 'occupied'), '');
  const heard: string[] = [];
  const log = createFileLogger(join(folder, 'occupied'), { echo: (_level, message) => heard.push(message) });
  log.warn('still heard');
  expect(heard).toEqual(['still heard']);
  rmSync(folder, { recursive: true });
});
