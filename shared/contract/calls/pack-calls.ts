import { z } from 'zod';
import { packIdSchema, uploadIdSchema } from '../../domain/ids.ts';
import { packConventionSchema } from '../../domain/pack-manifest.ts';
import { packPathSchema } from '../../domain/pack-path.ts';
import { packSchema } from '../../domain/pack.ts';
import type { CallDefinition } from '../call.ts';
import { storedAsSchema } from '../inference.ts';

/** Chosen by whoever imports. */
export const importIdSchema = z.string().min(8).max(64);

export const packCalls = {
  'packs.list': { input: z.void(), output: z.array(packSchema) },
  /**
   * From an upload (a .onnx, .safetensors or .zip sent with purpose `pack`), from several that make up a folder, or, on hosts
   * with file paths, from a path. With an importId, `packs.importing` tells how far it is, and `packs.cancelImport` stops it.
   */
  'packs.import': {
    input: z.object({
      from: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('upload'), uploadId: uploadIdSchema }),
        z.object({
          kind: z.literal('uploads'),
          files: z
            .array(z.object({ uploadId: uploadIdSchema, path: packPathSchema }))
            .min(1)
            .max(2000),
          /** What the folder was called. */
          folderName: z.string().max(300),
        }),
        z.object({ kind: z.literal('path'), path: z.string().min(1).max(4096) }),
      ]),
      name: z.string().max(100).optional(),
      licence: z.string().max(200).nullable().default(null),
      importId: importIdSchema.optional(),
    }),
    output: packSchema,
  },
  /**
   * A diffusion pack's weights stored smaller, as a new pack: as halves (half the disk, the same pictures to the eye), or the
   * matrices of text encoder and UNet as bytes (a quarter of theirs). The VAE is never stored as bytes: its rounding would show
   * as bands. Told of and stopped as an import is.
   */
  'packs.convert': {
    input: z.object({ id: packIdSchema, to: storedAsSchema, importId: importIdSchema.optional() }),
    output: packSchema,
  },
  /** The import then fails with `cancelled`; one that is not under way is no error. */
  'packs.cancelImport': { input: z.object({ importId: importIdSchema }), output: z.void() },
  /** Remembered for these weights under this licence. */
  'packs.acceptLicence': { input: z.object({ id: packIdSchema }), output: packSchema },
  /** The licence file among the pack's files; null when there is none. */
  'packs.licenceText': {
    input: z.object({ id: packIdSchema }),
    output: z.object({ path: z.string(), text: z.string() }).nullable(),
  },
  /** Reads every byte and compares hashes. */
  'packs.verify': { input: z.object({ id: packIdSchema }), output: packSchema },
  'packs.rename': { input: z.object({ id: packIdSchema, name: z.string().trim().min(1).max(100) }), output: packSchema },
  /** Lets a user correct what the importer guessed; tried on a test image before it is kept. */
  'packs.setConvention': { input: z.object({ id: packIdSchema, convention: packConventionSchema }), output: packSchema },
  /** Forgets per-backend failures, so that the next run tries them again. */
  'packs.clearExclusions': { input: z.object({ id: packIdSchema }), output: packSchema },
  /** User packs only. Can be undone for some minutes, until Kiln is closed. */
  'packs.remove': { input: z.object({ id: packIdSchema }), output: z.void() },
  'packs.undoRemove': { input: z.object({ id: packIdSchema }), output: packSchema },
} as const satisfies Record<string, CallDefinition>;
