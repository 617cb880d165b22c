/** The shape of every pipeline: (inputs, request, context) -> outputs. Pure of files, processes and runtimes. */
import type { PackConvention, PackManifest } from '../shared/domain/pack-manifest.ts';
import type { GenerationDetails, GenerationKind, GenerationRequest, GenerationOutput, MusicKind } from '../shared/domain/generation.ts';
import type { AudioParams } from '../shared/pipelines/audio.ts';
import type { PackId } from '../shared/domain/ids.ts';
import type { Rect, Size } from '../shared/domain/geometry.ts';
import type { ModelSession } from './runtime.ts';

/** 8-bit pixels, row-major, interleaved; sRGB; alpha straight. channels 1 (mask), 3 or 4. */
export interface PixelImage extends Size {
  channels: 1 | 3 | 4;
  data: Uint8Array;
}

/** The part of AbortSignal that pipelines use. */
export interface CancellationSignal {
  readonly aborted: boolean;
  throwIfAborted(): void;
}

/** What is changed in a graph before it is opened. Sessions are cached by graph and changes. */
export interface GraphChanges {
  /** Packs of the request's add-ons, merged into the weights in this order. */
  loras: readonly { packId: PackId; weight: number }[];
  freeU: { b1: number; b2: number; s1: number; s2: number } | null;
  /**
   * Textual inversion, for text encoders. Vectors 0..n-1 of the add-on pack's weights (its key for this encoder) become rows
   * firstId..firstId+n-1 of the token table: the constant [vocabulary, width] that a Gather on axis 0 reads with indices that
   * come from the graph's input `input_ids`, directly or through Cast, Reshape, Unsqueeze and the like. Rows that exist are
   * overwritten; a table with fewer rows grows, gaps being zeros. Values are converted to the table's element type.
   * @throws model-mismatch when the width differs or no such table is found
   */
  embeddings?: readonly { packId: PackId; /** 1: clip_l, 2: clip_g. */ encoder: 1 | 2; firstId: number }[];
}

/** A pack beside the main one: a LoRA or an embedding that the request names. */
export interface AddOnPack {
  manifest: PackManifest;
  /** The bytes of one of its files, which must be among its manifest's. */
  bytes(file: string): Promise<Uint8Array>;
}

/** Where a long run keeps its state, so that it goes on there after an interruption or a cancel. */
export interface ResumePoint {
  /** What an earlier attempt of the same job saved; null: none. */
  saved(): Promise<Uint8Array | null>;
  save(state: Uint8Array): Promise<void>;
}

/** The convention of packs that a pipeline runs. */
export type PipelineConvention = Extract<PackConvention, { task: GenerationKind }>;

export function isPipelineConvention(convention: PackConvention): convention is PipelineConvention {
  return convention.task !== 'lora' && convention.task !== 'embedding';
}

/** Words to sound, by a runtime of its own (transformers.js): see electron/inference/text-to-audio. */
export interface TextToAudio {
  /**
   * @returns one Float32Array a channel, -1..1
   * @throws AppError pack-invalid, model-mismatch, cancelled
   */
  generate(
    params: AudioParams,
    options: { seed: number; signal: CancellationSignal; onProgress: (step: number, steps: number) => void },
  ): Promise<{ channels: Float32Array[]; sampleRate: number }>;
}

export interface PipelineContext<Kind extends GenerationKind = GenerationKind> {
  manifest: PackManifest;
  /** The manifest's, known to be of the request's kind. */
  convention: Extract<PackConvention, { task: Kind }>;
  /**
   * A graph of the pack on the backend of this attempt; cached between runs. Without a name, the manifest's model; a name
   * must be one of the manifest's files.
   */
  session(file?: string, changes?: GraphChanges): Promise<ModelSession>;
  /** The graph is not needed again in this run: it may be closed when room is short. */
  letGo(file: string): void;
  /** An add-on of the request. @throws pack-missing when the request does not name it */
  addOn(packId: PackId): AddOnPack;
  /** Null where nothing is kept (live runs, tests). */
  resume: ResumePoint | null;
  /** Bytes that loaded models may take together. */
  sessionMemoryBytes: number;
  /** An input that is no picture. @throws invalid-request when the request has none of that role */
  inputBytes(role: string): Promise<Uint8Array>;
  /** For packs of audio models: opens the pack on the backend of this attempt. */
  textToAudio(): Promise<TextToAudio>;
  /** The text of one of the pack's data files. */
  packText(file: string): Promise<string>;
  /** Aborted on cancel: check between steps with signal.throwIfAborted(). */
  signal: CancellationSignal;
  /** Lets waiting messages in, such as a cancel: for long work between runs of a session. */
  breathe?(): Promise<void>;
  /** step of steps within a phase; fraction 0..1 over the whole run, never falling. */
  progress(phase: string, step: number, steps: number, fraction: number): void;
  preview(image: PixelImage): void;
  /** Times a phase; the sums reach the generation record. */
  time<Result>(phase: string, work: () => Promise<Result> | Result): Promise<Result>;
  /** A remark for the user, kept with the generation. */
  note(text: string): void;
  /** A result that is not a picture, kept with the generation under a name. */
  detail(name: string, value: GenerationDetails[string]): void;
}

/** A result that is no picture. */
export interface PipelineFile {
  role: 'score' | 'audio';
  bytes: Uint8Array;
  mediaType: string;
}

export interface PipelinePicture {
  role: Exclude<GenerationOutput['role'], PipelineFile['role']>;
  image: PixelImage;
  /** Where it lies in the input image. */
  bounds: Rect;
}

export type PipelineOutput = PipelinePicture | PipelineFile;
/** Music comes with a picture of itself; all else is pictures. */
export type OutputsOf<Kind extends GenerationKind> = (Kind extends MusicKind ? PipelineOutput : PipelinePicture)[];

export type Pipeline<Kind extends GenerationKind> = (
  inputs: Readonly<Record<string, PixelImage>>,
  request: Extract<GenerationRequest, { kind: Kind }>,
  context: PipelineContext<Kind>,
) => Promise<OutputsOf<Kind>>;
