/** The requests of one press of "Generate here": the same but for the seed. */
import type { BackendPreference } from '../../shared/domain/backend.ts';
import type { DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import type { DocumentRecord } from '../../shared/domain/document.ts';
import type { DiffusionRequest } from '../../shared/domain/generation.ts';
import type { Rect, Size } from '../../shared/domain/geometry.ts';
import type { AssetHash, GenerationId, PackId } from '../../shared/domain/ids.ts';
import type { DiffusionParams } from '../../shared/pipelines/diffusion.ts';
import { sizeOf, sizeStepPx } from './generate-size.ts';

export interface GeneratePress {
  /** As saved right before: its snapshot brings this moment back. */
  record: DocumentRecord;
  region: Rect;
  image: AssetHash | null;
  mask: AssetHash | null;
  /** Nothing lies there that strength could keep. */
  empty: boolean;
  /** One for each of the parameters' regions. */
  regions: readonly AssetHash[];
  packId: PackId;
  convention: DiffusionConvention;
  params: DiffusionParams;
  backend: BackendPreference;
  parentId: GenerationId | null;
  /** Of the first result; the others follow. */
  seed: number;
  count: number;
}

const longestTitle = 200;

/** The size the model works at for a place that is made as a whole: its own where it can, else its native area in the same proportions. */
export function workingSize(place: Size, convention: Pick<DiffusionConvention, 'vae' | 'nativeSize'>): Size {
  return sizeOf('image', place, place, convention.nativeSize, sizeStepPx(convention));
}

export function generateRequests(press: GeneratePress): DiffusionRequest[] {
  const { record, region, image, mask, empty, regions, packId, convention, params, backend, parentId, seed, count } = press;
  // A masked part is cropped by the pipeline, which knows best; a whole is made at one size.
  const size = mask === null ? workingSize(region, convention) : { width: 0, height: 0 };
  const [region1, region2, region3, region4] = regions;
  const kept = empty ? { strength: 1, maskFill: 'noise' as const } : {};
  return Array.from({ length: count }, (_, index) => ({
    kind: 'diffusion',
    projectId: record.projectId,
    packId,
    seed: (seed + index) >>> 0,
    backend,
    placement: { documentId: record.id, snapshot: record.snapshot, region },
    parentId: image === null ? null : parentId,
    title: (params.prompt.trim() === '' ? record.name : params.prompt.trim()).slice(0, longestTitle),
    inputs: {
      ...(image === null ? {} : { image }),
      ...(mask === null ? {} : { mask }),
      ...(region1 === undefined ? {} : { region1 }),
      ...(region2 === undefined ? {} : { region2 }),
      ...(region3 === undefined ? {} : { region3 }),
      ...(region4 === undefined ? {} : { region4 }),
    },
    params: { ...params, ...size, ...kept, regions: params.regions.slice(0, regions.length) },
  }));
}
