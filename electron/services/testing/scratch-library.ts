/** A real library in a folder of its own, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAssetStore, type SweepableAssetStore } from '../assets/assets.ts';
import { openLibrary, type Library } from '../database/open-library.ts';
import type { StudioEvent } from '../../../shared/contract/events.ts';
import { inpaintRequestSchema, type InpaintRequest } from '../../../shared/domain/generation.ts';
import type { AssetHash } from '../../../shared/domain/ids.ts';
import type { EventBus } from '../service-types.ts';
import type { Logger } from '../host.ts';

export const silentLog: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface ScratchLibrary {
  folder: string;
  library: Library;
  assets: SweepableAssetStore;
  events: EventBus & { published: StudioEvent[] };
  /** Closes and opens again, as a restart does. */
  reopen(): Promise<void>;
  dispose(): Promise<void>;
}

export function recordingEvents(): EventBus & { published: StudioEvent[] } {
  const published: StudioEvent[] = [];
  return { published, publish: (event) => void published.push(event), subscribe: () => () => undefined };
}

export async function scratchLibrary(): Promise<ScratchLibrary> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-library-'));
  const library = await openLibrary(folder, silentLog);
  const scratch: ScratchLibrary = {
    folder,
    library,
    assets: createAssetStore(library),
    events: recordingEvents(),
    async reopen() {
      scratch.library.close();
      scratch.library = await openLibrary(folder, silentLog);
      scratch.assets = createAssetStore(scratch.library);
    },
    async dispose() {
      scratch.library.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return scratch;
}

export function inpaintRequest(image: AssetHash, mask: AssetHash, changes: Partial<InpaintRequest> = {}): InpaintRequest {
  return inpaintRequestSchema.parse({
    kind: 'inpaint',
    projectId: null,
    packId: 'kiln-inpaint',
    seed: 0,
    backend: 'cpu',
    placement: null,
    parentId: null,
    inputs: { image, mask },
    params: {},
    ...changes,
  });
}

export const testPack = { id: 'kiln-inpaint', name: 'Kiln Inpaint', version: '0.1.0', packHash: 'a'.repeat(64) };
