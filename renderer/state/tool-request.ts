import type { Pack } from '../../shared/domain/pack.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { studioState } from './studio-state.svelte.ts';

/** What requests of the tools beside the canvas have in common; `untitled` names what is made from no picture. */
export function toolRequestBase(pack: Pack, picture: PictureRef | null, untitled = '') {
  return {
    projectId: null,
    packId: pack.manifest.id,
    backend: studioState.settings.backend,
    placement: null,
    parentId: picture?.madeBy ?? null,
    title: picture === null ? untitled : picture.name.slice(0, 200),
  };
}
