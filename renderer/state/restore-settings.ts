/** `offerSettings` and `offerForeignSettings` over this window's studio. */
import { studio } from '../api/studio.ts';
import type { UploadResultOf } from '../../shared/contract/upload.ts';
import { navigation } from './navigation.svelte.ts';
import { offerForeignSettings, offerSettings, type RestoreDependencies } from './restore-metadata.ts';
import { studioState } from './studio-state.svelte.ts';

/** Call after importing a picture, with what the upload answered. */
export function offerPictureSettings(
  { embedded, foreign }: Pick<UploadResultOf<'image'>, 'embedded' | 'foreign'>,
  name: string,
): Promise<void> {
  const dependencies: RestoreDependencies = {
    studio,
    packs: () => studioState.packs,
    navigate: (room, what) => navigation.send(room, what),
    notify: (notice) => studioState.notify(notice),
    onError: (error) => studioState.fail(error),
  };
  offerForeignSettings(foreign, name, studioState.defaultPack('diffusion'), dependencies);
  return offerSettings(embedded, name, dependencies);
}
