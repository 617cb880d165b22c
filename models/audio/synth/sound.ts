/** What the engine asks of instruments, and of anything else that makes a track sound. */

export interface NoteStart {
  /** MIDI note number. */
  pitch: number;
  /** 0..1. */
  velocity: number;
  /** All chance within the note comes from it. */
  seed: number;
}

/** One sounding note. */
export interface Voice {
  /** Adds frames `from` to `to`; false once nothing more will come. */
  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean;
  /** The key goes up. */
  release(): void;
}

/** An effect on a whole track, in place. Its state moves by the sample, so that the length of blocks does not matter. */
export interface Insert {
  process(left: Float32Array, right: Float32Array, from: number, to: number): void;
}

export interface Instrument {
  name: string;
  /** Brings all instruments to one loudness. */
  gain: number;
  start(note: NoteStart, sampleRate: number): Voice | null;
  insert?(sampleRate: number): Insert;
  /** Notes of one group cut each other off. */
  chokeGroup?(pitch: number): number | null;
}

/** The sound of one track: our instruments, or a SoundFont. */
export interface TrackSound {
  /** @param offset frames into the next rendered block; @param durationFrames until the key goes up, Infinity: until `stop` */
  start(note: NoteStart, offset: number, durationFrames: number): void;
  /** The keys of this pitch go up now. */
  stop(pitch: number): void;
  /** All keys go up. */
  releaseAll(): void;
  /** Ends everything within some milliseconds. */
  silence(): void;
  /** Adds `frames` frames. */
  render(left: Float32Array, right: Float32Array, frames: number): void;
}
