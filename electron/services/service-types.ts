/**
 * The services and what they owe each other. Each folder implements one of these with a create function that takes what
 * it needs; create-services.ts wires them. Handlers (the contract's calls) live beside each service in *-handlers.ts.
 */
import type { Readable } from 'node:stream';
import type { Asset } from '../../shared/domain/asset.ts';
import type { Backend, BackendPreference, BackendProbe } from '../../shared/domain/backend.ts';
import type { EmbeddedMetadata } from '../../shared/domain/embedded-metadata.ts';
import type { ForeignMetadata } from '../../shared/metadata/foreign.ts';
import type {
  Generation,
  GenerationDetails,
  GenerationOutput,
  GenerationRequest,
  GenerationTimings,
} from '../../shared/domain/generation.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import type { AssetHash, BatchId, ExportId, GenerationId, JobId, LivePictureId, PackId, UploadId } from '../../shared/domain/ids.ts';
import type { PackConvention, PackManifest, PipelineTask } from '../../shared/domain/pack-manifest.ts';
import type { Settings, SettingsPatch } from '../../shared/domain/settings.ts';
import type { StudioEvent } from '../../shared/contract/events.ts';
import type { Conversion, GraphSignature, RunResult, StoredAs } from '../../shared/contract/inference.ts';
import type { WireError } from '../../shared/contract/errors.ts';
import type { PromptTokens } from '../../shared/contract/calls/diffusion-calls.ts';
import type { LibraryHealth } from '../../shared/contract/calls/system-calls.ts';

export interface EventBus {
  publish(event: StudioEvent): void;
  subscribe(listener: (event: StudioEvent) => void): () => void;
}

/** Bytes on disk paired with rows. A put is durable when it resolves: temp file, fsync, rename, fsync folder, then the row. */
export interface AssetStore {
  /** Where the bytes of a hash live; the file need not exist. */
  filePath(hash: AssetHash): string;
  record(hash: AssetHash): Asset | null;
  /** Throws not-found naming the first hash that is missing. */
  requireAll(hashes: Iterable<string>): void;
  putBytes(bytes: Uint8Array, details: { mediaType: string; size: Size | null }): Promise<Asset>;
  /** Hashes while streaming; rejects with too-large past the limit and leaves nothing behind. */
  putStream(stream: Readable, details: { mediaType: string; size: Size | null; limitBytes: number }): Promise<Asset>;
  /** Takes a file over (rename when on the same disk); the source is gone afterwards. */
  putFile(file: string, details: { mediaType: string; size: Size | null }): Promise<Asset>;
  /** A place for temporary files on the same disk, emptied at start. */
  temporaryFile(extension: string): string;
}

export interface FinishedGeneration {
  outputs: GenerationOutput[];
  size: Size;
  backend: Backend;
  timings: GenerationTimings;
  notes: string[];
  details: GenerationDetails;
}

/** Generation rows, written by the job runner and read by history. */
export interface GenerationStore {
  /** Inserts a running row (inputs linked, lineage from request.parentId). */
  start(generation: {
    id: GenerationId;
    jobId: JobId | null;
    batchId: BatchId | null;
    request: GenerationRequest;
    pack: Generation['pack'];
  }): void;
  /** Runs `alsoInTransaction` in the same transaction (the job's own row). Assets must already be stored. */
  succeed(id: GenerationId, result: FinishedGeneration, alsoInTransaction: () => void): void;
  end(id: GenerationId, status: 'failed' | 'cancelled' | 'interrupted', error: WireError | null, alsoInTransaction: () => void): void;
  get(id: GenerationId): Generation | null;
}

export interface ImportedPicture extends Size {
  original: Asset;
  image: Asset;
  hasAlpha: boolean;
  embedded: EmbeddedMetadata | null;
  /** Another program's settings found in the file. */
  foreign: ForeignMetadata | null;
}

/** sharp behind one door: decoding users' files safely, thumbnails, encoding. */
export interface ImageService {
  /** Refuses over 100 megapixels before decoding; applies EXIF orientation; converts to sRGB; keeps alpha. The file is consumed. */
  importPicture(file: string, name: string): Promise<ImportedPicture>;
  /** Raw straight-alpha pixels (channels 4) or a mask (channels 1) to a stored PNG. */
  storePixels(pixels: Uint8Array, size: Size, channels: 1 | 4): Promise<Asset>;
  /** WebP thumbnail fitting a square, made once and cached on disk; resolves to a file path. */
  thumbnail(hash: AssetHash, side: 128 | 256 | 512): Promise<string>;
}

