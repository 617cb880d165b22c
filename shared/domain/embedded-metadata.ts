/** What an exported picture carries about its making, and what comes back when it is dropped on the window. */
import { z } from 'zod';
import { sizeSchema } from './geometry.ts';
import { generationRequestSchema } from './generation.ts';

export const embeddedMetadataFormatVersion = 1;
/** PNG tEXt/iTXt keyword that holds the JSON. */
export const embeddedMetadataKeyword = 'kiln';

/** IPTC NewsCodes, digital source type: https://cv.iptc.org/newscodes/digitalsourcetype/ */
export const digitalSourceTypeSchema = z.enum([
  'compositeWithTrainedAlgorithmicMedia',
  'trainedAlgorithmicMedia',
  'algorithmicallyEnhanced',
  'humanEdits',
  'digitalCreation',
]);

export const embeddedMetadataSchema = z.object({
  formatVersion: z.literal(embeddedMetadataFormatVersion),
  software: z.string(),
  digitalSourceType: digitalSourceTypeSchema,
  /** The generations that made the picture, oldest first. Placement is left out: it means nothing elsewhere. */
  generations: z.array(
    z.object({
      request: generationRequestSchema,
      pack: z.object({ id: z.string(), name: z.string(), version: z.string(), packHash: z.string() }),
      createdAtMs: z.int(),
      /** Size of the result and class name of the scheduler that ran, for other programs; files of before have neither. */
      size: sizeSchema.nullable().default(null),
      scheduler: z.string().max(60).nullable().default(null),
    }),
  ),
});
export type EmbeddedMetadata = z.infer<typeof embeddedMetadataSchema>;
