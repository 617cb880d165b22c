/** A pack as the studio knows it: the manifest plus where it stands on this machine. */
import { z } from 'zod';
import { backendSchema } from './backend.ts';
import { licenceKindSchema } from './licence.ts';
import { packManifestSchema } from './pack-manifest.ts';

export const packStatusSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ready') }),
  /** Cannot be used; says why in words. */
  z.object({ state: z.literal('broken'), reason: z.string() }),
]);

export const packSchema = z.object({
  manifest: packManifestSchema,
  /** SHA-256 over the sorted file hashes: identifies the weights in generation records. */
  packHash: z.string().regex(/^[0-9a-f]{64}$/),
  builtIn: z.boolean(),
  sizeBytes: z.int().min(0),
  installedAtMs: z.int().nullable(),
  status: packStatusSchema,
  /** Runs of a pack whose licence is not accepted are refused. Built-in and permissive ones count as accepted. */
  licence: z.object({ kind: licenceKindSchema, accepted: z.boolean() }),
  /** Backends this pack failed on here, with the reason; `auto` skips them. */
  excludedBackends: z.array(z.object({ backend: backendSchema, reason: z.string() })),
});
export type Pack = z.infer<typeof packSchema>;
