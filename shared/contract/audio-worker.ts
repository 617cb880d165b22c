/**
 * The third, smallest contract: services <-> the audio worker, a thread that renders scores, encodes sound and reads music files.
 * Big data crosses as files by path. Either side drops a message that does not parse. Every message of a run carries its runId.
 */
import { z } from 'zod';
import { audioFileFormatSchema, importedMusicSchema } from './calls/music-calls.ts';
import { wireErrorSchema } from './errors.ts';

const runIdSchema = z.string().min(1).max(64);

/** What a file says of itself; null: nothing. */
const tagsSchema = z
  .object({ title: z.string(), seed: z.number().optional(), pack: z.string().optional(), comment: z.string().optional() })
  .nullable();

const soundSourceSchema = z.discriminatedUnion('kind', [
  /** A score as JSON; soundFont: a file that plays it instead of the built-in instruments. */
  z.object({ kind: z.literal('score'), file: z.string(), soundFont: z.string().nullable() }),
  z.object({ kind: z.literal('wav'), file: z.string() }),
]);

export const toAudioWorkerSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('export'),
    runId: runIdSchema,
    source: soundSourceSchema,
    format: audioFileFormatSchema,
    /** To -14 LUFS with no peak over -1 dBTP. Stems all get the gain of the mix. */
    normalise: z.boolean(),
    output: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('mix'), file: z.string(), tags: tagsSchema }),
      /** Of scores: each track as it stands in the mix, without the mix's limiter. */
      z.object({
        kind: z.literal('stems'),
        tracks: z.array(z.object({ trackId: z.string(), file: z.string(), tags: tagsSchema })).min(1),
      }),
    ]),
    /** For sound that is not finished: eight bytes a frame. */
    scratchFolder: z.string(),
  }),
  /** Reads a music file by what is in it and writes it as a score. */
  z.object({ type: z.literal('read-music'), runId: runIdSchema, file: z.string(), name: z.string(), scoreFile: z.string() }),
  z.object({ type: z.literal('inspect-sound-font'), runId: runIdSchema, file: z.string() }),
  z.object({ type: z.literal('cancel'), runId: runIdSchema }),
]);
export type ToAudioWorker = z.infer<typeof toAudioWorkerSchema>;

export const fromAudioWorkerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), runId: runIdSchema, fraction: z.number().min(0).max(1) }),
  z.object({
    type: z.literal('exported'),
    runId: runIdSchema,
    /** Whole and flushed; silent stems are left out. */
    files: z.array(z.object({ file: z.string(), sizeBytes: z.int(), seconds: z.number() })),
    /** Of the mix as it is in the file; null: not measured, or too quiet to have a loudness. */
    lufs: z.number().nullable(),
    truePeakDb: z.number().nullable(),
    /** Remarks for the user, in sentences. */
    notes: z.array(z.string()),
  }),
  z.object({
    type: z.literal('music-read'),
    runId: runIdSchema,
    ...importedMusicSchema.omit({ score: true }).shape,
  }),
  z.object({ type: z.literal('sound-font'), runId: runIdSchema, name: z.string(), presets: z.int() }),
  /** details: for the log. */
  z.object({ type: z.literal('failed'), runId: runIdSchema, error: wireErrorSchema, details: z.string() }),
]);
export type FromAudioWorker = z.infer<typeof fromAudioWorkerSchema>;
