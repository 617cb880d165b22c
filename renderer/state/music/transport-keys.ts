/** Keys of the music room that play: space, and the computer's keys as a piano. The room hands its key events on. */
import { keyTargetOf } from '../key-target.ts';
import { midiInput } from './midi-input.svelte.ts';
import { player } from './player.svelte.ts';

/** These need the space bar for themselves. */
const ownSpace = 'select, summary, input[type="checkbox"], input[type="radio"], input[type="file"], [role="checkbox"], [role="switch"]';

/**
 * For `keydown` of the whole room: space plays and pauses from anywhere but text fields, dialogs and boxes to tick; it ends a recording.
 * Piano keys play while they are switched on.
 * @returns whether the key was taken; the event's own action is then prevented
 */
export function transportKeydown(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || keyTargetOf(event.target) === 'text') return false;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
  if (event.code === 'Space' && plain) {
    if (event.target instanceof Element && event.target.closest(`dialog, ${ownSpace}`) !== null) return false;
    event.preventDefault();
    if (event.repeat) return true;
    if (midiInput.recording) midiInput.stopRecording();
    else player.toggle();
    return true;
  }
  if (!midiInput.keydown(event)) return false;
  event.preventDefault();
  return true;
}

/** For `keyup` of the whole room. */
export function transportKeyup(event: KeyboardEvent): boolean {
  return midiInput.keyup(event);
}
