import { z } from 'zod';
import { clipRecordSchema, clipStateSchema } from '../../domain/clip.ts';
import { assetHashSchema, clipIdSchema, exportIdSchema, generationIdSchema, projectIdSchema, uploadIdSchema } from '../../domain/ids.ts';
import type { CallDefinition } from '../call.ts';

const nameSchema = z.string().trim().min(1).max(200);
const sampleRateSchema = z.union([z.literal(44_100), z.literal(48_000)]);

export const audioFileFormatSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('wav'),
    depth: z.union([z.literal(16), z.literal(24), z.literal('32f')]).default(24),
    sampleRate: sampleRateSchema.default(48_000),
  }),
  z.object({
    kind: z.literal('flac'),
    bits: z.union([z.literal(16), z.literal(24)]).default(24),
    sampleRate: sampleRateSchema.default(48_000),
  }),
  /** kbit/s. */
  z.object({
    kind: z.literal('mp3'),
    bitrate: z.union([z.literal(128), z.literal(192), z.literal(256), z.literal(320)]).default(256),
    sampleRate: sampleRateSchema.default(44_100),
  }),
  /** Quality -1..10; 6 is about 192 kbit/s. */
  z.object({ kind: z.literal('vorbis'), quality: z.number().min(-1).max(10).default(6), sampleRate: sampleRateSchema.default(48_000) }),
  /** bit/s. */
  z.object({ kind: z.literal('opus'), bitrate: z.int().min(6000).max(510_000).default(128_000) }),
]);
export type AudioFileFormat = z.infer<typeof audioFileFormatSchema>;

export const musicExportFormatSchema = z.discriminatedUnion('kind', [
  ...audioFileFormatSchema.options,
  z.object({ kind: z.literal('midi') }),
  z.object({ kind: z.literal('musicxml') }),
  /** The piano roll as a picture. */
  z.object({ kind: z.literal('svg') }),
  z.object({ kind: z.literal('png'), width: z.int().min(200).max(16_384).default(2400) }),
]);
export type MusicExportFormat = z.infer<typeof musicExportFormatSchema>;

export const musicExportSchema = z.object({
  items: z
    .array(
      z.object({
        name: nameSchema,
        /** A score asset, or an audio asset (which goes only into audio formats). */
        asset: assetHashSchema,
        /** For title, seed and pack in the file. */
        generationIds: z.array(generationIdSchema).max(1000).default([]),
      }),
    )
    .min(1)
    .max(200),
  format: musicExportFormatSchema,
  /** Audio of scores: one file a track, each as it stands in the mix, beside no mix. */
  stems: z.boolean().default(false),
  /** Audio: to -14 LUFS with no sample over -1 dBTP; stems all by the mix's gain. */
  normalise: z.boolean().default(true),
  embedMetadata: z.boolean().default(true),
  soundFontId: z.string().max(64).nullable().default(null),
  /** Chosen by the caller: `music.progress` events carry it, and `music.cancelExport` stops it. */
  runId: z.string().min(8).max(64).optional(),
});
export type MusicExport = z.infer<typeof musicExportSchema>;

export const musicFileSchema = z.object({
  exportId: exportIdSchema,
  fileName: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int(),
  /** Of audio. */
  seconds: z.number().nullable(),
});
export type MusicFile = z.infer<typeof musicFileSchema>;

export const soundFontSchema = z.object({
  id: z.string().min(1).max(64),
  name: z.string(),
  sizeBytes: z.int(),
  presets: z.int(),
});
export type SoundFontInfo = z.infer<typeof soundFontSchema>;

export const importedMusicSchema = z.object({
  score: assetHashSchema,
  title: z.string(),
  seed: z.number().nullable(),
  pack: z.string().nullable(),
  bars: z.int(),
  notes: z.int(),
  tracks: z.int(),
  /** What could not be kept, in sentences. */
  remarks: z.array(z.string()),
});
export type ImportedMusic = z.infer<typeof importedMusicSchema>;

export const musicCalls = {
  /** A MIDI, MusicXML (.mxl too) or ABC file, uploaded with purpose `music`, becomes a score asset. */
  'music.import': { input: z.object({ uploadId: uploadIdSchema }), output: importedMusicSchema },
  /** Files to download from /export/<id>; several are also offered as one zip. Long ones tell of their progress and can be cancelled. */
  'music.export': {
    input: musicExportSchema,
    output: z.object({
      files: z.array(musicFileSchema),
      archive: musicFileSchema.nullable(),
      /** Of the mix, after normalising; null for files without sound. */
      loudness: z.object({ lufs: z.number().nullable(), truePeakDb: z.number().nullable() }).nullable(),
      notes: z.array(z.string()),
    }),
  },
  /** The export then fails with `cancelled`; one that is not under way is no error. */
  'music.cancelExport': { input: z.object({ runId: z.string().min(8).max(64) }), output: z.void() },

  'soundFonts.list': { input: z.void(), output: z.array(soundFontSchema) },
  /** An .sf2 or .sf3 uploaded with purpose `music`. Its bytes are then at /soundfont/<id>. */
  'soundFonts.add': { input: z.object({ uploadId: uploadIdSchema }), output: soundFontSchema },
  'soundFonts.remove': { input: z.object({ id: z.string().max(64) }), output: z.void() },

  /** Newest first. */
  'clips.list': {
    input: z.object({
      projectId: projectIdSchema.nullable().default(null),
      trashed: z.boolean().default(false),
      limit: z.int().min(1).max(500).default(100),
    }),
    output: z.array(clipRecordSchema),
  },
  'clips.get': { input: z.object({ id: clipIdSchema }), output: clipRecordSchema },
  'clips.create': {
    input: z.object({ projectId: projectIdSchema.nullable().default(null), name: nameSchema, state: clipStateSchema }),
    output: clipRecordSchema,
  },
  /** Refused with `conflict` when baseRevision is not the current one, and with `not-found` when an asset is missing. */
  'clips.save': {
    input: z.object({
      id: clipIdSchema,
      baseRevision: z.int().min(0),
      state: clipStateSchema,
      thumbnail: assetHashSchema.nullable().default(null),
    }),
    output: clipRecordSchema,
  },
  'clips.rename': { input: z.object({ id: clipIdSchema, name: nameSchema }), output: clipRecordSchema },
  'clips.trash': { input: z.object({ id: clipIdSchema }), output: z.void() },
  'clips.restore': { input: z.object({ id: clipIdSchema }), output: z.void() },
} as const satisfies Record<string, CallDefinition>;
