/** The shape of every pipeline: (inputs, request, context) -> outputs. Pure of files, processes and runtimes. */
import type { PackManifest } from '../shared/domain/pack-manifest.ts';
import type { GenerationRequest, GenerationOutput } from '../shared/domain/generation.ts';
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

export interface PipelineContext {
  manifest: PackManifest;
  /** The session of the manifest's model on the backend of this attempt; cached between runs. */
  session(): Promise<ModelSession>;
  /** Aborted on cancel: check between steps with signal.throwIfAborted(). */
  signal: CancellationSignal;
  /** step of steps within a phase; fraction 0..1 over the whole run, never falling. */
  progress(phase: string, step: number, steps: number, fraction: number): void;
  preview(image: PixelImage): void;
  /** Times a phase; the sums reach the generation record. */
  time<Result>(phase: string, work: () => Promise<Result> | Result): Promise<Result>;
  /** A remark for the user, kept with the generation. */
  note(text: string): void;
}

export interface PipelineOutput {
  role: GenerationOutput['role'];
  image: PixelImage;
  /** Where it lies in the input image. */
  bounds: Rect;
}

export type Pipeline<Request extends GenerationRequest = GenerationRequest> = (
  inputs: Readonly<Record<string, PixelImage>>,
  request: Request,
  context: PipelineContext,
) => Promise<PipelineOutput[]>;
