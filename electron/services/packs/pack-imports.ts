/** Imports one after another, each told of and stoppable by the id its caller gave it. */
import { rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { z } from 'zod';
import type { packCalls } from '../../../shared/contract/calls/pack-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { StoredAs } from '../../../shared/contract/inference.ts';
import type { PackId } from '../../../shared/domain/ids.ts';
import type { EventBus, InferenceService, ResolvedPack, TransferStore } from '../service-types.ts';
import { convertPack } from './convert-pack.ts';
import { importPack } from './import-pack.ts';
import type { ImportSource } from './import-source.ts';
import type { ImportOptions, ImportPhase } from './staging.ts';

type From = z.infer<(typeof packCalls)['packs.import']['input']>['from'];
type Needs = Pick<ImportOptions, 'packsFolder' | 'takenIds' | 'installedModels' | 'installedPacks'> & { inference: InferenceService };

export interface PackImports {
  run(
    source: ImportSource,
    details: { name: string | undefined; licence: string | null; importId?: string | undefined },
    needs: () => Needs,
  ): Promise<PackId>;
  convert(pack: ResolvedPack, storedAs: StoredAs, importId: string | undefined, needs: () => Needs): Promise<PackId>;
  cancel(importId: string): void;
}

/** Events for every chunk of a copy would be thousands a second. */
const progressEveryMs = 100;

export function createPackImports(events: EventBus): PackImports {
  const running = new Map<string, AbortController>();
  let last: Promise<unknown> = Promise.resolve();

  function reporter(importId: string | undefined): (phase: ImportPhase, fraction: number) => void {
    let toldAtMs = -Infinity;
    let toldPhase: ImportPhase | null = null;
    return (phase, fraction) => {
      if (importId === undefined) return;
      const nowMs = performance.now();
      if (phase === toldPhase && fraction < 1 && nowMs - toldAtMs < progressEveryMs) return;
      toldAtMs = nowMs;
      toldPhase = phase;
      events.publish({ type: 'packs.importing', importId, phase, fraction: Math.min(1, Math.max(0, fraction)) });
    };
  }

  /** One at a time: two that come to the same name would both think it free. */
  function queued<Result>(
    importId: string | undefined,
    start: (signal: AbortSignal, onProgress: ImportOptions['onProgress']) => Promise<Result>,
  ): Promise<Result> {
    const controller = new AbortController();
    if (importId !== undefined) {
      if (running.has(importId)) throw new AppError('conflict', 'An import with this id is under way.');
      running.set(importId, controller);
    }
    const work = last.then(() => {
      if (controller.signal.aborted) throw new AppError('cancelled', 'The import was stopped.');
      return start(controller.signal, reporter(importId));
    });
    last = work.catch(() => undefined);
    return work.finally(() => {
      if (importId !== undefined) running.delete(importId);
    });
  }

  return {
    run: (source, { name, licence, importId }, needs) =>
      queued(importId, (signal, onProgress) => importPack({ ...needs(), source, name, licence, signal, onProgress })),
    convert: (pack, storedAs, importId, needs) =>
      queued(importId, (signal, onProgress) => convertPack({ ...needs(), pack, storedAs, signal, onProgress })),
    cancel: (importId) => running.get(importId)?.abort(),
  };
}

/** What an import names, as files; `discard` deletes what was uploaded and is still there. */
export function sourceOf(
  from: From,
  transfers: TransferStore,
  allowPaths: boolean,
): { source: ImportSource; discard: () => Promise<void> } {
  switch (from.kind) {
    case 'path': {
      if (!allowPaths) throw new AppError('unsupported', 'This host cannot read files by path.');
      return { source: { kind: 'path', path: from.path, name: basename(resolve(from.path)) }, discard: () => Promise.resolve() };
    }
    case 'upload': {
      const { file, name } = transfers.takeUpload(from.uploadId);
      return { source: { kind: 'path', path: file, name, given: true }, discard: () => rm(file, { force: true }) };
    }
    case 'uploads': {
      const files: { path: string; file: string }[] = [];
      const discard = async (): Promise<void> => {
        for (const { file } of files) await rm(file, { force: true });
      };
      try {
        for (const { uploadId, path } of from.files) files.push({ path, file: transfers.takeUpload(uploadId).file });
      } catch (error) {
        void discard();
        throw error;
      }
      return { source: { kind: 'files', files, name: from.folderName }, discard };
    }
  }
}
