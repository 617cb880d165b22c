/** The first run of a pack that is being imported, in a process of its own, through the same pipeline as any other run. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type ErrorCode } from '../../../shared/contract/errors.ts';
import type { GenerationOutput, GenerationRequest } from '../../../shared/domain/generation.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import type { InferenceService } from '../service-types.ts';
import { packHashOf } from './pack-files.ts';

export interface TryOptions {
  folder: string;
  manifest: PackManifest;
  inference: Pick<InferenceService, 'tryOut'>;
  /** What comes out goes below it. */
  staging: string;
  signal: AbortSignal;
}

/** What every such request has in common. */
export const tryRequestBase = ({ id }: PackManifest) =>
  ({ projectId: null, packId: id, seed: 7, backend: 'cpu', placement: null, parentId: null, title: '' }) as const;

export interface TryWords {
  /** What the run must give. */
  role: GenerationOutput['role'];
  /** "It gave no picture." */
  nothing: string;
  /** After "The model was recognised, but ". */
  failed: string;
  /** Codes that mean that the graphs are not what they were taken for. */
  mismatches: readonly ErrorCode[];
}

/** @throws cancelled; else the pipeline's own reason, as model-mismatch or model-output-invalid */
export async function tryRequest(
  request: GenerationRequest,
  { folder, manifest, inference, staging, signal }: TryOptions,
  { role, nothing, failed, mismatches }: TryWords,
): Promise<void> {
  const workFolder = join(staging, 'tried');
  await mkdir(workFolder, { recursive: true });
  try {
    const { outputs } = await inference.tryOut({ folder, manifest, packHash: packHashOf(manifest) }, request, workFolder, signal);
    if (!outputs.some((output) => output.role === role)) throw new AppError('model-output-invalid', nothing);
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', 'The import was stopped.', { cause: error });
    if (!(error instanceof AppError)) throw error;
    throw new AppError(
      mismatches.includes(error.code) ? 'model-mismatch' : error.code,
      `The model was recognised, but ${failed}: ${error.message}`,
      { action: error.action ?? 'The files may be damaged, or of different models: download it again.', cause: error },
    );
  }
}
