/** The music services over a library of their own, with the real worker and the byte routes: for tests. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { musicExportSchema, type MusicExport } from '../../../../shared/contract/calls/music-calls.ts';
import { AppError, wireErrorSchema } from '../../../../shared/contract/errors.ts';
import { uploadResultSchema, type UploadResult } from '../../../../shared/contract/upload.ts';
import type { AssetHash, ExportId, UploadId } from '../../../../shared/domain/ids.ts';
import type { GenerationStore } from '../../service-types.ts';
import { createGenerationStore } from '../../history/generation-store.ts';
import type { Host } from '../../host.ts';
import { createHttpHandler, type HttpHandler } from '../../http/http-handler.ts';
import { createImageService } from '../../images/images.ts';
import { scratchLibrary, silentLog, type ScratchLibrary } from '../../testing/scratch-library.ts';
import { createTransferStore, type DisposableTransferStore } from '../../transfers/transfer-store.ts';
import { createMusicService, type MusicService } from '../music-service.ts';

export const audioWorkerEntry = fileURLToPath(new URL('../../../audio/entry.ts', import.meta.url));

interface ExportGiven extends Partial<Omit<MusicExport, 'items' | 'format'>> {
  items: { name: string; asset: AssetHash; generationIds?: string[] }[];
  /** As a client would say it. */
  format: object;
}

export interface MusicStudio {
  scratch: ScratchLibrary;
  generations: GenerationStore;
  transfers: DisposableTransferStore;
  music: MusicService;
  calls: ReturnType<MusicService['handlers']>;
  http: HttpHandler;
  /** @throws AppError as the upload was refused */
  upload(query: string, body: Uint8Array | string): Promise<UploadResult>;
  importFile(name: string, body: Uint8Array | string): Promise<Awaited<ReturnType<MusicStudio['calls']['music.import']>>>;
  export(given: ExportGiven): Promise<Awaited<ReturnType<MusicStudio['calls']['music.export']>>>;
  bytesOf(id: ExportId): Promise<Buffer>;
  dispose(): Promise<void>;
}

const options = (given: object): MusicExport => musicExportSchema.parse(given);

export async function openMusicStudio(): Promise<MusicStudio> {
  const scratch = await scratchLibrary();
  const generations = createGenerationStore(scratch.library.db, scratch.events);
  const transfers = createTransferStore({ folder: join(scratch.folder, 'transfers') });
  const host: Host = {
    kind: 'test',
    version: '1.2.3',
    capabilities: { nativeDialogs: false, filePaths: false, revealFiles: false },
    paths: { data: scratch.folder, builtInPacks: scratch.folder, audioWorker: audioWorkerEntry },
    log: silentLog,
    spawnInference() {
      throw new Error('Music needs no inference process.');
    },
  };
  const music = createMusicService({
    host,
    db: scratch.library.db,
    assets: scratch.assets,
    generations,
    transfers,
    events: scratch.events,
  });
  const calls = music.handlers();
  const http = createHttpHandler({
    assets: scratch.assets,
    images: createImageService(scratch.assets, join(scratch.folder, 'cache')),
    transfers,
    previews: { get: () => null },
    live: { get: () => null },
    soundFonts: music.soundFonts,
    rendererFolder: null,
    log: silentLog,
  });

  async function upload(query: string, body: Uint8Array | string): Promise<UploadResult> {
    const response = await http(
      new Request(`http://127.0.0.1/upload?${query}`, { method: 'POST', body: typeof body === 'string' ? body : Buffer.from(body) }),
    );
    const answer: unknown = await response.json();
    if (!response.ok) throw AppError.fromWire(wireErrorSchema.parse(answer));
    return uploadResultSchema.parse(answer);
  }

  async function held(name: string, body: Uint8Array | string): Promise<UploadId> {
    const result = await upload(`purpose=music&name=${encodeURIComponent(name)}`, body);
    if (result.purpose !== 'music') throw new Error('no music');
    return result.uploadId;
  }

  return {
    scratch,
    generations,
    transfers,
    music,
    calls,
    http,
    upload,
    importFile: async (name, body) => calls['music.import']({ uploadId: await held(name, body) }),
    export: async (given) => calls['music.export'](options(given)),
    bytesOf: (id) => {
      const exported = transfers.exportFile(id);
      if (exported === null) throw new Error('The export is gone.');
      return readFile(exported.file);
    },
    async dispose() {
      await music.dispose();
      transfers.dispose();
      await scratch.dispose();
    },
  };
}
