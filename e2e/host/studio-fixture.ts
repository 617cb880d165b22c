/** Starts the real studio, in the host that is here, on a library of its own. The specs are the same for both hosts. */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type Browser, type Page } from '@playwright/test';
import { startInBrowser } from './browser-host.ts';
import { chooseHost, describeHost } from './choose-host.ts';
import { startInElectron } from './electron-host.ts';
import type { HostChoice, RunningStudio, StudioFolder } from './running-studio.ts';

export type { RunningStudio };

interface TestFixtures {
  studioFolder: StudioFolder;
  /** Started, on an empty library. */
  studio: RunningStudio;
}

interface WorkerFixtures {
  host: HostChoice;
  /** Null in Electron, which brings its own. */
  chromium: Browser | null;
}

const windowSize = { width: 1440, height: 900 };

export const test = base.extend<TestFixtures, WorkerFixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern to find out what a fixture needs
  host: [async ({}, use) => use(chooseHost()), { scope: 'worker' }],
  chromium: [
    async ({ host, playwright, launchOptions }, use) => {
      const browser = host.kind === 'browser' ? await playwright.chromium.launch(launchOptions) : null;
      await use(browser);
      await browser?.close();
    },
    { scope: 'worker' },
  ],
  studioFolder: async ({ host, chromium, viewport }, use, testInfo) => {
    testInfo.annotations.push({ type: 'host', description: describeHost(host) });
    const folder = await mkdtemp(join(tmpdir(), 'kiln-e2e-'));
    const running = new Set<ChildProcess>();
    const size = viewport ?? windowSize;
    const context = (await chromium?.newContext({ viewport: size })) ?? null;
    // One tab for the whole test, as a user would reload it.
    let tab: Page | null = null;
    const start = async (): Promise<RunningStudio> => {
      if (host.kind === 'electron') return startInElectron(host.binary, folder, size, running);
      if (context === null) throw new Error('The browser host needs a browser.');
      tab ??= await context.newPage();
      return startInBrowser(folder, tab, running);
    };
    await use({ folder, start });
    await context?.close();
    for (const child of running) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  },
  studio: async ({ studioFolder }, use) => {
    await use(await studioFolder.start());
  },
});

export { expect } from '@playwright/test';
