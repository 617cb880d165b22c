/** What an exported piece says of itself. */
import type { AssetHash, GenerationId } from '../../../../shared/domain/ids.ts';
import { sourceTypeOf } from '../../export/export-metadata.ts';
import type { GenerationStore } from '../../service-types.ts';
import type { FileTags } from '../files/music-file.ts';

/**
 * Seed and pack are those of the newest generation. The comment has IPTC's word for how the piece came about, where a model had
 * a hand in it; formats of sound have no field of their own for that.
 * @param asset the exported score or sound
 */
export function musicTags(
  store: Pick<GenerationStore, 'get'>,
  { title, generationIds, asset, version }: { title: string; generationIds: readonly GenerationId[]; asset: AssetHash; version: string },
): FileTags {
  const made = generationIds.flatMap((id) => store.get(id) ?? []).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  const newest = made.at(-1);
  const software = `Made with Kiln ${version}`;
  if (newest === undefined) return { title, comment: software };
  return {
    title,
    seed: newest.request.seed,
    pack: `${newest.pack.name} ${newest.pack.version}`,
    comment: `${software} (IPTC digital source type: ${sourceTypeOf(made, asset)})`,
  };
}
