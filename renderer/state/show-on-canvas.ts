import { navigation } from './navigation.svelte.ts';
import { studioState } from './studio-state.svelte.ts';

/** Goes to the canvas once a picture has been brought there; reports what goes wrong and stays. */
export function showOnCanvas(bringing: Promise<void>): void {
  bringing.then(
    () => navigation.go('canvas'),
    (error: unknown) => studioState.fail(error),
  );
}
