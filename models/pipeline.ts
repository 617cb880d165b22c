/** The shape of every pipeline: (inputs, request, context) -> outputs. Pure of files, processes and runtimes. */
import type { PackConvention, PackManifest } from '../shared/domain/pack-manifest.ts';
import type { GenerationDetails, GenerationKind, GenerationRequest, GenerationOutput } from '../shared/domain/generation.ts';
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

export interface PipelineContext<Kind extends GenerationKind = GenerationKind> {
  manifest: PackManifest;
  /** The manifest's, known to be of the request's kind. */
  convention: Extract<PackConvention, { task: Kind }>;
  /**
   * A graph of the pack on the backend of this attempt; cached between runs. Without a name, the manifest's model; a name
   * must be one of the manifest's files.
   */
  session(file?: string): Promise<ModelSession>;
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

export interface PipelineOutput {
  role: GenerationOutput['role'];
  image: PixelImage;
  /** Where it lies in the input image. */
  bounds: Rect;
}

export type Pipeline<Kind extends GenerationKind> = (
  inputs: Readonly<Record<string, PixelImage>>,
  request: Extract<GenerationRequest, { kind: Kind }>,
  context: PipelineContext<Kind>,
) => Promise<PipelineOutput[]>;
