/** A download as the queue holds it, and what the world is told of it. */
import type { Download, DownloadPlan, DownloadState, RemoteFile } from '../../../../shared/domain/download.ts';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { DownloadRecord } from './download-records.ts';
import { Speed } from './speed.ts';

export interface Entry {
  record: DownloadRecord;
  status: DownloadState;
  filesDone: number;
  receivedBytes: number;
  speed: Speed;
  controller: AbortController | null;
  /** Settles when nothing writes into its folder any more. */
  running: Promise<void>;
  toldAtMs: number;
}

export const repositoryAt = (repository: string, commit: string): string => `${repository}@${commit.slice(0, 12)}`;

/** Small words first, so that a mistake shows early; then graphs; then their weights. */
export function rankOf({ target, sizeBytes }: RemoteFile): number {
  if (/\.onnx$/i.test(target)) return 1;
  return sizeBytes < 1_000_000 ? 0 : 2;
}

export function nameFor({ repository, variants }: DownloadPlan, label: string): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  return (variants.length > 1 ? `${name} (${label})` : name).slice(0, 100);
}

/** On disks that ignore case one file would overwrite the other. */
export function requireDistinct(files: readonly RemoteFile[]): void {
  const seen = new Set<string>();
  for (const { target } of files) {
    const key = target.toLowerCase().normalize('NFC');
    if (seen.has(key)) throw new AppError('pack-hostile', `The repository holds "${target}" twice.`, { action: 'Choose another one.' });
    seen.add(key);
  }
}

export function entryOf(record: DownloadRecord, status: DownloadState): Entry {
  return { record, status, filesDone: 0, receivedBytes: 0, speed: new Speed(), controller: null, running: Promise.resolve(), toldAtMs: 0 };
}

export function publicDownload({ record, status, filesDone, receivedBytes, speed }: Entry): Download {
  const { id, repository, commit, variant, name, licence, createdAtMs } = record;
  const done = status.state === 'done' || status.state === 'importing';
  const received = done ? variant.sizeBytes : Math.min(receivedBytes, variant.sizeBytes);
  const bytesPerSecond = status.state === 'running' ? speed.bytesPerSecond() : null;
  const remainingMs =
    bytesPerSecond === null || bytesPerSecond <= 0 ? null : Math.round(((variant.sizeBytes - received) / bytesPerSecond) * 1000);
  return {
    id,
    repository,
    commit,
    variantLabel: variant.label,
    kind: variant.kind,
    name,
    licence,
    fileCount: variant.files.length,
    filesDone: done ? variant.files.length : filesDone,
    sizeBytes: variant.sizeBytes,
    receivedBytes: received,
    bytesPerSecond,
    remainingMs,
    status,
    createdAtMs,
  };
}
