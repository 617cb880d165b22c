/**
 * The second, smaller contract: services <-> inference process. Big data crosses as files by path; messages stay small.
 * Either side drops a message that does not parse. Every message of a run carries its runId.
 */
import { z } from 'zod';
import { backendProbeSchema, backendSchema } from '../domain/backend.ts';
import { generationDetailsSchema, generationOutputSchema, generationRequestSchema } from '../domain/generation.ts';
import { rectSchema, sizeSchema } from '../domain/geometry.ts';
import { packConventionSchema, packManifestSchema } from '../domain/pack-manifest.ts';
import { promptTokensSchema } from './calls/diffusion-calls.ts';
import { wireErrorSchema } from './errors.ts';

const runIdSchema = z.string().min(1).max(64);

/** What a graph says of itself: the importer recognises conventions by this. Dimensions: number, or a symbolic name. */
export const graphSignatureSchema = z.object({
  inputs: z.array(z.object({ name: z.string(), type: z.string(), dimensions: z.array(z.union([z.int(), z.string()])) })),
  outputs: z.array(z.object({ name: z.string(), type: z.string(), dimensions: z.array(z.union([z.int(), z.string()])) })),
});
export type GraphSignature = z.infer<typeof graphSignatureSchema>;

/** How a diffusion pack's weights may be stored: halves, or bytes for matrices and halves for the rest. */
export const storedAsSchema = z.enum(['float16', 'int8']);
export type StoredAs = z.infer<typeof storedAsSchema>;

export const conversionSchema = z.object({
  /** Bytes of weights before and after. */
  beforeBytes: z.number(),
  afterBytes: z.number(),
  /** Constants that became halves, and bytes. */
  halves: z.int(),
  bytes: z.int(),
});
export type Conversion = z.infer<typeof conversionSchema>;

export const packOnDiskSchema = z.object({ folder: z.string(), manifest: packManifestSchema, packHash: z.string() });
export type PackOnDisk = z.infer<typeof packOnDiskSchema>;

export const toInferenceSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    runId: runIdSchema,
    request: generationRequestSchema,
    /** Input assets by role, as readable file paths. */
    inputFiles: z.record(z.string(), z.string()),
    pack: packOnDiskSchema,
    /** The packs `addOnsOfRequest` names. */
    addOns: z.array(packOnDiskSchema),
    /** A file the run keeps its state in, to go on from; null: nothing is kept. */
    resumeFile: z.string().nullable(),
    /** Tried in this order. */
    backends: z.array(backendSchema).min(1),
    /** Outputs and previews are written here; the services move or delete them. */
    workFolder: z.string(),
    /** Where copies of graphs with add-ons merged in are kept; absent: only as long as the work folder. */
    graphCacheFolder: z.string().optional(),
    sessionMemoryBytes: z.int(),
  }),
  z.object({ type: z.literal('cancel'), runId: runIdSchema }),
  /** Loads a pack's sessions ahead of need. */
  z.object({
    type: z.literal('warm-up'),
    runId: runIdSchema,
    pack: packOnDiskSchema,
    backends: z.array(backendSchema).min(1),
    sessionMemoryBytes: z.int(),
  }),
  /** Opens a graph on the CPU backend and reads its signature; with a convention, also tries it on a small test image. */
  z.object({ type: z.literal('inspect'), runId: runIdSchema, modelFile: z.string(), convention: packConventionSchema.nullable() }),
  /** Writes a copy of a graph with its weights stored smaller, and the data file beside it. Sent to a sacrificial process. */
  z.object({
    type: z.literal('convert'),
    runId: runIdSchema,
    modelFile: z.string(),
    targetFile: z.string(),
    storedAs: storedAsSchema,
  }),
  /** Runs the probe graph on one backend. Sent to a sacrificial process. */
  z.object({ type: z.literal('probe'), runId: runIdSchema, backend: backendSchema }),
  /** Counts prompts' tokens. Answered at once: it does not wait for the run in progress. */
  z.object({
    type: z.literal('tokenize'),
    runId: runIdSchema,
    pack: packOnDiskSchema,
    prompts: z.array(z.string()),
    /** Words of embeddings, and how many tokens each stands for. */
    embeddings: z.array(z.object({ token: z.string(), vectors: z.int() })),
  }),
  z.object({ type: z.literal('release-sessions') }),
  z.object({ type: z.literal('shutdown') }),
]);
export type ToInference = z.infer<typeof toInferenceSchema>;

export const outputFileSchema = z.object({
  role: generationOutputSchema.shape.role,
  file: z.string(),
  mediaType: z.string(),
  /** Of pictures. */
  size: sizeSchema.nullable(),
  bounds: rectSchema,
});
export type OutputFile = z.infer<typeof outputFileSchema>;

export const runResultSchema = z.object({
  outputs: z.array(outputFileSchema),
  backend: backendSchema,
  totalMs: z.number(),
  phasesMs: z.record(z.string(), z.number()),
  notes: z.array(z.string()),
  details: generationDetailsSchema,
  /** Backends this pack failed on during this run, to be remembered. */
  failedBackends: z.array(z.object({ backend: backendSchema, reason: z.string() })),
});
export type RunResult = z.infer<typeof runResultSchema>;

export const fromInferenceSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), pid: z.int() }),
  z.object({
    type: z.literal('progress'),
    runId: runIdSchema,
    phase: z.string(),
    step: z.int().min(0),
    steps: z.int().min(1),
    fraction: z.number().min(0).max(1),
    backend: backendSchema.nullable(),
  }),
  /** A preview picture was written. */
  z.object({ type: z.literal('preview'), runId: runIdSchema, file: z.string(), mediaType: z.string() }),
  z.object({ type: z.literal('result'), runId: runIdSchema, result: runResultSchema }),
  z.object({ type: z.literal('warmed'), runId: runIdSchema, backend: backendSchema }),
  z.object({
    type: z.literal('inspected'),
    runId: runIdSchema,
    signature: graphSignatureSchema,
    /** With a convention: smallest and largest raw output value on the test image. */
    trial: z.object({ minimum: z.number(), maximum: z.number(), outputSize: sizeSchema }).nullable(),
  }),
  z.object({ type: z.literal('tokenized'), runId: runIdSchema, prompts: z.array(promptTokensSchema) }),
  z.object({ type: z.literal('converted'), runId: runIdSchema, conversion: conversionSchema }),
  z.object({ type: z.literal('probed'), runId: runIdSchema, probe: backendProbeSchema }),
  z.object({ type: z.literal('failed'), runId: runIdSchema, error: wireErrorSchema }),
  z.object({ type: z.literal('log'), level: z.enum(['debug', 'info', 'warn', 'error']), message: z.string() }),
]);
export type FromInference = z.infer<typeof fromInferenceSchema>;
