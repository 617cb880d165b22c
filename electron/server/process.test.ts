/** The browser host as a user starts it: a process of its own, over the real services. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { enter } from './testing/browser-client.ts';

const main = fileURLToPath(new URL('./index.ts', import.meta.url));
let data: string;
let started: ChildProcess[] = [];
beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'kiln-process-'))));
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
  rmSync(data, { recursive: true, force: true });
});

interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, output: () => output, ended };
}

async function urlOf({ output }: Run): Promise<string> {
  const pattern = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}/;
  await expect.poll(output, { timeout: 20_000 }).toMatch(pattern);
  return pattern.exec(output())?.[0] ?? '';
}

it.each(['SIGTERM', 'SIGINT'] as const)('prints an address that lets in, and ends cleanly on %s', async (signal) => {
  const host = run('--no-open', '--data', data);
  await enter(await urlOf(host));
  host.child.kill(signal);
  expect(await host.ended).toBe(0);
});

it('refuses a library that another Kiln holds, in words', async () => {
  await urlOf(run('--no-open', '--data', data));
  const second = run('--no-open', '--data', data);
  expect(await second.ended).toBe(1);
  expect(second.output()).toMatch(/^Kiln could not start: /);
  expect(second.output()).not.toMatch(/\n\s+at /);
});

it('explains an option it does not know', async () => {
  const host = run('--colour');
  expect(await host.ended).toBe(1);
  expect(host.output()).toContain('--port NUMBER');
});
