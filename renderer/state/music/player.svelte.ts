/* eslint-disable svelte/prefer-svelte-reactivity -- who listens to levels is nothing to draw */
/** What plays: the open score through the engine, keys and previews, and audio files of the library. */
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import { soundFontPath } from '../../../shared/domain/asset.ts';
import { secondsAt, ticksPerQuarter, type Score } from '../../../shared/music/score.ts';
import { AudioOutput, type OutputState } from '../../audio/audio-output.ts';
import { decodeSound } from '../../audio/decode-sound.ts';
import { FilePlayer } from '../../audio/file-player.ts';
import { scoreMessage, type CountIn, type EngineReport, type FromAudioThread, type ToAudioThread } from '../../audio/messages.ts';
import { loopSeconds, PlayClock, ticksAtSeconds } from '../../audio/play-clock.ts';
import { recall, remember } from '../remembered.ts';

export interface TickRange {
  start: number;
  /** After `start`; not played itself. */
  end: number;
}

/** Peaks since the last report, some thirty a second: factors of full scale. Read every frame; not reactive. */
export interface Levels {
  left: number;
  right: number;
  tracks: Readonly<Record<string, number>>;
  /** Of the last 400 ms; null for silence. */
  momentaryLufs: number | null;
  /** `performance.now()` of the report. */
  atMs: number;
}

export interface PlayedFile {
  url: string;
  /** Null until it is decoded. */
  seconds: number | null;
  playing: boolean;
}

export type SoundFontState = 'none' | 'loading' | 'ready' | 'failed';

const positionMs = 95;
const restMs = 20_000;
const silent = 1e-5;
/** A frame that is older than this is not being drawn any more. */
const longestFrameMs = 50;
const noLevels: Levels = { left: 0, right: 0, tracks: {}, momentaryLufs: null, atMs: 0 };
const volumeSchema = z.number().min(0).max(1);

/** The time of the frame that is drawn, so that what moves does so evenly, however late in the frame it is asked. */
function frameTimeMs(): number {
  const nowMs = performance.now();
  const frameMs = Number(document.timeline.currentTime ?? nowMs);
  return nowMs - frameMs < longestFrameMs ? frameMs : nowMs;
}

export class Player {
  playing = $state(false);
  /** Clicks before a recording begins. */
  countingIn = $state(false);
  ready: OutputState = $state('off');
  /** What keeps sound from playing, and what to do about it; null: nothing. */
  error: string | null = $state(null);
  /** In ticks, about ten times a second, for text; `positionTicks` is for drawing. */
  position = $state(0);
  /** The file that plays or stands ready; null: none. */
  file: PlayedFile | null = $state.raw(null);
  soundFontId: string | null = $state(null);
  soundFontState: SoundFontState = $state('none');
  levels: Levels = noLevels;

  /** The loop before it was switched off. */
  lastLoop: TickRange | null = null;

