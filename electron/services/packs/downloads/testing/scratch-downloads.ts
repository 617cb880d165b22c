/** Downloads in a folder of their own, against a fake hub, with short waits. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StudioEvent } from '../../../../../shared/contract/events.ts';
import type { Download, DownloadPlan } from '../../../../../shared/domain/download.ts';
import { packIdSchema, type DownloadId } from '../../../../../shared/domain/ids.ts';
import { settingsSchema, type Settings } from '../../../../../shared/domain/settings.ts';
import { createEventBus } from '../../../events/event-bus.ts';
import { silentLog } from '../../../testing/scratch-library.ts';
import type { FinishedDownload } from '../download-queue.ts';
import { createDownloads, type Downloads } from '../downloads.ts';

export interface ScratchDownloads {
  folder: string;
  events: StudioEvent[];
  /** What was handed to the importer, with the bytes of each file. */
  imported: { finished: FinishedDownload; files: Record<string, Buffer> }[];
  settings: Settings;
  token: string | null;
  freeBytes: number | null;
  importFails: Error | null;
  plan(repository: string, revision?: string): Promise<DownloadPlan>;
  /** Starts the likeliest variant. */
  start(repository: string, options?: { variantId?: string; licenceAccepted?: boolean }): Promise<Download>;
  handlers(): ReturnType<Downloads['handlers']>;
  setNetwork(network: Settings['network']): void;
  /** Resolves when the download is in one of the states. */
  until(id: DownloadId, states: Download['status']['state'][]): Promise<Download>;
  reopen(): Promise<void>;
  dispose(): Promise<void>;
}

export async function scratchDownloads(hubUrl: string): Promise<ScratchDownloads> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-downloads-'));
  const bus = createEventBus(silentLog);
  const events: StudioEvent[] = [];
  bus.subscribe((event) => void events.push(event));
  let downloads = open();

  function open(): Downloads {
    return createDownloads({
      settings: { get: () => scratch.settings, hubToken: () => scratch.token },
      events: bus,
      log: silentLog,
      version: 'test',
      folder: join(folder, 'downloads'),
      diskFolder: folder,
      retry: { firstWaitMs: 5, longestWaitMs: 20, attempts: 4 },
      idleTimeoutMs: 300,
      freeBytes: () => Promise.resolve(scratch.freeBytes),
      async importDownload(finished) {
        if (scratch.importFails !== null) throw scratch.importFails;
        scratch.imported.push({ finished, files: await filesUnder(finished.source) });
        return packIdSchema.parse('imported');
      },
    });
  }

  const scratch: ScratchDownloads = {
    folder,
    events,
    imported: [],
    settings: settingsSchema.parse({ network: 'downloads', hubUrl }),
    token: null,
    freeBytes: null,
    importFails: null,
    plan: async (repository, revision = 'main') => downloads.handlers()['downloads.plan']({ repository, revision }),
    async start(repository, { variantId, licenceAccepted = true } = {}) {
      const plan = await scratch.plan(repository);
      const chosen = variantId ?? plan.variants[0]?.id ?? '';
      return downloads.handlers()['downloads.start']({ repository, commit: plan.commit, variantId: chosen, licenceAccepted });
    },
    handlers: () => downloads.handlers(),
    setNetwork(network) {
      scratch.settings = { ...scratch.settings, network };
      bus.publish({ type: 'settings.changed', settings: scratch.settings });
    },
    until: (id, states) =>
      new Promise((resolve, reject) => {
        const look = (download: Download): void => {
          if (download.id !== id || !states.includes(download.status.state)) return;
          stop();
          clearTimeout(timer);
          resolve(download);
        };
        const timer = setTimeout(() => reject(new Error(`Never became ${states.join(' or ')}`)), 20_000);
        const stop = bus.subscribe((event) => {
          if (event.type === 'download.changed') look(event.download);
        });
        void Promise.resolve(downloads.handlers()['downloads.list'](undefined)).then((all) => all.forEach(look));
      }),
    async reopen() {
      await downloads.dispose();
      downloads = open();
    },
    async dispose() {
      await downloads.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await mkdir(folder, { recursive: true });
  return scratch;
}

export async function filesUnder(path: string): Promise<Record<string, Buffer>> {
  if ((await stat(path)).isFile()) return { [path.slice(path.lastIndexOf('/') + 1)]: await readFile(path) };
  const found: Record<string, Buffer> = {};
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    found[file.slice(path.length + 1)] = await readFile(file);
  }
  return found;
}
