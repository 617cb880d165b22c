/** The latest preview picture of each running job. A newer one replaces the older, whose file is deleted. */
import type { JobId } from '../../../shared/domain/ids.ts';
import type { PreviewStore } from '../service-types.ts';
import { openOwnedFolder } from './owned-folder.ts';

/** @param folder owned by the store and emptied at start */
export function createPreviewStore(folder: string): PreviewStore {
  const owned = openOwnedFolder(folder);
  const previews = new Map<JobId, { file: string; mediaType: string }>();

  function clear(jobId: JobId): void {
    const preview = previews.get(jobId);
    if (preview === undefined) return;
    previews.delete(jobId);
    owned.remove(preview.file);
  }

  return {
    set(jobId, file, mediaType) {
      const moved = owned.takeOver(file);
      clear(jobId);
      previews.set(jobId, { file: moved, mediaType });
    },
    get: (jobId) => previews.get(jobId) ?? null,
    clear,
  };
}
