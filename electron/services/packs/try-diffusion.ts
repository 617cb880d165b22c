/** Does it run at all? One step at a small size, in a process of its own, through the same pipeline as any picture. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { DiffusionRequest } from '../../../shared/domain/generation.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { diffusionParamsSchema } from '../../../shared/pipelines/diffusion.ts';
import type { InferenceService } from '../service-types.ts';
import { packHashOf } from './pack-files.ts';

/** Eight latents a side survive the three halvings that UNets have. */
const fewestLatents = 8;

export interface TryDiffusionOptions {
  folder: string;
  manifest: PackManifest;
  convention: DiffusionConvention;
  inference: Pick<InferenceService, 'tryOut'>;
  /** Pictures of the try go below it. */
  staging: string;
  signal: AbortSignal;
}

/** @throws cancelled; else the pipeline's own reason, as model-mismatch or model-output-invalid */
export async function tryDiffusion({ folder, manifest, convention, inference, staging, signal }: TryDiffusionOptions): Promise<void> {
  const workFolder = join(staging, 'tried');
  await mkdir(workFolder, { recursive: true });
  const { nativeSize, vae, defaults } = convention;
  const side = (native: number): number => Math.min(native, Math.max(64, fewestLatents * vae.scale));
  const request: DiffusionRequest = {
    kind: 'diffusion',
    projectId: null,
    packId: manifest.id,
    seed: 7,
    backend: 'cpu',
    placement: null,
    parentId: null,
    title: '',
    inputs: {},
    params: diffusionParamsSchema.parse({
      prompt: 'a red apple',
      width: side(nativeSize.width),
      height: side(nativeSize.height),
      steps: 1,
      guidanceScale: defaults.guidanceScale,
    }),
  };
  try {
    const { outputs } = await inference.tryOut({ folder, manifest, packHash: packHashOf(manifest) }, request, workFolder, signal);
    if (!outputs.some(({ role }) => role === 'image')) throw new AppError('model-output-invalid', 'It gave no picture.');
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', 'The import was stopped.', { cause: error });
    if (!(error instanceof AppError)) throw error;
    throw new AppError(
      error.code === 'internal' ? 'model-mismatch' : error.code,
      `The model was recognised, but a first step with it failed: ${error.message}`,
      { action: error.action ?? 'The files may be damaged, or of different models: download it again.', cause: error },
    );
  }
}
