/** `offerSettings` over this window's studio. */
import { studio } from '../api/studio.ts';
import type { EmbeddedMetadata } from '../../shared/domain/embedded-metadata.ts';
import { navigation } from './navigation.svelte.ts';
import { offerSettings } from './restore-metadata.ts';
import { studioState } from './studio-state.svelte.ts';

/** Call after importing a picture, with what the upload answered. */
export function offerEmbeddedSettings(embedded: EmbeddedMetadata | null, name: string): Promise<void> {
  return offerSettings(embedded, name, {
    studio,
    packs: () => studioState.packs,
    navigate: (room, what) => navigation.send(room, what),
    notify: (notice) => studioState.notify(notice),
    onError: (error) => studioState.fail(error),
  });
}
