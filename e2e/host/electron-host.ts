/** The built Electron app (out/main/index.js), started by Playwright on a data folder of its own. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron } from '@playwright/test';
import type { Download, RunningStudio } from './running-studio.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

interface SavedDownload {
  fileName: string;
  state: 'completed' | 'cancelled' | 'interrupted';
}
/** In Electron's main process: the download that is awaited. */
type WithDownload = typeof globalThis & { kilnTestDownload?: Promise<SavedDownload> };

/** @param running where the process is noted as long as it lives, so that a failed test leaves none behind */
export async function startInElectron(
  binary: string,
  folder: string,
  size: { width: number; height: number },
  running: Set<ChildProcess>,
): Promise<RunningStudio> {
  // The folder of package.json, whose "main" is the built entry: what `npm start` passes.
  const app = await _electron.launch({ executablePath: binary, args: [repository, `--data=${folder}`], cwd: repository });
  const child = app.process();
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const page = await app.firstWindow();
  // Electron's pages have the size of their window.
  await app.evaluate(({ BrowserWindow }, wanted) => {
    BrowserWindow.getAllWindows()[0]?.setContentSize(wanted.width, wanted.height);
  }, size);
  await page.waitForLoadState();
  return {
    host: 'electron',
    page,
    async download(act): Promise<Download> {
      const file = join(folder, `download-${randomUUID()}`);
      await app.evaluate(({ session }, path) => {
        (globalThis as WithDownload).kilnTestDownload = new Promise((resolve) => {
          session.defaultSession.once('will-download', (_event, item) => {
            // With a path there is no dialog.
            item.setSavePath(path);
            item.once('done', (_done, state) => resolve({ fileName: item.getFilename(), state }));
          });
        });
      }, file);
      await act();
      const saved = await app.evaluate(() => (globalThis as WithDownload).kilnTestDownload);
      if (saved?.state !== 'completed') throw new Error(`The download ended as "${saved?.state ?? 'nothing'}".`);
      return { fileName: saved.fileName, bytes: await readFile(file) };
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
    },
  };
}
