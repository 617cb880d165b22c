/** Downloads one after the other: what is asked for is written down first, so that a restart finds it, paused. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toWireError } from '../../../../shared/contract/errors.ts';
import type { Download, DownloadPlan, DownloadState, RemoteFile } from '../../../../shared/domain/download.ts';
import { downloadIdSchema, type DownloadId, type PackId } from '../../../../shared/domain/ids.ts';
import { needsAcceptance } from '../../../../shared/domain/licence.ts';
import { storageError } from '../../database/storage-error.ts';
import type { Logger } from '../../host.ts';
import { newId } from '../../ids.ts';
import type { EventBus } from '../../service-types.ts';
import { entryOf, nameFor, publicDownload, rankOf, repositoryAt, requireDistinct, type Entry } from './download-entry.ts';
import type { DownloadRecord, DownloadRecords } from './download-records.ts';
import { missingExternalData } from './external-data.ts';
import { fetchFile, isHere, partBytes } from './fetch-file.ts';
import type { HubApi } from './hub-api.ts';
import { freeDiskBytes } from './plan.ts';
import { withRetries, type RetryPolicy } from './retry.ts';

const tellEveryMs = 250;
/** Left free on the disk beside the download itself: the library goes on being written. */
export const reserveBytes = 256 * 1024 * 1024;

export interface FinishedDownload {
  /** A folder of plain files, or the one file of an add-on. The importer takes links to them, never the files themselves. */
  source: string;
  sourceName: string;
  name: string;
  licence: string | null;
  licenceAccepted: boolean;
}

export interface DownloadQueueOptions {
  hub: HubApi;
  records: DownloadRecords;
  retry: RetryPolicy;
  events: EventBus;
  log: Logger;
  importDownload: (finished: FinishedDownload) => Promise<PackId>;
  freeBytes?: (folder: string) => Promise<number | null>;
}

const closedReason = 'Kiln was closed meanwhile.';

