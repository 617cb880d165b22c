/** The requests of one press of Inpaint: the same but for the seed. */
import type { BackendPreference } from '../../shared/domain/backend.ts';
import type { DocumentRecord } from '../../shared/domain/document.ts';
import type { InpaintRequest } from '../../shared/domain/generation.ts';
import type { Rect } from '../../shared/domain/geometry.ts';
import type { AssetHash, GenerationId, PackId } from '../../shared/domain/ids.ts';
import type { InpaintParams } from '../../shared/pipelines/inpaint.ts';

export interface InpaintPress {
  /** As saved right before: its snapshot brings this moment back. */
  record: DocumentRecord;
  /** The crop that was sent, in canvas pixels. */
  region: Rect;
  image: AssetHash;
  mask: AssetHash;
  packId: PackId;
  params: InpaintParams;
  backend: BackendPreference;
  parentId: GenerationId | null;
  /** Of the first result; the others follow. */
  seed: number;
  count: number;
}

export function inpaintRequests(press: InpaintPress): InpaintRequest[] {
  const { record, region, image, mask, packId, params, backend, parentId, seed, count } = press;
  return Array.from({ length: count }, (_, index) => ({
    kind: 'inpaint',
    projectId: record.projectId,
    packId,
    seed: (seed + index) >>> 0,
    backend,
    placement: { documentId: record.id, snapshot: record.snapshot, region },
    parentId,
    title: record.name,
    inputs: { image, mask },
    params,
  }));
}
