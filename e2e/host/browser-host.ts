/** The browser host as a process of its own, and a tab of Chromium that shows it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, type Page } from '@playwright/test';
import type { RunningStudio } from './running-studio.ts';

/** @param running where the process is noted as long as it lives, so that a failed test leaves none behind */
export async function startInBrowser(folder: string, page: Page, running: Set<ChildProcess>): Promise<RunningStudio> {
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
  await page.goto(url);
  return {
    host: 'browser',
    page,
    async download(act) {
      const waiting = page.waitForEvent('download');
      await act();
      const download = await waiting;
      return { fileName: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
      await expect(page.getByRole('alert').filter({ hasText: 'cannot be reached' })).toBeVisible();
    },
  };
}