  #loop: TickRange | null = $state.raw(null);
  #metronome = $state(false);
  #volume = $state(recall('music.volume', volumeSchema) ?? 0.8);
  #score: Score | null = null;
  /** What the audio thread holds. */
  #sent: Score | null = null;
  /** Orders that moved the position; reports from before the last are old. */
  #orders = 0;
  /** Where playing began: stop goes back there. */
  #startedAt = 0;
  #positionAtMs = 0;
  #playRequest = 0;
  #soundFont: { bytes: ArrayBuffer; request: number } | null = null;
  #soundFontRequest = 0;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #levelListeners = new Set<() => void>();
  readonly #clock = new PlayClock();
  readonly #output = new AudioOutput({
    message: (message) => this.#hear(message),
    started: () => this.#sendAll(),
    changed: (state, error) => this.#outputChanged(state, error),
  });
  readonly #files = new FilePlayer(() => {
    if (this.file !== null) this.file = { ...this.file, playing: false };
    this.#restSoon();
  });

  get loop(): TickRange | null {
    return this.#loop;
  }

  get metronome(): boolean {
    return this.#metronome;
  }

  /** 0..1; the square is the factor. Of what is heard here: exports do not know it. */
  get volume(): number {
    return this.#volume;
  }

  /** Takes another state of the score; what plays goes on at the same place. Cheap when little changed. */
  load(score: Score): void {
    if (score === this.#score) return;
    const ticks = this.positionTicks();
    this.#score = score;
    this.#sendScore();
    this.#stand(Math.min(ticks, Math.max(score.lengthTicks, 0)), this.playing);
  }

  /** @param fromTick where from; without it on from the play head, or from the loop's start when it stands outside. */
  async play(fromTick?: number, options: { endless?: boolean; countIn?: CountIn | null } = {}): Promise<void> {
    this.#playRequest += 1;
    const request = this.#playRequest;
    const from = fromTick ?? this.#startPlace();
    this.pauseFile();
    this.#startedAt = from;
    this.#stand(from, false);
    this.playing = true;
    this.countingIn = (options.countIn ?? null) !== null;
    try {
      await this.#start();
    } catch {
      if (request !== this.#playRequest) return;
      this.playing = false;
      this.countingIn = false;
      return;
    }
    // Pause, or play again, may have been pressed meanwhile.
    if (request !== this.#playRequest) return;
    this.#order({ type: 'play', fromTick: from, endless: options.endless ?? false, countIn: options.countIn ?? null });
  }

  pause(): void {
    if (!this.playing) return;
    this.#playRequest += 1;
    const ticks = this.positionTicks();
    this.playing = false;
    this.countingIn = false;
    this.#order({ type: 'pause' });
    this.#stand(ticks, false);
    this.#restSoon();
  }

  /** Back to where it started; once more: to the beginning. */
  stop(): void {
    const back = this.playing || this.positionTicks() !== this.#startedAt ? this.#startedAt : 0;
    this.pause();
    this.seek(back);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else void this.play();
  }

  seek(tick: number): void {
    const to = Math.max(0, tick);
    this.#startedAt = to;
    if (this.playing) this.#order({ type: 'seek', tick: to });
    this.#stand(to, this.playing);
  }

  setLoop(range: TickRange | null): void {
    const ticks = this.positionTicks();
    this.#loop = range === null || range.end <= range.start ? null : { start: range.start, end: range.end };
    if (this.#loop !== null) this.lastLoop = this.#loop;
    this.#clock.setLoop(this.#score === null ? null : loopSeconds(this.#score, this.#loop));
    this.#order({ type: 'loop', range: this.#loop });
    this.#stand(ticks, this.playing);
  }

  setMetronome(on: boolean): void {
    this.#metronome = on;
    this.#output.send({ type: 'metronome', on });
  }

  /** @param volume 0..1 */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#output.setVolume(this.#volume ** 2);
    remember('music.volume', this.#volume);
  }

  /** Ticks of what is heard now, fractional, from the audio clock; cheap. */
  positionTicks(): number {
    return this.ticksAtMs(frameTimeMs());
  }

  /** A time of the page's clock (as events carry it) as the ticks that were heard then. */
  ticksAtMs(timeMs: number): number {
    if (this.#score === null) return 0;
    return ticksAtSeconds(this.#score, this.#clock.secondsAt(this.#output.heardTimeS(timeMs)));
  }

  /** A key goes down: heard at once with the track's instrument. @param velocity 1..127 */
  noteOn(trackId: string, pitch: number, velocity: number): void {
    this.#live({ type: 'note-on', trackId, pitch, velocity });
  }

  noteOff(trackId: string, pitch: number): void {
    this.#live({ type: 'note-off', trackId, pitch });
  }

  /** A note by itself, for the ear. */
  preview(trackId: string, pitch: number, durationMs = 350, velocity = 90): void {
    this.noteOn(trackId, pitch, velocity);
    setTimeout(() => this.noteOff(trackId, pitch), durationMs);
  }

  /** Plays an audio asset; the score pauses. @param fromS seconds into it; without it on from where it stood */
  async playFile(url: string, fromS?: number): Promise<void> {
    this.pause();
    const other = this.file?.url !== url;
    if (other) {
      this.#files.rest(0);
      this.file = { url, seconds: null, playing: true };
    }
    try {
      const [sound] = await Promise.all([decodeSound(url), this.#start()]);
      const output = this.#output.destination;
      if (this.file?.url !== url || output === null) return;
      this.#files.play(sound, output, fromS ?? this.#files.seconds(this.#output.heardTimeS()));
      this.file = { url, seconds: sound.seconds, playing: true };
    } catch (error) {
      if (this.file?.url === url) this.file = null;
      if (error instanceof AppError) this.#fail(error);
    }
  }

  pauseFile(): void {
    if (this.file?.playing !== true) return;
    this.#files.pause(this.#output.heardTimeS());
    this.file = { ...this.file, playing: false };
    this.#restSoon();
  }

  toggleFile(url: string): void {
    if (this.file?.url === url && this.file.playing) this.pauseFile();
    else void this.playFile(url);
  }

  seekFile(url: string, seconds: number): void {
    if (this.file?.url === url && this.file.playing) void this.playFile(url, seconds);
    else {
      this.#files.rest(seconds);
      this.file = { url, seconds: this.file?.url === url ? this.file.seconds : null, playing: false };
    }
  }

  /** Where a file stands or plays, in seconds; 0 when it is another that does. */
  fileSeconds(url: string): number {
    return this.file?.url === url ? this.#files.seconds(this.#output.heardTimeS()) : 0;
  }

  /** Plays all tracks through the user's SoundFont; null: our own instruments. */
  async setSoundFont(id: string | null): Promise<void> {
    if (id === this.soundFontId && this.soundFontState !== 'failed') return;
    this.#soundFontRequest += 1;
    const request = this.#soundFontRequest;
    this.soundFontId = id;
    this.soundFontState = id === null ? 'none' : 'loading';
    this.#soundFont = null;
    if (id === null) {
      this.#output.send({ type: 'sound-font', bytes: null, request });
      return;
    }
    try {
      const response = await fetch(soundFontPath(id));
      if (!response.ok) throw new AppError('not-found', 'The SoundFont is no longer there.', { action: 'Choose another one.' });
      const bytes = await response.arrayBuffer();
      if (request !== this.#soundFontRequest) return;
      this.#soundFont = { bytes, request };
      if (this.#output.state === 'ready') await this.#sendSoundFont();
    } catch (error) {
      if (request === this.#soundFontRequest) this.#soundFontFailed(error);
    }
  }

  /** Called with each new {@link levels}. @returns what ends it */
  onLevels(listener: () => void): () => void {
    this.#levelListeners.add(listener);
    return () => this.#levelListeners.delete(listener);
  }

  #startPlace(): number {
    const ticks = this.positionTicks();
    const loop = this.#loop;
    if (loop !== null && (ticks < loop.start || ticks >= loop.end)) return loop.start;
    return this.#score !== null && ticks >= this.#score.lengthTicks ? 0 : ticks;
  }

  async #start(): Promise<void> {
    clearTimeout(this.#restTimer);
    await this.#output.start();
  }

  /** An order that moves the position. */
  #order(message: ToAudioThread): void {
    if (this.#output.state === 'off' || this.#output.state === 'failed') return;
    this.#orders += 1;
    this.#output.send(message);
  }

  #live(message: ToAudioThread): void {
    this.#start().then(
      () => {
        this.#output.send(message);
        if (!this.playing) this.#restSoon();
      },
      () => undefined,
    );
  }

  /** Puts the play head to a place; `playing`: it moves on from there until the audio thread tells better. */
  #stand(tick: number, playing: boolean): void {
    const positionS = this.#score === null ? 0 : secondsAt(this.#score, tick);
    this.#clock.reset({ timeS: this.#output.heardTimeS(), positionS, playing, waitS: 0 });
    this.position = tick;
  }

  #sendScore(): void {
    if (this.#score === null || this.#output.context === null) return;
    const { message, transfer } = scoreMessage(this.#sent, this.#score);
    this.#sent = this.#score;
    this.#orders += 1;
    this.#output.send(message, transfer);
    this.#clock.setLoop(loopSeconds(this.#score, this.#loop));
  }

  #sendAll(): void {
    this.#sent = null;
    this.#orders = 0;
    this.#output.setVolume(this.#volume ** 2);
    this.#sendScore();
    this.#orders += 1;
    this.#output.send({ type: 'loop', range: this.#loop });
    this.#output.send({ type: 'metronome', on: this.#metronome });
    if (this.#soundFont !== null) void this.#sendSoundFont();
  }

  /** Reading a SoundFont holds the audio thread up: the sound fades out around it, rather than break off. */
  async #sendSoundFont(): Promise<void> {
    const font = this.#soundFont;
    if (font === null) return;
    await this.#output.mute();
    if (font !== this.#soundFont) return;
    // A copy stays here, for another context.
    const bytes = font.bytes.slice(0);
    this.#output.send({ type: 'sound-font', bytes, request: font.request }, [bytes]);
  }

  #soundFontFailed(error: unknown): void {
    this.soundFontState = 'failed';
    this.#soundFont = null;
    this.#fail(error instanceof AppError ? error : new AppError('network', 'The SoundFont cannot be fetched.', { cause: error }));
  }

  #hear(message: FromAudioThread): void {
    switch (message.type) {
      case 'report':
        this.#report(message);
        return;
      case 'ended':
        if (!this.playing) return;
        this.playing = false;
        this.#stand(this.#startedAt, false);
        this.#restSoon();
        return;
      case 'sound-font':
        if (message.request === this.#soundFontRequest) this.soundFontState = 'ready';
        this.#output.unmute();
        return;
      case 'sound-font-failed':
        this.#output.unmute();
        if (message.request === this.#soundFontRequest) {
          this.#soundFontFailed(new AppError('pack-invalid', message.message, message.action === null ? {} : { action: message.action }));
        }
        return;
    }
  }

  #report(report: EngineReport): void {
    const { left, right, trackPeaks, momentaryLufs } = report;
    const atMs = performance.now();
    this.levels = { left, right, tracks: trackPeaks, momentaryLufs, atMs };
    for (const listener of this.#levelListeners) listener();
    if (!this.playing || report.orders < this.#orders || !report.playing) return;
    this.#clock.add({ timeS: report.contextTimeS, positionS: report.positionS, playing: true, waitS: report.countInS });
    if (this.countingIn && report.countInS <= 0) this.countingIn = false;
    if (atMs - this.#positionAtMs < positionMs) return;
    this.#positionAtMs = atMs;
    this.position = this.positionTicks();
  }

  #outputChanged(state: OutputState, error: AppError | null): void {
    this.ready = state;
    if (state === 'ready') this.error = null;
    if (error !== null) this.#fail(error);
    if (state !== 'off' && state !== 'failed') return;
    this.playing = false;
    this.countingIn = false;
    this.levels = noLevels;
    if (this.file?.playing === true) this.file = { ...this.file, playing: false };
  }

  #fail(error: AppError): void {
    this.error = [error.message, error.action].filter((part) => part !== undefined).join(' ');
  }

  /** The device rests once nothing has sounded for a while. */
  #restSoon(): void {
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => {
      if (this.playing || this.#files.playing) return;
      if (Math.max(this.levels.left, this.levels.right) > silent) this.#restSoon();
      else void this.#output.rest();
    }, restMs);
  }
}

export const player = new Player();

/** Length of the count-in: a bar of quarters, or what the metre counts. */
export function countInOf(score: Score, atTick: number): CountIn {
  const metre = score.metres.findLast(({ tick }) => tick <= atTick) ?? score.metres[0];
  const bpm = (score.tempos.findLast(({ tick }) => tick <= atTick) ?? score.tempos[0])?.bpm ?? 120;
  const [numerator, denominator] = [metre?.numerator ?? 4, metre?.denominator ?? 4];
  const compound = denominator >= 8 && numerator > 3 && numerator % 3 === 0;
  const ticks = ((4 * ticksPerQuarter) / denominator) * (compound ? 3 : 1);
  return { beats: compound ? numerator / 3 : numerator, secondsPerBeat: ((ticks / ticksPerQuarter) * 60) / bpm };
}
