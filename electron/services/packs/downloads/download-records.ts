/** Downloads on the disk: a folder each, with download.json, finished files and parts. They survive a restart. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { wireErrorSchema } from '../../../../shared/contract/errors.ts';
import { downloadVariantSchema, repositoryNameSchema } from '../../../../shared/domain/download.ts';
import { downloadIdSchema, type DownloadId } from '../../../../shared/domain/ids.ts';
import { guardStorage } from '../../database/storage-error.ts';
import type { Logger } from '../../host.ts';

export const downloadRecordSchema = z.object({
  formatVersion: z.literal(1),
  id: downloadIdSchema,
  repository: repositoryNameSchema,
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  variant: downloadVariantSchema,
  name: z.string().min(1).max(100),
  licence: z.string().max(200).nullable(),
  licenceAccepted: z.boolean(),
  createdAtMs: z.int(),
  /** Why it ended, when it failed; null: it can go on. */
  error: wireErrorSchema.nullable(),
});
export type DownloadRecord = z.infer<typeof downloadRecordSchema>;

export interface DownloadRecords {
  /** Oldest first. Folders that cannot be read are left alone and logged. */
  all(): DownloadRecord[];
  write(record: DownloadRecord): void;
  remove(id: DownloadId): Promise<void>;
  files(id: DownloadId): string;
  parts(id: DownloadId): string;
}

export function openDownloadRecords(folder: string, log: Logger): DownloadRecords {
  const of = (id: DownloadId): string => join(folder, id);
  return {
    all() {
      if (!existsSync(folder)) return [];
      return readdirSync(folder)
        .filter((name) => downloadIdSchema.safeParse(name).success)
        .sort()
        .flatMap((name) => {
          try {
            const record = downloadRecordSchema.parse(JSON.parse(readFileSync(join(folder, name, 'download.json'), 'utf8')));
            return record.id === name ? [record] : [];
          } catch (error) {
            log.warn(`The download ${name} cannot be read`, error);
            return [];
          }
        });
    },
    write(record) {
      guardStorage('Noting the download', () => {
        mkdirSync(of(record.id), { recursive: true });
        const file = join(of(record.id), 'download.json');
        writeFileSync(`${file}.part`, `${JSON.stringify(record)}\n`, { flush: true });
        renameSync(`${file}.part`, file);
      });
    },
    remove: (id) => rm(of(id), { recursive: true, force: true }),
    files: (id) => join(of(id), 'files'),
    parts: (id) => join(of(id), 'parts'),
  };
}
