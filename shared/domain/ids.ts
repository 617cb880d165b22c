/** Branded identifiers. Ids are time-ordered 26-character Crockford base 32 (ULID), so that sorting by id sorts by creation. */
import { z } from 'zod';

const ulid = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'not a Kiln id');

export const projectIdSchema = ulid.brand<'ProjectId'>();
export const documentIdSchema = ulid.brand<'DocumentId'>();
export const layerIdSchema = ulid.brand<'LayerId'>();
export const generationIdSchema = ulid.brand<'GenerationId'>();
export const clipIdSchema = ulid.brand<'ClipId'>();
export const jobIdSchema = ulid.brand<'JobId'>();
export const batchIdSchema = ulid.brand<'BatchId'>();
export const uploadIdSchema = ulid.brand<'UploadId'>();
export const exportIdSchema = ulid.brand<'ExportId'>();
export const livePictureIdSchema = ulid.brand<'LivePictureId'>();
export const downloadIdSchema = ulid.brand<'DownloadId'>();

/** Lower-case hexadecimal SHA-256 of an asset's bytes; also its file name on disk. */
export const assetHashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'not a SHA-256 hash')
  .brand<'AssetHash'>();

/** Folder-safe pack name: never a path. */
export const packIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'not a pack id')
  .brand<'PackId'>();

export type ProjectId = z.infer<typeof projectIdSchema>;
export type DocumentId = z.infer<typeof documentIdSchema>;
export type LayerId = z.infer<typeof layerIdSchema>;
export type GenerationId = z.infer<typeof generationIdSchema>;
export type ClipId = z.infer<typeof clipIdSchema>;
export type JobId = z.infer<typeof jobIdSchema>;
export type BatchId = z.infer<typeof batchIdSchema>;
export type UploadId = z.infer<typeof uploadIdSchema>;
export type LivePictureId = z.infer<typeof livePictureIdSchema>;
export type DownloadId = z.infer<typeof downloadIdSchema>;
export type ExportId = z.infer<typeof exportIdSchema>;
export type AssetHash = z.infer<typeof assetHashSchema>;
export type PackId = z.infer<typeof packIdSchema>;

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A new ULID (https://github.com/ulid/spec): 48-bit milliseconds then 80 random bits.
 * @param nowMs Unix milliseconds
 * @param randomBytes 16 uniformly random bytes (the caller owns the source, so this stays pure)
 */
export function ulidFrom(nowMs: number, randomBytes: Uint8Array): string {
  let time = '';
  let rest = nowMs;
  for (let index = 0; index < 10; index += 1) {
    time = alphabet.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (let index = 0; index < 16; index += 1) random += alphabet.charAt((randomBytes[index] ?? 0) % 32);
  return time + random;
}
