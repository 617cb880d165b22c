/** Packs by repository name: plans, the queue, and the calls. */
import type { Handlers } from '../../../../shared/contract/calls.ts';
import type { downloadCalls } from '../../../../shared/contract/calls/download-calls.ts';
import type { DownloadPlan } from '../../../../shared/domain/download.ts';
import type { PackId } from '../../../../shared/domain/ids.ts';
import type { Logger } from '../../host.ts';
import type { EventBus, SettingsService } from '../../service-types.ts';
import { createHubConnection, offlineError } from './connection.ts';
import { DownloadQueue, type FinishedDownload } from './download-queue.ts';
import { openDownloadRecords } from './download-records.ts';
import { createHubApi } from './hub-api.ts';
import { planDownload } from './plan.ts';
import { defaultRetry, type RetryPolicy } from './retry.ts';

const rememberedPlans = 20;

export interface DownloadsOptions {
  settings: Pick<SettingsService, 'get' | 'hubToken'>;
  events: EventBus;
  log: Logger;
  version: string;
  /** Owned by this service; on the disk of the packs, so that importing links instead of copying. */
  folder: string;
  /** Exists, and is on the same disk. */
  diskFolder: string;
  importDownload: (finished: FinishedDownload) => Promise<PackId>;
  retry?: RetryPolicy;
  idleTimeoutMs?: number;
  freeBytes?: (folder: string) => Promise<number | null>;
}

export interface Downloads {
  handlers(): Handlers<keyof typeof downloadCalls>;
  /** Ends what runs; it is found paused at the next start. */
  dispose(): Promise<void>;
}

export function createDownloads(options: DownloadsOptions): Downloads {
  const { settings, events, log, version, folder, diskFolder, importDownload, retry = defaultRetry } = options;
  const connection = createHubConnection({
    settings,
    version,
    ...(options.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.idleTimeoutMs }),
  });
  const hub = createHubApi(connection, () => settings.hubToken() !== null);
  const queue = new DownloadQueue({
    hub,
    records: openDownloadRecords(folder, log),
    retry,
    events,
    log,
    importDownload,
    ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
  });
  const plans = new Map<string, DownloadPlan>();
  const closing = new AbortController();

  async function plan(repository: string, revision: string): Promise<DownloadPlan> {
    const made = await planDownload(hub, repository, revision, diskFolder, closing.signal);
    plans.set(`${repository}@${made.commit}`, made);
    for (const key of [...plans.keys()].slice(0, -rememberedPlans)) plans.delete(key);
    return made;
  }

  function requireOnline(): void {
    if (settings.get().network === 'offline') throw offlineError();
  }

  const unsubscribe = events.subscribe((event) => {
    if (event.type === 'settings.changed' && event.settings.network === 'offline') queue.pauseAll('Kiln went offline.');
  });

  return {
    handlers: () => ({
      'downloads.plan': ({ repository, revision }) => plan(repository, revision),
      'downloads.start': async ({ repository, commit, variantId, name, licenceAccepted }) => {
        requireOnline();
        const known = plans.get(`${repository}@${commit}`) ?? (await plan(repository, commit));
        return queue.start(known, variantId, { name, licenceAccepted });
      },
      'downloads.pause': ({ id }) => queue.pause(id),
      'downloads.resume': ({ id }) => {
        requireOnline();
        return queue.resume(id);
      },
      'downloads.cancel': ({ id }) => queue.cancel(id),
      'downloads.list': () => queue.list(),
    }),
    async dispose() {
      unsubscribe();
      closing.abort();
      await queue.stop();
    },
  };
}
