/** Content-addressed files: the hash is the identity, so an asset never changes. */
import { z } from 'zod';
import { assetHashSchema } from './ids.ts';

/** Raw straight-alpha tiles are stored as these: deflate-raw of tileSize*tileSize*channels bytes, row-major. */
export const tileMediaType = 'application/x-kiln-tile';
export const documentSnapshotMediaType = 'application/x-kiln-document+json';

/** A score as JSON (shared/music/score.ts). */
export const scoreMediaType = 'application/x-kiln-score+json';
export const wavMediaType = 'audio/wav';

export const assetSchema = z.object({
  hash: assetHashSchema,
  mediaType: z.string(),
  sizeBytes: z.int().min(0),
  width: z.int().min(1).nullable(),
  height: z.int().min(1).nullable(),
  createdAtMs: z.int(),
});
export type Asset = z.infer<typeof assetSchema>;

/** Where the renderer finds pixels; the same relative paths on every host. */
export const assetPath = (hash: string): string => `/asset/${hash}`;
export const thumbnailPath = (hash: string, sidePx: 128 | 256 | 512 = 256): string => `/thumbnail/${hash}?side=${String(sidePx)}`;
export const previewPath = (jobId: string, revision: number): string => `/preview/${jobId}?revision=${String(revision)}`;
export const livePath = (id: string): string => `/live/${id}`;
export const soundFontPath = (id: string): string => `/soundfont/${id}`;
export const exportPath = (exportId: string): string => `/export/${exportId}`;
