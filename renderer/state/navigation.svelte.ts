/** Which room is open, and what one room hands to another. */
import type { Generation } from '../../shared/domain/generation.ts';
import type { AssetHash, ClipId, GenerationId } from '../../shared/domain/ids.ts';

export const rooms = [
  'start',
  'canvas',
  'generate',
  'upscale',
  'style',
  'palette',
  'texture',
  'music',
  'history',
  'packs',
  'settings',
] as const;
export type Room = (typeof rooms)[number];

/** A picture of the library. */
export interface PictureRef {
  name: string;
  hash: AssetHash;
  width: number;
  height: number;
  /** The generation whose result it is: what is made from it names that one as its parent. */
  madeBy?: GenerationId;
}

export interface HandOver {
  /** To be worked on. */
  picture?: PictureRef;
  /** Whose parameters the room takes up. */
  generation?: Generation;
  /** To be opened in the music room. */
  clip?: ClipId;
}

class Navigation {
  #room: Room = $state('start');
  #handed: { room: Room; what: HandOver } | null = $state.raw(null);

  get room(): Room {
    return this.#room;
  }

  go(room: Room): void {
    this.#room = room;
  }

  /** Opens a room with something to work on. */
  send(room: Room, what: HandOver): void {
    this.#handed = { room, what };
    this.#room = room;
  }

  /** What was sent to this room, once; null when there is nothing. Read it in an effect: it changes while a room is open. */
  take(room: Room): HandOver | null {
    const handed = this.#handed;
    if (handed?.room !== room) return null;
    this.#handed = null;
    return handed.what;
  }
}

export const navigation = new Navigation();
