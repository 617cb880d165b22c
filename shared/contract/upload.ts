/** POST /upload?purpose=...: streamed bytes in, a JSON answer out. Limits are enforced while streaming. */
import { z } from 'zod';
import { assetHashSchema, uploadIdSchema } from '../domain/ids.ts';
import { embeddedMetadataSchema } from '../domain/embedded-metadata.ts';
import { foreignMetadataSchema } from '../metadata/foreign.ts';

export const uploadQuerySchema = z.discriminatedUnion('purpose', [
  /** A picture file the user opened, in any supported format. */
  z.object({ purpose: z.literal('image'), name: z.string().max(300).default('') }),
  /** deflate-raw of width*height*channels bytes, straight alpha; stored as PNG. channels 1: a mask. */
  z.object({
    purpose: z.literal('pixels'),
    width: z.coerce.number().int().min(1).max(32_768),
    height: z.coerce.number().int().min(1).max(32_768),
    channels: z.coerce.number().pipe(z.union([z.literal(1), z.literal(4)])),
  }),
  /** deflate-raw of 256*256*channels bytes: stored as it is. */
  z.object({ purpose: z.literal('tile'), channels: z.coerce.number().pipe(z.union([z.literal(1), z.literal(4)])) }),
  /** A score as JSON: kept as an asset. */
  z.object({ purpose: z.literal('score') }),
  /** A MIDI, MusicXML, ABC or SoundFont file; held until music.import or soundFonts.add names it. */
  z.object({ purpose: z.literal('music'), name: z.string().max(300) }),
  /** A .onnx, .safetensors or .zip, or one file of a model's folder; held until packs.import names it. */
  z.object({ purpose: z.literal('pack'), name: z.string().max(300) }),
]);
export type UploadQuery = z.infer<typeof uploadQuerySchema>;

export const uploadResultSchema = z.discriminatedUnion('purpose', [
  z.object({
    purpose: z.literal('image'),
    /** The file as it came. */
    original: assetHashSchema,
    /** PNG, sRGB, upright, alpha kept: what the canvas draws. */
    image: assetHashSchema,
    width: z.int(),
    height: z.int(),
    hasAlpha: z.boolean(),
    /** Parameters found in the file, when Kiln made it. */
    embedded: embeddedMetadataSchema.nullable(),
    /** Settings of another program found in the file; null also when there are Kiln's own. */
    foreign: foreignMetadataSchema.nullable(),
  }),
  z.object({ purpose: z.literal('pixels'), image: assetHashSchema }),
  z.object({ purpose: z.literal('tile'), tile: assetHashSchema }),
  z.object({ purpose: z.literal('score'), score: assetHashSchema }),
  z.object({ purpose: z.literal('music'), uploadId: uploadIdSchema }),
  z.object({ purpose: z.literal('pack'), uploadId: uploadIdSchema }),
]);
export type UploadResult = z.infer<typeof uploadResultSchema>;
export type UploadResultOf<Purpose extends UploadQuery['purpose']> = Extract<UploadResult, { purpose: Purpose }>;

export const uploadLimitsBytes: Record<UploadQuery['purpose'], number> = {
  image: 512 * 1024 * 1024,
  pixels: 512 * 1024 * 1024,
  tile: 512 * 1024,
  score: 64 * 1024 * 1024,
  music: 2 * 1024 * 1024 * 1024,
  // Models are as large as they are: the free disk is the limit.
  pack: Number.MAX_SAFE_INTEGER,
};
