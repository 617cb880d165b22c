/** The composition root: every service, wired once, the same under every host. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createAssetStore } from './assets/assets.ts';
import { createKeyValues } from './database/key-values.ts';
import { openLibrary } from './database/open-library.ts';
import { guardStorage } from './database/storage-error.ts';
import { createEventBus } from './events/event-bus.ts';
import { diffusionHandlers } from './diffusion/diffusion-handlers.ts';
import { exportHandlers } from './export/export-handlers.ts';
import { createLibraryHealth } from './health/library-health.ts';
import { createGenerationStore } from './history/generation-store.ts';
import { historyHandlers } from './history/history-handlers.ts';
import type { Host } from './host.ts';
import { createHttpHandler } from './http/http-handler.ts';
import { createImageService } from './images/images.ts';
import { createInferenceService } from './inference/inference-service.ts';
import { jobHandlers } from './jobs/job-handlers.ts';
import { JobQueue } from './jobs/job-queue.ts';
import { createLiveRuns } from './live/live-runs.ts';
import { createMusicService } from './music/music-service.ts';
import { createDownloads } from './packs/downloads/downloads.ts';
import { packTestHandlers } from './packs/pack-tests.ts';
import { createPackService } from './packs/pack-service.ts';
import { projectHandlers } from './projects/project-handlers.ts';
import { createRouter } from './router.ts';
import type { AssetStore, GenerationStore, ImageService, LibraryHealthService, PackService } from './service-types.ts';
import { createSettings } from './settings/settings.ts';
import { sheetHandlers } from './sheets/sheet-handlers.ts';
import type { Studio } from './studio.ts';
import { systemHandlers } from './system/system-handlers.ts';
import { createPreviewStore } from './transfers/preview-store.ts';
import { createTransferStore } from './transfers/transfer-store.ts';

/** Housekeeping waits this long, so that it never competes with opening the first document. */
const housekeepingAfterMs = 20_000;
const warmUpAfterMs = 3_000;

/** What the command line needs beside the calls: it works on files, not on uploads. */
export interface StudioCore extends Studio {
  readonly assets: AssetStore;
  readonly images: ImageService;
  readonly generations: GenerationStore;
  readonly packs: PackService;
  readonly health: LibraryHealthService;
}

export interface CreateServicesOptions {
  /** Loads the default model and sweeps the library in the background. Off for commands, which end soon. */
  housekeeping: boolean;
}

/** Throws library-locked, library-newer, read-only or disk-full when the library cannot be opened. */
export async function createServices(host: Host, options: CreateServicesOptions = { housekeeping: true }): Promise<StudioCore> {
  const { data, builtInPacks } = host.paths;
  guardStorage('Creating the data folder', () => mkdirSync(data, { recursive: true }));
  const events = createEventBus(host.log);
  const library = await openLibrary(join(data, 'library'), host.log);
  const { db } = library;
  const memory = createKeyValues(db);
  const assets = createAssetStore(library);
  const images = createImageService(assets, join(data, 'cache'));
  const settings = createSettings(join(data, 'settings.json'), events, host.log);
  const generations = createGenerationStore(db, events);
  const inference = createInferenceService({ host, events, settings, memory });
  const packs = createPackService({
    builtInFolder: builtInPacks,
    userFolder: join(data, 'packs'),
    memory,
    events,
    log: host.log,
    preferred: (task) => settings.get().packIds[task] ?? null,
  });
  const transfers = createTransferStore({ folder: join(library.folder, 'transfers') });
  const previews = createPreviewStore(join(library.folder, 'previews'));
  const health = createLibraryHealth(library, assets);
  const workFolder = join(library.folder, 'work');
  guardStorage('Creating the work folder', () => {
    rmSync(workFolder, { recursive: true, force: true });
    mkdirSync(workFolder, { recursive: true });
  });
  const queue = new JobQueue({
    db,
    memory,
    assets,
    generations,
    packs,
    inference,
    previews,
    events,
    log: host.log,
    workFolder,
    resumeFolder: join(library.folder, 'resume'),
  });

  const live = createLiveRuns({
    assets,
    images,
    packs: {
      resolve(id) {
        packs.requireLicence(id);
        return packs.resolve(id);
      },
    },
    inference,
    folder: join(library.folder, 'live'),
  });
  const downloads = createDownloads({
    settings,
    events,
    log: host.log,
    version: host.version,
    folder: join(data, 'downloads'),
    diskFolder: data,
    importDownload: (finished) => packs.importDownload(finished, inference),
  });

  const music = createMusicService({ host, db, assets, generations, transfers, events });

  const router = createRouter(
    [
      systemHandlers({ host, library, health, inference, settings }),
      projectHandlers(db, assets, events),
      historyHandlers(db, events),
      jobHandlers(queue),
      live.handlers(),
      packs.handlers({ inference, transfers, allowPaths: host.capabilities.filePaths }),
      packTestHandlers({ packs, inference, images, assets, memory, workFolder }),
      downloads.handlers(),
      diffusionHandlers({ packs, inference }),
      exportHandlers({ assets, generations, transfers, version: host.version }),
      sheetHandlers({ assets, generations, transfers, version: host.version }),
      music.handlers(),
    ],
    host.log,
  );
  const handleRequest = createHttpHandler({
    assets,
    images,
    transfers,
    previews,
    live,
    soundFonts: music.soundFonts,
    rendererFolder: host.paths.renderer ?? null,
    log: host.log,
  });

  queue.start();
  const timers: NodeJS.Timeout[] = [];
  if (options.housekeeping) {
    const later = (afterMs: number, work: () => Promise<unknown>): void => {
      const timer = setTimeout(() => void work().catch((error: unknown) => host.log.warn('Housekeeping failed', error)), afterMs);
      timer.unref();
      timers.push(timer);
    };
    later(warmUpAfterMs, () => inference.warmUp(packs.resolve(packs.defaultPackId('inpaint'))));
    later(housekeepingAfterMs, async () => {
      await library.backUpWhenDue();
      const swept = await assets.sweepOrphans();
      if (swept.removedFiles > 0) host.log.info('Swept unused files', swept);
    });
  }

  let disposing: Promise<void> | null = null;
  return {
    router,
    handleRequest,
    events,
    assets,
    images,
    generations,
    packs,
    health,
    dispose() {
      disposing ??= (async () => {
        for (const timer of timers) clearTimeout(timer);
        live.dispose();
        const downloadsStopped = downloads.dispose();
        await music.dispose();
        const stopped = queue.stop();
        await inference.dispose();
        await stopped;
        await downloadsStopped;
        transfers.dispose();
        library.close();
      })();
      return disposing;
    },
  };
}
