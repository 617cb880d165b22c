/**
 * Plays scores. The same engine runs in an AudioWorklet and offline, always in blocks of 128 frames from the start of the score, so
 * what is heard is what is exported, sample by sample.
 */
import { heardTracks, tickAt, type Score, type Track } from '../../../shared/music/score.ts';
import { instrumentOfProgram, instruments } from '../instruments/catalogue.ts';
import { gainOfDb } from '../dsp/levels.ts';
import { mixSeeds } from '../dsp/noise.ts';
import { Limiter } from '../loudness/limiter.ts';
import { BuiltInSound } from './built-in-sound.ts';
import { MixerStrip } from './mixer-strip.ts';
import { Reverb } from './reverb.ts';
import type { TrackSound } from './sound.ts';
import { TempoMap } from './tempo-map.ts';
import { beatsOf, firstFrom, timedNotes, type Beat, type TimedNote } from './timeline.ts';

export interface EngineOptions {
  /** Hz, 22050..192000. */
  sampleRate: number;
  /** All chance (bows, plucks, breath) comes from it. */
  seed?: number;
  /** The limiter at the end of the mix; on unless told. */
  limiter?: boolean;
  /** Most notes at once in one track. */
  polyphony?: number;
  /** Another sound for a track than ours, such as a SoundFont's; null: ours. */
  soundOf?: (track: Track) => TrackSound | null;
}

export const blockFrames = 128;
/** One track at its usual volume plays at about -25 LUFS, eight at -16, before the limiter. */
const mixGain = 1.25;
/** dB of full scale, true peak: of the limiter at the end of the mix. */
export const mixCeilingDb = -0.5;

interface Part {
  track: Track;
  sound: TrackSound;
  strip: MixerStrip;
  notes: readonly TimedNote[];
  next: number;
  /** What it sounded with before, while that fades. */
  leaving: Leaving[];
}

/** A sound that was told to be silent. */
interface Leaving {
  sound: TrackSound;
  /** Frames until nothing of it is left. */
  frames: number;
}

/** Clicks before the music. */
export interface CountIn {
  beats: number;
  secondsPerBeat: number;
}

interface Stereo {
  left: Float32Array;
  right: Float32Array;
}
const stereoBlock = (): Stereo => ({ left: new Float32Array(blockFrames), right: new Float32Array(blockFrames) });
/** More than a sound takes to be silent. */
const leavingS = 0.03;
const sameInstrument = (a: Track, b: Track): boolean => JSON.stringify(a.instrument) === JSON.stringify(b.instrument);
const sameTempos = (a: Score['tempos'], b: Score['tempos']): boolean =>
  a === b || (a.length === b.length && a.every(({ tick, bpm }, index) => tick === b[index]?.tick && bpm === b[index].bpm));

