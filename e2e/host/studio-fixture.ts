/** Starts the real studio in the browser host, as a process of its own on a library of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from '@playwright/test';

export interface RunningStudio {
  /** With its token. */
  url: string;
  /** kill -9, at once. */
  kill(): Promise<void>;
}

export interface StudioFolder {
  folder: string;
  start(): Promise<RunningStudio>;
}

async function start(folder: string, running: Set<ChildProcess>): Promise<RunningStudio> {
  const child = spawn(process.execPath, ['electron/server/index.ts', '--data', folder, '--no-open'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\S*/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`The studio ended before it was ready: ${text}`)));
  });
  return {
    url,
    async kill() {
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
    },
  };
}

export const test = base.extend<{ studioFolder: StudioFolder; studio: RunningStudio }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern to find out what a fixture needs
  studioFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'kiln-e2e-'));
    const running = new Set<ChildProcess>();
    await use({ folder, start: () => start(folder, running) });
    for (const child of running) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  },
  studio: async ({ studioFolder }, use) => {
    await use(await studioFolder.start());
  },
});

export { expect } from '@playwright/test';
