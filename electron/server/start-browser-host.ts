/** The browser host: the whole studio in plain Node, its window a tab. Used by `npm start` and the end-to-end tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createServices } from '../services/create-services.ts';
import { dataFolder } from '../services/data-folder.ts';
import { createFileLogger } from '../services/file-logger.ts';
import type { Host, Logger } from '../services/host.ts';
import { forkInference } from '../services/inference/fork-inference.ts';
import { serveStudio, type ServedStudio } from './serve-studio.ts';

export interface BrowserHostOptions {
  /** The library's folder; absent: the platform's usual place. */
  data?: string | undefined;
  /** Absent or 0: any free one. */
  port?: number | undefined;
  /** Where the application lives: its models/packs and out/renderer. Absent: this repository. */
  applicationFolder?: string;
  log?: Logger;
}

export interface BrowserHost extends Omit<ServedStudio, 'close'> {
  readonly dataFolder: string;
  /** Lets connections and jobs end: what still runs is marked as interrupted and can be resumed at the next start. */
  close(): Promise<void>;
}

export const repositoryFolder = fileURLToPath(new URL('../../', import.meta.url));

/** Rejects with AppError when the library cannot be opened or the port is taken. */
export async function startBrowserHost(options: BrowserHostOptions = {}): Promise<BrowserHost> {
  const application = options.applicationFolder ?? repositoryFolder;
  const data = dataFolder({ explicit: options.data });
  const log = options.log ?? createFileLogger(join(data, 'logs'));
  const entry = join(repositoryFolder, 'electron/inference/entry.ts');
  const host: Host = {
    kind: 'browser',
    version: versionOf(application),
    capabilities: { nativeDialogs: false, filePaths: false, revealFiles: false },
    paths: {
      data,
      builtInPacks: join(application, 'models/packs'),
      audioWorker: join(repositoryFolder, 'electron/audio/entry.ts'),
      renderer: join(application, 'out/renderer'),
    },
    log,
    spawnInference: () => forkInference(entry, { log }),
  };
  const studio = await createServices(host, { housekeeping: true });
  try {
    const served = await serveStudio(studio, { port: options.port ?? 0, log });
    return {
      ...served,
      dataFolder: data,
      async close() {
        await served.close();
        await studio.dispose();
      },
    };
  } catch (error) {
    await studio.dispose();
    throw error;
  }
}

function versionOf(application: string): string {
  const text = readFileSync(join(application, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
