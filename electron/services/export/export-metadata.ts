/** What goes into an exported picture about how it came about. */
import { embeddedMetadataFormatVersion, type EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import { inputsOfRequest, type Generation } from '../../../shared/domain/generation.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';
import type { GenerationStore } from '../service-types.ts';

/**
 * IPTC's word for a picture. A result that no picture went into is a model's work alone; an upscaled picture that came out
 * just so is an enhanced one; anything else that a model had a hand in is a composite. Without a model it is somebody's edit
 * of something that Kiln knows nothing about.
 */
export function sourceTypeOf(generations: readonly Generation[], image: AssetHash | null): EmbeddedMetadata['digitalSourceType'] {
  if (generations.length === 0) return 'humanEdits';
  const maker = generations.find(({ outputs }) => outputs.some(({ hash }) => hash === image));
  if (maker !== undefined && Object.keys(inputsOfRequest(maker.request)).length === 0) return 'trainedAlgorithmicMedia';
  if (maker?.request.kind === 'upscale' && generations.length === 1) return 'algorithmicallyEnhanced';
  return 'compositeWithTrainedAlgorithmicMedia';
}

/**
 * Placement and title are left out: they mean nothing elsewhere, or are private.
 * @param image the exported picture, when it is in the library
 */
export function metadataFor(
  store: Pick<GenerationStore, 'get'>,
  ids: readonly GenerationId[],
  version: string,
  image: AssetHash | null = null,
): EmbeddedMetadata {
  const made = ids.flatMap((id) => store.get(id) ?? []).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  return {
    formatVersion: embeddedMetadataFormatVersion,
    software: `Kiln ${version}`,
    digitalSourceType: sourceTypeOf(made, image),
    generations: made.map(({ request, pack, createdAtMs, size, details }) => ({
      request: { ...request, placement: null, projectId: null, title: '' },
      pack: { id: pack.id, name: pack.name, version: pack.version, packHash: pack.packHash },
      createdAtMs,
      size,
      scheduler: typeof details['scheduler'] === 'string' ? details['scheduler'] : null,
    })),
  };
}
