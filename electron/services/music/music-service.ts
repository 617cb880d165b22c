/** All of the music room's services, wired together. */
import { join } from 'node:path';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { musicCalls } from '../../../shared/contract/calls/music-calls.ts';
import type { WriteDb } from '../database/connection.ts';
import type { Host } from '../host.ts';
import type { AssetStore, EventBus, GenerationStore, TransferStore } from '../service-types.ts';
import { createAudioWorker } from './audio-worker.ts';
import { clipHandlers } from './clips/clip-handlers.ts';
import { musicExportHandlers } from './export/export-handlers.ts';
import { importHandlers } from './import-handlers.ts';
import { openSoundFonts, type SoundFonts } from './sound-fonts/sound-fonts.ts';

export interface MusicService {
  handlers(): Handlers<keyof typeof musicCalls>;
  soundFonts: SoundFonts;
  dispose(): Promise<void>;
}

export function createMusicService(given: {
  host: Host;
  db: WriteDb;
  assets: AssetStore;
  generations: Pick<GenerationStore, 'get'>;
  transfers: TransferStore;
  events: EventBus;
}): MusicService {
  const { host, db, assets, generations, transfers, events } = given;
  const worker = createAudioWorker({ entry: host.paths.audioWorker, log: host.log });
  const soundFonts = openSoundFonts(join(host.paths.data, 'soundfonts'), worker, host.log);
  return {
    soundFonts,
    handlers: () => ({
      ...clipHandlers(db, assets, events),
      ...importHandlers({ assets, transfers, events, worker, soundFonts }),
      ...musicExportHandlers({ assets, generations, worker, soundFonts, transfers, events, version: host.version }),
    }),
    dispose: () => worker.dispose(),
  };
}
