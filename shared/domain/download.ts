/** Packs fetched by name from a hub of models. Kiln connects to nothing unless the user has turned this on. */
import { z } from 'zod';
import { wireErrorSchema } from '../contract/errors.ts';
import { downloadIdSchema, packIdSchema } from './ids.ts';
import { licenceKindSchema } from './licence.ts';
import { packPathSchema } from './pack-path.ts';

/** "owner/name"; some old repositories have no owner. */
export const repositoryNameSchema = z
  .string()
  .trim()
  .max(200)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,95})(?:\/[A-Za-z0-9](?:[A-Za-z0-9._-]{0,95}))?$/, 'must look like "owner/name"')
  .refine((name) => !name.includes('..') && !name.includes('--'), 'must look like "owner/name"');

/** A branch, a tag or a commit. */
export const revisionSchema = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/, 'must be a branch, a tag or a commit')
  .refine((name) => !name.includes('..') && !name.includes('//'), 'must be a branch, a tag or a commit');

/** How the bytes of a file are checked: large files have a SHA-256, small ones git's own hash of their content. */
export const fileDigestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sha256'), hex: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.object({ kind: z.literal('git-blob'), hex: z.string().regex(/^[0-9a-f]{40}$/) }),
]);
export type FileDigest = z.infer<typeof fileDigestSchema>;

export const remoteFileSchema = z.object({
  /** In the repository. */
  path: packPathSchema,
  /** In the pack. */
  target: packPathSchema,
  sizeBytes: z.int().min(0),
  digest: fileDigestSchema,
});
export type RemoteFile = z.infer<typeof remoteFileSchema>;

/**
 * diffusion: a folder with a part in each folder below. audio: a sound model for transformers.js. graph: one ONNX graph with its
 * weights. lora, embedding: add-ons. kiln: a pack with its own kiln.json.
 */
export const downloadVariantSchema = z.object({
  id: z.string().min(1).max(300),
  kind: z.enum(['diffusion', 'audio', 'graph', 'lora', 'embedding', 'kiln']),
  /** For people: "fp16, in onnx/". */
  label: z.string().max(300),
  files: z.array(remoteFileSchema).min(1).max(2000),
  sizeBytes: z.int().min(0),
});
export type DownloadVariant = z.infer<typeof downloadVariantSchema>;

export const downloadPlanSchema = z.object({
  repository: repositoryNameSchema,
  /** The commit everything is taken from, whatever the branch does meanwhile. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** Likeliest first. */
  variants: z.array(downloadVariantSchema).min(1).max(200),
  licence: z.object({
    name: z.string().nullable(),
    kind: licenceKindSchema,
    /** The licence file of the repository; null when it has none, or it is no text. */
    text: z.string().nullable(),
    link: z.string().nullable(),
  }),
  /** The hub gives it only to those who accepted its conditions on the page, known by their token. */
  gated: z.boolean(),
  /** Where people can read about it. */
  page: z.string(),
  freeDiskBytes: z.number().nullable(),
});
export type DownloadPlan = z.infer<typeof downloadPlanSchema>;

/** queued: waits for the one before it. paused: by the user, by going offline, or because Kiln was closed. */
export const downloadStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('queued') }),
  z.object({
    state: z.literal('running'),
    /** What is going on beside the bytes: "Checking unet/model.onnx", "Trying again in 4 s: the connection was cut". */
    note: z.string().nullable(),
  }),
  z.object({ state: z.literal('paused'), reason: z.string().nullable() }),
  z.object({ state: z.literal('importing') }),
  z.object({ state: z.literal('failed'), error: wireErrorSchema }),
  z.object({ state: z.literal('done'), packId: packIdSchema }),
]);
export type DownloadState = z.infer<typeof downloadStateSchema>;

export const downloadSchema = z.object({
  id: downloadIdSchema,
  repository: repositoryNameSchema,
  commit: z.string(),
  variantLabel: z.string(),
  kind: downloadVariantSchema.shape.kind,
  /** What the pack will be called. */
  name: z.string(),
  licence: z.string().nullable(),
  fileCount: z.int(),
  filesDone: z.int(),
  sizeBytes: z.int(),
  receivedBytes: z.int(),
  bytesPerSecond: z.number().nullable(),
  remainingMs: z.number().nullable(),
  status: downloadStateSchema,
  createdAtMs: z.int(),
});
export type Download = z.infer<typeof downloadSchema>;

/**
 * What people write for a repository: "owner/name", "owner/name@revision", or the address of its page or of one of its folders.
 * Null when it is none of these.
 */
export function parseRepository(text: string): { name: string; revision: string | null } | null {
  const page = /^https?:\/\/[^/]+\/([^/]+\/[^/]+?)(?:\/(?:tree|blob|resolve)\/([^/?#]+)[^?#]*)?\/?(?:[?#].*)?$/.exec(text.trim());
  const plain = /^([^@\s]+?)(?:@(\S+))?$/.exec(text.trim());
  const [, name, revision] = page ?? (text.includes('://') ? null : plain) ?? [];
  const parsed = repositoryNameSchema.safeParse(name);
  if (!parsed.success) return null;
  if (revision === undefined) return { name: parsed.data, revision: null };
  const at = revisionSchema.safeParse(revision.replace(/%2F/gi, '/'));
  return at.success ? { name: parsed.data, revision: at.data } : null;
}