export class Engine {
  readonly sampleRate: number;
  /** Frames by which the limiter makes the output come later. */
  readonly latencyFrames: number;
  readonly #options: EngineOptions;
  readonly #seed: number;
  readonly #reverb: Reverb;
  readonly #limiter: Limiter | null;
  readonly #click: BuiltInSound;
  readonly #source = stereoBlock();
  readonly #send = stereoBlock();
  readonly #mix = stereoBlock();
  /** Frames of `#mix` already handed out. */
  #taken = blockFrames;
  #parts: Part[] = [];
  /** Of tracks that were taken out, until they are silent. */
  #leaving: Part[] = [];
  #tempos: Score['tempos'] | null = null;
  #beats: readonly Beat[] = [];
  #frame = 0;
  #playing = false;
  #metronome = false;
  #loop: { start: number; end: number } | null = null;
  #liveNotes = 0;
  /** Frames until the music begins, and the clicks before it: the frame from the count-in's start. */
  #countIn: { left: number; total: number; clicks: number[] } | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.sampleRate = options.sampleRate;
    this.#seed = options.seed ?? 0;
    this.#reverb = new Reverb({ sampleRate: options.sampleRate });
    this.#limiter = options.limiter === false ? null : new Limiter({ sampleRate: options.sampleRate, ceiling: gainOfDb(mixCeilingDb) });
    this.latencyFrames = this.#limiter?.latency ?? 0;
    this.#click = new BuiltInSound(instruments.drums, { sampleRate: options.sampleRate, polyphony: 4 });
  }

  /**
   * Takes a score, also while playing, at the same place of the music: tracks that keep id and instrument go on sounding, others
   * fade within some milliseconds.
   */
  load(score: Score): void {
    const tempos = new TempoMap(score.tempos);
    const retimed = this.#tempos !== null && !sameTempos(this.#tempos, score.tempos);
    if (retimed && this.#tempos !== null)
      this.#frame = Math.round(tempos.secondsAt(tickAt({ tempos: this.#tempos }, this.positionS)) * this.sampleRate);
    this.#tempos = score.tempos;
    const heard = new Set(heardTracks(score).map(({ id }) => id));
    const before = new Map(this.#parts.map((part) => [part.track.id, part]));
    this.#parts = score.tracks.map((track) => {
      const known = before.get(track.id);
      before.delete(track.id);
      const keeps = known !== undefined && sameInstrument(known.track, track);
      const strip = known?.strip ?? new MixerStrip();
      strip.set({ ...track, heard: heard.has(track.id) });
      const timed = keeps && !retimed && known.track.notes === track.notes;
      const notes = timed ? known.notes : timedNotes(track, tempos, this.sampleRate, this.#seed);
      const leaving = known?.leaving ?? [];
      if (known !== undefined && !keeps) leaving.push(this.#leave(known.sound));
      const sound = keeps ? known.sound : this.#soundOf(track);
      return { track, sound, strip, notes, next: firstFrom(notes, this.#frame), leaving };
    });
    for (const part of before.values()) this.#leaving.push({ ...part, leaving: [...part.leaving, this.#leave(part.sound)] });
    this.#beats = beatsOf(score, tempos, this.sampleRate);
  }

  /** Asks `soundOf` anew for every track, after what it gives has changed. */
  renewSounds(): void {
    for (const part of this.#parts) {
      part.leaving.push(this.#leave(part.sound));
      part.sound = this.#soundOf(part.track);
    }
    if (this.#playing) this.#chase();
  }

  #leave(sound: TrackSound): Leaving {
    sound.silence();
    return { sound, frames: Math.ceil(this.sampleRate * leavingS) };
  }

  #soundOf(track: Track): TrackSound {
    const other = this.#options.soundOf?.(track) ?? null;
    if (other !== null) return other;
    const id = track.instrument.kind === 'drums' ? 'drums' : instrumentOfProgram(track.instrument.program);
    return new BuiltInSound(instruments[id], { sampleRate: this.sampleRate, polyphony: this.#options.polyphony ?? 32 });
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Seconds from the start of the score, of what is rendered next. */
  get positionS(): number {
    return this.#frame / this.sampleRate;
  }

  /** Seconds until the music begins after {@link play} with a count-in; 0: none. */
  get countInS(): number {
    return (this.#countIn?.left ?? 0) / this.sampleRate;
  }

  /** @param countIn clicks first, the music then begins on the beat after them */
  play(countIn: CountIn | null = null): void {
    if (this.#playing) return;
    this.#playing = true;
    if (countIn === null) {
      this.#chase();
      return;
    }
    const frameOf = (beat: number): number => Math.round(beat * countIn.secondsPerBeat * this.sampleRate);
    const total = frameOf(countIn.beats);
    this.#countIn = { left: total, total, clicks: Array.from({ length: countIn.beats }, (_, beat) => frameOf(beat)) };
  }

  /** Notes end as if their keys went up; the hall rings on. */
  pause(): void {
    this.#playing = false;
    this.#countIn = null;
    for (const { sound } of this.#parts) sound.releaseAll();
  }

  /** @param seconds from the start of the score, 0 or more */
  seek(seconds: number): void {
    this.#frame = Math.max(0, Math.round(seconds * this.sampleRate));
    for (const part of this.#parts) {
      part.sound.silence();
      part.next = firstFrom(part.notes, this.#frame);
    }
    if (this.#playing) this.#chase();
  }

  /** Plays a stretch again and again; null: to the end and on. */
  setLoop(loop: { startS: number; endS: number } | null): void {
    const start = Math.round((loop?.startS ?? 0) * this.sampleRate);
    const end = Math.round((loop?.endS ?? 0) * this.sampleRate);
    this.#loop = end - start >= blockFrames ? { start, end } : null;
  }

  setMetronome(on: boolean): void {
    this.#metronome = on;
  }

  /** A key of the player's goes down. @param velocity 1..127 */
  noteOn(trackId: string, pitch: number, velocity: number): void {
    this.#liveNotes += 1;
    const seed = mixSeeds(this.#seed, this.#liveNotes, pitch);
    this.#part(trackId)?.sound.start({ pitch, velocity: velocity / 127, seed }, 0, Infinity);
  }

  noteOff(trackId: string, pitch: number): void {
    this.#part(trackId)?.sound.stop(pitch);
  }

  /** The highest sample of each track since last asked, by track id, for meters. */
  takePeaks(): Map<string, number> {
    return new Map(this.#parts.map(({ track, strip }) => [track.id, strip.takePeak()]));
  }

  #part(trackId: string): Part | undefined {
    return this.#parts.find(({ track }) => track.id === trackId);
  }

  /** Notes that began before the position and still sound are begun now. */
  #chase(): void {
    for (const { notes, sound, next } of this.#parts) {
      for (const note of notes.slice(0, next)) if (note.endFrame > this.#frame) sound.start(note, 0, note.endFrame - this.#frame);
    }
  }

  /** Fills both, in place of what they held; any equal lengths, 128 at a time in an AudioWorklet. */
  process(left: Float32Array, right: Float32Array): void {
    for (let done = 0; done < left.length;) {
      if (this.#taken === blockFrames) {
        this.#renderBlock();
        this.#taken = 0;
      }
      const frames = Math.min(left.length - done, blockFrames - this.#taken);
      left.set(this.#mix.left.subarray(this.#taken, this.#taken + frames), done);
      right.set(this.#mix.right.subarray(this.#taken, this.#taken + frames), done);
      this.#taken += frames;
      done += frames;
    }
  }

  #renderBlock(): void {
    if (this.#playing) this.#advance();
    const { left, right } = this.#mix;
    for (const samples of [left, right, this.#send.left, this.#send.right]) samples.fill(0);
    for (const part of this.#parts) this.#renderPart(part, part.sound);
    if (this.#leaving.length > 0) {
      for (const part of this.#leaving) this.#renderPart(part, null);
      this.#leaving = this.#leaving.filter(({ leaving }) => leaving.length > 0);
    }
    this.#click.render(left, right, blockFrames);
    this.#reverb.process(this.#send.left, this.#send.right, left, right, blockFrames);
    for (let index = 0; index < blockFrames; index += 1) {
      left[index] = (left[index] ?? 0) * mixGain;
      right[index] = (right[index] ?? 0) * mixGain;
    }
    this.#limiter?.process(left, right);
  }

  #renderPart(part: Part, sound: TrackSound | null): void {
    const { left, right } = this.#source;
    left.fill(0);
    right.fill(0);
    sound?.render(left, right, blockFrames);
    if (part.leaving.length > 0) {
      for (const gone of part.leaving) {
        gone.sound.render(left, right, blockFrames);
        gone.frames -= blockFrames;
      }
      part.leaving = part.leaving.filter(({ frames }) => frames > 0);
    }
    part.strip.mix(this.#source, this.#mix, this.#send, blockFrames);
  }

  /** Clicks the count-in's part of a block. @returns its frames */
  #count(): number {
    const countIn = this.#countIn;
    if (countIn === null) return 0;
    const at = countIn.total - countIn.left;
    const frames = Math.min(blockFrames, countIn.left);
    for (const [beat, frame] of countIn.clicks.entries()) {
      if (frame >= at && frame < at + frames) this.#clickAt(frame - at, beat === 0);
    }
    countIn.left -= frames;
    if (countIn.left === 0) {
      this.#countIn = null;
      this.#chase();
    }
    return frames;
  }

  #clickAt(offset: number, first: boolean): void {
    this.#click.start({ pitch: first ? 76 : 77, velocity: first ? 0.95 : 0.75, seed: 1 }, offset, 1);
  }

  /** Begins what falls into the next block, round the loop's end where it must. */
  #advance(): void {
    for (let done = this.#count(); done < blockFrames;) {
      const loop = this.#loop !== null && this.#frame < this.#loop.end ? this.#loop : null;
      const frames = Math.min(blockFrames - done, (loop?.end ?? Infinity) - this.#frame);
      this.#begin(this.#frame + frames, done, loop?.end ?? Infinity);
      this.#frame += frames;
      done += frames;
      if (loop === null || this.#frame < loop.end) continue;
      this.#frame = loop.start;
      for (const part of this.#parts) part.next = firstFrom(part.notes, this.#frame);
    }
  }

  #begin(end: number, offset: number, cut: number): void {
    for (const part of this.#parts) {
      for (;;) {
        const note = part.notes[part.next];
        if (note === undefined || note.startFrame >= end) break;
        // Silent tracks cost nothing; what they miss is not made up for.
        if (!part.strip.silent)
          part.sound.start(note, offset + note.startFrame - this.#frame, Math.min(cut, note.endFrame) - note.startFrame);
        part.next += 1;
      }
    }
    if (!this.#metronome) return;
    for (const { frame, first } of this.#beats) {
      if (frame < this.#frame || frame >= end) continue;
      this.#clickAt(offset + frame - this.#frame, first);
    }
  }
}

export const createEngine = (options: EngineOptions): Engine => new Engine(options);
