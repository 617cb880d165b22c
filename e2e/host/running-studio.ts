/** What specs know of a studio that runs, whichever host it runs in. */
import type { Page } from '@playwright/test';

export type HostChoice = { kind: 'electron'; binary: string } | { kind: 'browser'; reason: string };

export interface Download {
  fileName: string;
  bytes: Buffer<ArrayBuffer>;
}

export interface RunningStudio {
  readonly host: HostChoice['kind'];
  /** The studio's window, loaded. */
  readonly page: Page;
  /** Does what starts a download and waits for its file; no dialog is shown. */
  download(act: () => Promise<void>): Promise<Download>;
  /** kill -9, at once. Where the page outlives its studio (the browser), waits until it has said so. */
  kill(): Promise<void>;
}

export interface StudioFolder {
  /** The data folder; it outlives the studios that are started on it. */
  readonly folder: string;
  start(): Promise<RunningStudio>;
}
