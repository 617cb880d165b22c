/** A track played by one of our instruments: its sounding notes, and the room for new ones. */
import type { Insert, Instrument, NoteStart, TrackSound, Voice } from './sound.ts';

interface Sounding {
  voice: Voice;
  pitch: number;
  group: number | null;
  /** Frames until it begins. */
  offset: number;
  /** Frames, from its beginning, until the key goes up; -1 once it is up. */
  held: number;
  /** Frames of the fade that are left; Infinity: none. */
  fading: number;
}

export interface BuiltInOptions {
  sampleRate: number;
  /** Most notes at once; the one that matters least makes room. */
  polyphony: number;
}

const blockFrames = 128;
const fadeS = 0.012;

export class BuiltInSound implements TrackSound {
  readonly #instrument: Instrument;
  readonly #options: BuiltInOptions;
  readonly #insert: Insert | null;
  readonly #fadeFrames: number;
  readonly #left = new Float32Array(blockFrames);
  readonly #right = new Float32Array(blockFrames);
  readonly #fadeLeft = new Float32Array(blockFrames);
  readonly #fadeRight = new Float32Array(blockFrames);
  #sounding: Sounding[] = [];
  /** Inserts ring on a little after the last note. */
  #idleFrames = Infinity;

  constructor(instrument: Instrument, options: BuiltInOptions) {
    this.#instrument = instrument;
    this.#options = options;
    this.#insert = instrument.insert?.(options.sampleRate) ?? null;
    this.#fadeFrames = Math.round(options.sampleRate * fadeS);
  }

  get voices(): number {
    return this.#sounding.length;
  }

  start(note: NoteStart, offset: number, durationFrames: number): void {
    const voice = this.#instrument.start(note, this.#options.sampleRate);
    if (voice === null) return;
    const group = this.#instrument.chokeGroup?.(note.pitch) ?? null;
    if (group !== null) for (const other of this.#sounding) if (other.group === group) this.#fade(other);
    const playing = this.#sounding.filter(({ fading }) => fading === Infinity);
    if (playing.length >= this.#options.polyphony) {
      // Released ones first, then the oldest.
      const leaving = playing.find(({ held }) => held < 0) ?? playing[0];
      if (leaving !== undefined) this.#fade(leaving);
    }
    this.#sounding.push({ voice, pitch: note.pitch, group, offset, held: Math.max(1, durationFrames), fading: Infinity });
    this.#idleFrames = 0;
  }

  #fade(note: Sounding): void {
    note.fading = Math.min(note.fading, this.#fadeFrames);
  }

  stop(pitch: number): void {
    for (const note of this.#sounding) if (note.pitch === pitch && note.held === Infinity) note.held = 0;
  }

  releaseAll(): void {
    for (const note of this.#sounding) if (note.held > 0) note.held = 0;
  }

  silence(): void {
    for (const note of this.#sounding) this.#fade(note);
  }

  render(left: Float32Array, right: Float32Array, frames: number): void {
    if (this.#sounding.length === 0 && this.#idleFrames > this.#options.sampleRate / 4) return;
    for (let start = 0; start < frames; start += blockFrames) this.#renderBlock(left, right, start, Math.min(blockFrames, frames - start));
  }

  #renderBlock(left: Float32Array, right: Float32Array, start: number, frames: number): void {
    this.#left.fill(0, 0, frames);
    this.#right.fill(0, 0, frames);
    this.#sounding = this.#sounding.filter((note) => this.#renderNote(note, frames));
    this.#idleFrames = this.#sounding.length > 0 ? 0 : this.#idleFrames + frames;
    this.#insert?.process(this.#left, this.#right, 0, frames);
    const { gain } = this.#instrument;
    for (let index = 0; index < frames; index += 1) {
      left[start + index] = (left[start + index] ?? 0) + (this.#left[index] ?? 0) * gain;
      right[start + index] = (right[start + index] ?? 0) + (this.#right[index] ?? 0) * gain;
    }
  }

  /** False once it has ended. */
  #renderNote(note: Sounding, frames: number): boolean {
    if (note.fading === Infinity) return this.#advance(note, this.#left, this.#right, frames);
    this.#fadeLeft.fill(0, 0, frames);
    this.#fadeRight.fill(0, 0, frames);
    const more = this.#advance(note, this.#fadeLeft, this.#fadeRight, frames);
    for (let index = 0; index < frames && note.fading > 0; index += 1) {
      const gain = note.fading / this.#fadeFrames;
      note.fading -= 1;
      this.#left[index] = (this.#left[index] ?? 0) + (this.#fadeLeft[index] ?? 0) * gain;
      this.#right[index] = (this.#right[index] ?? 0) + (this.#fadeRight[index] ?? 0) * gain;
    }
    return more && note.fading > 0;
  }

  #advance(note: Sounding, left: Float32Array, right: Float32Array, frames: number): boolean {
    const from = Math.min(frames, note.offset);
    note.offset -= from;
    if (from === frames) return true;
    let more = true;
    let at = from;
    if (note.held >= 0 && note.held <= frames - from) {
      at = from + note.held;
      if (at > from) more = note.voice.render(left, right, from, at);
      note.voice.release();
      note.held = -1;
    } else if (note.held > 0) {
      note.held -= frames - from;
    }
    return at < frames ? note.voice.render(left, right, at, frames) && more : more;
  }
}