export interface ResolvedPack {
  folder: string;
  manifest: PackManifest;
  packHash: string;
  excludedBackends: { backend: Backend; reason: string }[];
}

export interface PackService {
  /** Throws pack-missing or pack-invalid (cheap check: files present with their sizes). */
  resolve(id: PackId): ResolvedPack;
  /** Throws licence-needed when the user has yet to accept the pack's licence. */
  requireLicence(id: PackId): void;
  /** The pack a task uses when none is named. */
  defaultPackId(task: PipelineTask): PackId;
  /** Remembers that a backend failed for this pack (and these weights). */
  excludeBackend(id: PackId, backend: Backend, reason: string): void;
}

export interface RunProgress {
  phase: string;
  step: number;
  steps: number;
  fraction: number;
  backend: Backend | null;
}

/** Talks to the one inference process; starts and restarts it. */
export interface InferenceService {
  run(
    job: {
      request: GenerationRequest;
      inputFiles: Record<string, string>;
      pack: ResolvedPack;
      /** Those that `addOnsOfRequest` names. */
      addOns: ResolvedPack[];
      /** A file the run keeps its state in, to go on from; null: nothing is kept. */
      resumeFile: string | null;
      /** Defaults to the order `auto` or the request's preference gives, less what the pack excludes. */
      backends?: Backend[];
      workFolder: string;
    },
    callbacks: { onProgress(progress: RunProgress): void; onPreview(file: string, mediaType: string): void },
    signal: AbortSignal,
  ): Promise<RunResult>;
  warmUp(pack: ResolvedPack): Promise<void>;
  /** How long prompts are for a pack; beside a run in progress. */
  tokenize(pack: ResolvedPack, prompts: string[], embeddings: { token: string; vectors: number }[]): Promise<PromptTokens[]>;
  inspect(
    modelFile: string,
    convention: PackConvention | null,
  ): Promise<{ signature: GraphSignature; trial: { minimum: number; maximum: number; outputSize: Size } | null }>;
  /** The signatures of several graphs, all opened in one process that is used for nothing else. */
  signatures(
    modelFiles: readonly string[],
    options: { signal: AbortSignal; onOpened: (opened: number) => void },
  ): Promise<GraphSignature[]>;
  /** One run on the CPU, in a process that is used for nothing else. Throws what is wrong with the pack. */
  tryOut(
    pack: Omit<ResolvedPack, 'excludedBackends'>,
    request: GenerationRequest,
    workFolder: string,
    signal: AbortSignal,
  ): Promise<RunResult>;
  /** Writes copies of graphs with their weights stored smaller, in one process of their own. onFraction: 0..1 of them all */
  convert(
    graphs: readonly { modelFile: string; targetFile: string; storedAs: StoredAs }[],
    options: { signal: AbortSignal; onFraction: (fraction: number) => void },
  ): Promise<Conversion[]>;
  /** What each backend is worth here; probes on first use, remembered afterwards. */
  probes(options: { again: boolean }): Promise<BackendProbe[]>;
  backendOrder(preference: BackendPreference): Promise<Backend[]>;
  dispose(): Promise<void>;
}

export interface SettingsService {
  get(): Settings;
  /** The hub's token; null: none is stored. Never part of `get`, so that it reaches no page and no log. */
  hubToken(): string | null;
  update(patch: SettingsPatch): Settings;
}

/** Files uploaded for packs.import, and rendered exports waiting to be fetched. */
export interface TransferStore {
  addUpload(file: string, name: string): UploadId;
  takeUpload(id: UploadId): { file: string; name: string };
  addExport(file: string, fileName: string, mediaType: string): ExportId;
  exportFile(id: ExportId): { file: string; fileName: string; mediaType: string } | null;
}

export interface LibraryHealthService {
  check(options: { hashFiles: boolean }): Promise<LibraryHealth>;
}

/** Pictures of runs for the eye only, for /live/<id>. */
export interface LivePictures {
  get(id: LivePictureId): { file: string; mediaType: string } | null;
}

/** The latest preview picture of a running job, for /preview/<jobId>. */
export interface PreviewStore {
  set(jobId: JobId, file: string, mediaType: string): void;
  get(jobId: JobId): { file: string; mediaType: string } | null;
  clear(jobId: JobId): void;
}
