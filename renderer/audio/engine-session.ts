/** The audio thread's side: does what the page orders with the engine, and tells of it. Knows nothing of AudioWorklets. */
import { createEngine, type Engine } from '../../models/audio/synth/engine.ts';
import { readSoundFont, SoundFontSound, type SoundFont } from '../../models/audio/soundfont/soundfont.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { endOfNotes, scoreFormatVersion, secondsAt, type Note, type Score } from '../../shared/music/score.ts';
import { ordersPosition, unpackNotes, type FromAudioThread, type ScoreMessage, type ToAudioThread } from './messages.ts';
import { MomentaryLoudness } from './momentary-loudness.ts';

const reportsPerSecond = 30;
const silent = 1e-5;
const blank: Score = {
  formatVersion: scoreFormatVersion,
  title: '',
  tempos: [{ tick: 0, bpm: 120 }],
  metres: [{ tick: 0, numerator: 4, denominator: 4 }],
  keys: [],
  tracks: [],
  lengthTicks: 0,
};

export class EngineSession {
  readonly #engine: Engine;
  readonly #post: (message: FromAudioThread) => void;
  readonly #reportFrames: number;
  readonly #loudness: MomentaryLoudness;
  #score = blank;
  #notes = new Map<string, Note[]>();
  #loop: { start: number; end: number } | null = null;
  #endless = false;
  #orders = 0;
  #font: SoundFont | null = null;
  #fontRequest = 0;
  #left = 0;
  #right = 0;
  #sinceReport = 0;
  #quiet = false;

  /** @param sampleRate Hz */
  constructor(sampleRate: number, post: (message: FromAudioThread) => void) {
    this.#post = post;
    this.#reportFrames = Math.round(sampleRate / reportsPerSecond);
    this.#loudness = new MomentaryLoudness(sampleRate);
    this.#engine = createEngine({
      sampleRate,
      soundOf: ({ instrument }) => (this.#font === null ? null : new SoundFontSound(this.#font, instrument, sampleRate)),
    });
  }

  hear(message: ToAudioThread): void {
    if (ordersPosition(message)) {
      this.#orders += 1;
      // The next report is due at once.
      this.#sinceReport = this.#reportFrames;
      this.#quiet = false;
    }
    switch (message.type) {
      case 'score':
        this.#take(message);
        return;
      case 'play':
        this.#endless = message.endless;
        this.#engine.pause();
        if (message.fromTick !== null) this.#seek(message.fromTick);
        this.#engine.play(message.countIn);
        return;
      case 'pause':
        this.#engine.pause();
        return;
      case 'seek':
        this.#seek(message.tick);
        return;
      case 'loop':
        this.#loop = message.range;
        this.#setLoop();
        return;
      case 'metronome':
        this.#engine.setMetronome(message.on);
        return;
      case 'note-on':
        this.#quiet = false;
        this.#engine.noteOn(message.trackId, message.pitch, message.velocity);
        return;
      case 'note-off':
        this.#engine.noteOff(message.trackId, message.pitch);
        return;
      case 'sound-font':
        void this.#takeFont(message.bytes, message.request);
        return;
    }
  }

  /**
   * Fills both.
   * @param timeS the context's time of their first frame
   */
  process(left: Float32Array, right: Float32Array, timeS: number): void {
    this.#engine.process(left, right);
    this.#loudness.push(left, right);
    for (let index = 0; index < left.length; index += 1) {
      this.#left = Math.max(this.#left, Math.abs(left[index] ?? 0));
      this.#right = Math.max(this.#right, Math.abs(right[index] ?? 0));
    }
    if (this.#engine.playing && this.#ended()) {
      this.#engine.pause();
      this.#post({ type: 'ended' });
    }
    this.#sinceReport += left.length;
    if (this.#sinceReport >= this.#reportFrames && !this.#quiet) this.#report(timeS + left.length / this.#engine.sampleRate);
  }

  #ended(): boolean {
    const { positionS } = this.#engine;
    if (this.#endless || (this.#loop !== null && positionS < secondsAt(this.#score, this.#loop.end))) return false;
    return positionS >= this.#endS;
  }

  #endS = 0;

  #report(timeS: number): void {
    const { playing, positionS, countInS, latencyFrames, sampleRate } = this.#engine;
    const { lufs } = this.#loudness;
    // The last report tells of silence, and then there is none.
    this.#quiet = !playing && Math.max(this.#left, this.#right) < silent && lufs === null;
    this.#post({
      type: 'report',
      contextTimeS: timeS + latencyFrames / sampleRate,
      positionS,
      playing,
      countInS,
      orders: this.#orders,
      left: this.#left,
      right: this.#right,
      trackPeaks: Object.fromEntries(this.#engine.takePeaks()),
      momentaryLufs: lufs,
    });
    this.#left = 0;
    this.#right = 0;
    this.#sinceReport = 0;
  }

  #take({ tempos, metres, lengthTicks, tracks }: ScoreMessage): void {
    const before = this.#notes;
    this.#notes = new Map(tracks.map(({ head, notes }) => [head.id, notes === null ? (before.get(head.id) ?? []) : unpackNotes(notes)]));
    this.#score = {
      ...blank,
      tempos,
      metres,
      lengthTicks,
      tracks: tracks.map(({ head }) => ({ ...head, notes: this.#notes.get(head.id) ?? [] })),
    };
    this.#endS = secondsAt(this.#score, Math.max(lengthTicks, endOfNotes(this.#score)));
    this.#engine.load(this.#score);
    this.#setLoop();
  }

  #seek(tick: number): void {
    this.#engine.seek(secondsAt(this.#score, tick));
  }

  #setLoop(): void {
    const range = this.#loop;
    this.#engine.setLoop(range === null ? null : { startS: secondsAt(this.#score, range.start), endS: secondsAt(this.#score, range.end) });
  }

  async #takeFont(bytes: ArrayBuffer | null, request: number): Promise<void> {
    this.#fontRequest = request;
    try {
      const font = bytes === null ? null : await readSoundFont(new Uint8Array(bytes));
      if (request !== this.#fontRequest) return;
      this.#font = font;
      this.#engine.renewSounds();
      if (font !== null) this.#post({ type: 'sound-font', request, name: font.name, presets: font.presets.length });
    } catch (error) {
      const told = error instanceof AppError ? error : new AppError('pack-invalid', 'The SoundFont cannot be read.', { cause: error });
      this.#post({ type: 'sound-font-failed', request, message: told.message, action: told.action ?? null });
    }
  }
}
