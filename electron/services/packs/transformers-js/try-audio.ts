/** Does it make a sound at all? Half a second, or two words, in a process of its own, through the same pipeline as any run. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { AudioRequest } from '../../../../shared/domain/generation.ts';
import type { AudioConvention } from '../../../../shared/domain/music-convention.ts';
import type { PackManifest } from '../../../../shared/domain/pack-manifest.ts';
import { audioParamsSchema } from '../../../../shared/pipelines/audio.ts';
import type { InferenceService } from '../../service-types.ts';
import { packHashOf } from '../pack-files.ts';

export interface TryAudioOptions {
  folder: string;
  manifest: PackManifest;
  convention: AudioConvention;
  inference: Pick<InferenceService, 'tryOut'>;
  /** The sound goes below it. */
  staging: string;
  signal: AbortSignal;
}

/** @throws cancelled; else the pipeline's own reason, as model-mismatch or model-output-invalid */
export async function tryAudio({ folder, manifest, convention, inference, staging, signal }: TryAudioOptions): Promise<void> {
  const workFolder = join(staging, 'tried');
  await mkdir(workFolder, { recursive: true });
  const request: AudioRequest = {
    kind: 'audio',
    projectId: null,
    packId: manifest.id,
    seed: 7,
    backend: 'cpu',
    placement: null,
    parentId: null,
    title: '',
    inputs: {},
    params: audioParamsSchema.parse({ text: convention.sampleText, seconds: 0.5, normalise: false }),
  };
  try {
    const { outputs } = await inference.tryOut({ folder, manifest, packHash: packHashOf(manifest) }, request, workFolder, signal);
    if (!outputs.some(({ role }) => role === 'audio')) throw new AppError('model-output-invalid', 'It gave no sound.');
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', 'The import was stopped.', { cause: error });
    if (!(error instanceof AppError)) throw error;
    throw new AppError(
      error.code === 'internal' || error.code === 'invalid-request' ? 'model-mismatch' : error.code,
      `The model was recognised, but it made no sound: ${error.message}`,
      { action: error.action ?? 'The files may be damaged, or of different models: download it again.', cause: error },
    );
  }
}