export class DownloadQueue {
  readonly #given: DownloadQueueOptions;
  readonly #entries = new Map<DownloadId, Entry>();
  #loop: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(options: DownloadQueueOptions) {
    this.#given = options;
    for (const record of options.records.all()) {
      const status: DownloadState =
        record.error === null ? { state: 'paused', reason: closedReason } : { state: 'failed', error: record.error };
      this.#entries.set(record.id, entryOf(record, status));
    }
  }

  async list(): Promise<Download[]> {
    for (const entry of this.#entries.values()) {
      if (entry.receivedBytes === 0 && (entry.status.state === 'paused' || entry.status.state === 'failed')) await this.#measure(entry);
    }
    return [...this.#entries.values()].map(publicDownload);
  }

  start(plan: DownloadPlan, variantId: string, options: { name: string | undefined; licenceAccepted: boolean }): Download {
    const variant = plan.variants.find(({ id }) => id === variantId);
    if (variant === undefined) throw new AppError('not-found', 'The repository has no such variant.', { action: 'Look at it again.' });
    if (needsAcceptance(plan.licence.kind) && !options.licenceAccepted) {
      throw new AppError('licence-needed', `The licence of "${plan.repository}" has not been accepted.`, {
        action: 'Read it, and accept it if you agree.',
      });
    }
    for (const { record, status } of this.#entries.values()) {
      if (record.commit !== plan.commit || record.variant.id !== variantId || status.state === 'done') continue;
      throw new AppError('conflict', `"${record.name}" is among the downloads already.`, { action: 'Resume that one.' });
    }
    requireDistinct(variant.files);
    const record: DownloadRecord = {
      formatVersion: 1,
      id: newId(downloadIdSchema),
      repository: plan.repository,
      commit: plan.commit,
      variant: { ...variant, files: [...variant.files].sort((a, b) => rankOf(a) - rankOf(b)) },
      name: options.name ?? nameFor(plan, variant.label),
      licence: plan.licence.name,
      licenceAccepted: options.licenceAccepted,
      createdAtMs: Date.now(),
      error: null,
    };
    this.#given.records.write(record);
    const entry = entryOf(record, { state: 'queued' });
    this.#entries.set(record.id, entry);
    this.#tell(entry);
    this.#wake();
    return publicDownload(entry);
  }

  pause(id: DownloadId, reason: string | null = null): Download {
    const entry = this.#require(id);
    const { state } = entry.status;
    if (state === 'importing') throw new AppError('conflict', 'Everything has arrived; it is being installed.');
    if (state !== 'queued' && state !== 'running') return publicDownload(entry);
    this.#set(entry, { state: 'paused', reason });
    entry.controller?.abort();
    return publicDownload(entry);
  }

  pauseAll(reason: string): void {
    for (const { record, status } of this.#entries.values()) {
      if (status.state === 'queued' || status.state === 'running') this.pause(record.id, reason);
    }
  }

  resume(id: DownloadId): Download {
    const entry = this.#require(id);
    if (entry.status.state !== 'paused' && entry.status.state !== 'failed') return publicDownload(entry);
    this.#note(entry, { error: null });
    this.#set(entry, { state: 'queued' });
    this.#wake();
    return publicDownload(entry);
  }

  async cancel(id: DownloadId): Promise<void> {
    const entry = this.#require(id);
    if (entry.status.state === 'importing') throw new AppError('conflict', 'Everything has arrived; it is being installed.');
    this.#entries.delete(id);
    entry.controller?.abort();
    await entry.running;
    await this.#given.records.remove(id);
    this.#given.events.publish({ type: 'download.removed', id });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { controller } of this.#entries.values()) controller?.abort();
    await this.#loop;
  }

  #require(id: DownloadId): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new AppError('not-found', 'This download is no longer there.');
    return entry;
  }

  #note(entry: Entry, change: Partial<DownloadRecord>): void {
    entry.record = { ...entry.record, ...change };
    this.#given.records.write(entry.record);
  }

  #set(entry: Entry, status: DownloadState): void {
    entry.status = status;
    if (status.state !== 'running') entry.speed.reset();
    this.#tell(entry);
  }

  #tell(entry: Entry): void {
    if (!this.#entries.has(entry.record.id)) return;
    entry.toldAtMs = Date.now();
    this.#given.events.publish({ type: 'download.changed', download: publicDownload(entry) });
  }

  #wake(): void {
    this.#loop = this.#loop.then(() => this.#runAll()).catch((error: unknown) => this.#given.log.error('The downloads stopped', error));
  }

  async #runAll(): Promise<void> {
    for (;;) {
      if (this.#stopping) return;
      const next = [...this.#entries.values()].find(({ status }) => status.state === 'queued');
      if (next === undefined) return;
      next.running = this.#run(next);
      await next.running;
    }
  }

  async #run(entry: Entry): Promise<void> {
    const { records, importDownload, log } = this.#given;
    const { id } = entry.record;
    const controller = new AbortController();
    entry.controller = controller;
    this.#set(entry, { state: 'running', note: null });
    try {
      await this.#fetchAll(entry, controller.signal);
      if (controller.signal.aborted) return;
      this.#set(entry, { state: 'importing' });
      const { variant, repository, commit, name, licence, licenceAccepted } = entry.record;
      const folder = records.files(id);
      const addOn =
        variant.kind === 'lora' || variant.kind === 'embedding'
          ? variant.files.find(({ target }) => /\.safetensors$/i.test(target))
          : undefined;
      const packId = await importDownload({
        source: addOn === undefined ? folder : join(folder, addOn.target),
        sourceName: addOn?.target ?? repositoryAt(repository, commit),
        name,
        licence,
        licenceAccepted,
      });
      await records.remove(id).catch((error: unknown) => log.warn('A finished download stayed behind', error));
      this.#set(entry, { state: 'done', packId });
    } catch (error) {
      // Paused, cancelled or closing: that is told already.
      if (controller.signal.aborted && entry.status.state !== 'importing') return;
      const wire = toWireError(error);
      if (wire.code === 'internal') log.error('A download failed', error);
      if (!this.#entries.has(id)) return;
      if (wire.code === 'offline') {
        this.#set(entry, { state: 'paused', reason: wire.message });
        return;
      }
      try {
        this.#note(entry, { error: wire });
      } catch (noteError) {
        log.warn('The end of a download could not be noted', noteError);
      }
      this.#set(entry, { state: 'failed', error: wire });
    } finally {
      entry.controller = null;
    }
  }

  async #fetchAll(entry: Entry, signal: AbortSignal): Promise<void> {
    const { hub, records } = this.#given;
    const { id, repository, commit } = entry.record;
    const folder = records.files(id);
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw storageError(error, 'making room for the download');
    });
    await this.#measure(entry);
    await this.#requireDisk(entry);
    await this.#fetchFiles(entry, entry.record.variant.files, signal);
    const more = await missingExternalData(
      folder,
      entry.record.variant.files,
      async () => (await hub.repository(repository, commit, signal)).files,
    );
    if (more.length === 0) return;
    const { variant } = entry.record;
    const files = [...variant.files, ...more];
    this.#note(entry, { variant: { ...variant, files, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) } });
    await this.#requireDisk(entry);
    await this.#fetchFiles(entry, more, signal);
  }

  async #fetchFiles(entry: Entry, files: readonly RemoteFile[], signal: AbortSignal): Promise<void> {
    const { hub, records, retry } = this.#given;
    const { id, repository, commit } = entry.record;
    const folder = records.files(id);
    let doneBytes = 0;
    for (const file of entry.record.variant.files) if (await isHere(folder, file)) doneBytes += file.sizeBytes;
    for (const file of files) {
      if (await isHere(folder, file)) continue;
      const before = doneBytes;
      let progressed = false;
      const run = (note: string | null): void => {
        if (entry.status.state === 'running') this.#set(entry, { state: 'running', note });
      };
      await withRetries(
        retry,
        {
          signal,
          progressed: () => {
            const did = progressed;
            progressed = false;
            return did;
          },
          onWait: (waitMs, why) => run(`Trying again in ${String(Math.ceil(waitMs / 1000))} s: ${why}`),
        },
        () =>
          fetchFile({
            hub,
            repository,
            commit,
            file,
            folder,
            partsFolder: records.parts(id),
            signal,
            onNote: run,
            onBytes: (bytes) => {
              progressed ||= before + bytes > entry.receivedBytes;
              entry.receivedBytes = before + bytes;
              entry.speed.add(entry.receivedBytes, Date.now());
              if (entry.status.state === 'running' && entry.status.note !== null && bytes > 0 && progressed)
                entry.status = { state: 'running', note: null };
              if (Date.now() - entry.toldAtMs >= tellEveryMs) this.#tell(entry);
            },
          }),
      );
      doneBytes += file.sizeBytes;
      entry.filesDone += 1;
      this.#tell(entry);
    }
  }

  /** What is here of it already. */
  async #measure(entry: Entry): Promise<void> {
    const folder = this.#given.records.files(entry.record.id);
    let [files, bytes] = [0, 0];
    for (const file of entry.record.variant.files) {
      if (!(await isHere(folder, file))) continue;
      files += 1;
      bytes += file.sizeBytes;
    }
    entry.filesDone = files;
    entry.receivedBytes = bytes + (await partBytes(this.#given.records.parts(entry.record.id), entry.record.variant.files));
  }

  async #requireDisk(entry: Entry): Promise<void> {
    const { records, freeBytes = freeDiskBytes } = this.#given;
    const free = await freeBytes(records.files(entry.record.id));
    const needed = entry.record.variant.sizeBytes - entry.receivedBytes + reserveBytes;
    if (free === null || free >= needed) return;
    const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
    throw new AppError('disk-full', `The disk has ${gigabytes(free)} left; ${gigabytes(needed)} are needed.`, {
      action: 'Free some space, then resume. Nothing that has arrived is lost.',
    });
  }
}
