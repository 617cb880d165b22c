/** What a run's time follows, for the time left. */
import type { GenerationRequest } from '../../../shared/domain/generation.ts';
import { inputsOfRequest } from '../../../shared/domain/generation.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import type { AssetStore } from '../service-types.ts';
import type { RunShape } from './time-left.ts';

/** Pixels of the picture; for diffusion all pixels of all steps, of both sides of guidance and of each region. */
export function shapeOf(assets: Pick<AssetStore, 'record'>, request: GenerationRequest, { convention }: PackManifest): RunShape {
  const { image } = inputsOfRequest(request);
  const record = image === undefined ? null : assets.record(image);
  const picture = { width: record?.width ?? 1, height: record?.height ?? 1 };
  const pixels =
    request.kind === 'diffusion' && convention.task === 'diffusion'
      ? diffusionPixels(request, image === undefined ? convention.nativeSize : picture, convention.nativeSize)
      : picture.width * picture.height;
  return { kind: request.kind, packId: request.packId, pixels: Math.max(1, Math.round(pixels)) };
}

function diffusionPixels({ inputs, params }: Extract<GenerationRequest, { kind: 'diffusion' }>, usual: Size, native: Size): number {
  // Masked areas are worked on at the pack's own size.
  const base = inputs.mask === undefined ? usual : native;
  const area = (params.width || base.width) * (params.height || base.height);
  const items = 1 + (params.guidanceScale > 1 ? 1 : 0) + params.regions.length;
  const steps = params.steps * (inputs.image === undefined ? 1 : params.strength);
  const again = params.highResScale > 1 ? params.highResScale ** 2 * (params.highResSteps || params.steps) * params.highResStrength : 0;
  return area * items * (steps + again);
}
