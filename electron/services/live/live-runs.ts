/**
 * Runs for the eye only, while a slider moves. A run in progress is let finish (stopping a graph means ending its process);
 * of those that wait in a slot only the newest is started. Two runs a slot are kept: the page may still be fetching the
 * pictures of the one before.
 */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handlers, ParsedCallInput } from '../../../shared/contract/calls.ts';
import type { liveCalls, LiveResult } from '../../../shared/contract/calls/live-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { addOnsOfRequest, inputsOfRequest, isPictureRole } from '../../../shared/domain/generation.ts';
import { livePictureIdSchema, type LivePictureId } from '../../../shared/domain/ids.ts';
import { newId } from '../ids.ts';
import type { AssetStore, ImageService, InferenceService, LivePictures, PackService } from '../service-types.ts';
import { openOwnedFolder } from '../transfers/owned-folder.ts';

type LiveInput = ParsedCallInput<'live.run'>;

interface Waiting {
  input: LiveInput;
  resolve: (result: LiveResult) => void;
  reject: (error: unknown) => void;
}

interface Slot {
  running: boolean;
  waiting: Waiting | null;
  /** Pictures of the last runs, newest last. */
  kept: LivePictureId[][];
}

const keptRuns = 2;

export interface LiveRunsOptions {
  assets: Pick<AssetStore, 'filePath' | 'requireAll'>;
  images: Pick<ImageService, 'thumbnail'>;
  packs: Pick<PackService, 'resolve'>;
  inference: Pick<InferenceService, 'run'>;
  /** Owned by this service and emptied at start. */
  folder: string;
}

export interface LiveRuns extends LivePictures {
  handlers(): Handlers<keyof typeof liveCalls>;
  dispose(): void;
}

export function createLiveRuns({ assets, images, packs, inference, folder }: LiveRunsOptions): LiveRuns {
  const owned = openOwnedFolder(folder);
  const pictures = new Map<LivePictureId, { file: string; mediaType: string }>();
  const slots = new Map<LiveInput['slot'], Slot>();
  const closing = new AbortController();
  let runs = 0;

  async function inputFiles({ request, maxSidePx }: LiveInput): Promise<Record<string, string>> {
    const inputs = Object.entries(inputsOfRequest(request));
    assets.requireAll(inputs.map(([, hash]) => hash));
    const files: Record<string, string> = {};
    for (const [role, hash] of inputs)
      files[role] = maxSidePx === null || !isPictureRole(role) ? assets.filePath(hash) : await images.thumbnail(hash, maxSidePx);
    return files;
  }

  async function run(input: LiveInput, slot: Slot): Promise<LiveResult> {
    runs += 1;
    const workFolder = join(folder, `run-${String(runs)}`);
    mkdirSync(workFolder, { recursive: true });
    try {
      const result = await inference.run(
        {
          request: input.request,
          inputFiles: await inputFiles(input),
          pack: packs.resolve(input.request.packId),
          addOns: addOnsOfRequest(input.request).map((id) => packs.resolve(id)),
          resumeFile: null,
          workFolder,
        },
        { onProgress: () => undefined, onPreview: () => undefined },
        closing.signal,
      );
      const shown = result.outputs.map(({ role, file, mediaType, size }) => {
        const id = newId(livePictureIdSchema);
        pictures.set(id, { file: owned.takeOver(file), mediaType });
        return { role, id, size };
      });
      slot.kept.push(shown.map(({ id }) => id));
      for (const old of slot.kept.splice(0, slot.kept.length - keptRuns)) old.forEach(forget);
      return { pictures: shown, details: result.details, totalMs: result.totalMs };
    } finally {
      await rm(workFolder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  function forget(id: LivePictureId): void {
    const picture = pictures.get(id);
    pictures.delete(id);
    if (picture !== undefined) owned.remove(picture.file);
  }

  async function work(slot: Slot): Promise<void> {
    if (slot.running) return;
    slot.running = true;
    for (let next = slot.waiting; next !== null; next = slot.waiting) {
      slot.waiting = null;
      await run(next.input, slot).then(next.resolve, next.reject);
    }
    slot.running = false;
  }

  return {
    get: (id) => pictures.get(id) ?? null,
    handlers: () => ({
      'live.run': (input) =>
        new Promise<LiveResult>((resolve, reject) => {
          const slot = slots.get(input.slot) ?? { running: false, waiting: null, kept: [] };
          slots.set(input.slot, slot);
          slot.waiting?.reject(new AppError('cancelled', 'A newer preview took its place.'));
          slot.waiting = { input, resolve, reject };
          void work(slot);
        }),
    }),
    dispose() {
      closing.abort();
    },
  };
}
