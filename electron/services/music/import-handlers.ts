/** Files from elsewhere over the contract: pieces become score assets, SoundFonts instruments. */
import { rm } from 'node:fs/promises';
import type { Handlers } from '../../../shared/contract/calls.ts';
import { scoreMediaType } from '../../../shared/domain/asset.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import type { AssetStore, EventBus, TransferStore } from '../service-types.ts';
import type { AudioWorker } from './audio-worker.ts';
import type { SoundFonts } from './sound-fonts/sound-fonts.ts';

export interface ImportServices {
  assets: Pick<AssetStore, 'putFile' | 'temporaryFile'>;
  transfers: Pick<TransferStore, 'takeUpload'>;
  events: EventBus;
  worker: Pick<AudioWorker, 'request'>;
  soundFonts: SoundFonts;
}

export type ImportCalls = 'music.import' | `soundFonts.${'list' | 'add' | 'remove'}`;

export function importHandlers({ assets, transfers, events, worker, soundFonts }: ImportServices): Handlers<ImportCalls> {
  /** The upload is gone afterwards, whatever came of it. */
  async function withUpload<Result>(id: UploadId, use: (file: string, name: string) => Promise<Result>): Promise<Result> {
    const { file, name } = transfers.takeUpload(id);
    try {
      return await use(file, name);
    } finally {
      await rm(file, { force: true });
    }
  }

  return {
    'music.import': ({ uploadId }) =>
      withUpload(uploadId, async (file, name) => {
        const scoreFile = assets.temporaryFile('.score');
        try {
          const { title, seed, pack, bars, notes, tracks, remarks } = await worker.request(
            { type: 'read-music', file, name, scoreFile },
            'music-read',
          );
          const { hash } = await assets.putFile(scoreFile, { mediaType: scoreMediaType, size: null });
          return { score: hash, title, seed, pack, bars, notes, tracks, remarks };
        } finally {
          await rm(scoreFile, { force: true });
        }
      }),
    'soundFonts.list': () => soundFonts.list(),
    'soundFonts.add': ({ uploadId }) =>
      withUpload(uploadId, async (file, name) => {
        const added = await soundFonts.add(file, name);
        events.publish({ type: 'soundFonts.changed' });
        return added;
      }),
    'soundFonts.remove': async ({ id }) => {
      await soundFonts.remove(id);
      events.publish({ type: 'soundFonts.changed' });
    },
  };
}
