/**
 * The user's SoundFonts (SF2, SF3) behind the engine's own interface, played by spessasynth_core. Its effects are off: the mixer's
 * reverb is the same for all tracks.
 */
import { SoundBankLoader, SpessaLog, SpessaSynthProcessor, BasicSoundBank } from 'spessasynth_core';
import type { Instrument as ScoreInstrument } from '../../../shared/music/score.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { NoteStart, TrackSound } from '../synth/sound.ts';
import { checkSoundFontBytes } from './check.ts';

const bankId = 'user';
const drumChannel = 9;
const blockFrames = 128;
const fadeS = 0.012;
/** Brings a SoundFont's usual level near that of our instruments. */
const gain = 0.9;

export interface SoundFontPreset {
  name: string;
  bank: number;
  program: number;
  drums: boolean;
}

export interface SoundFont {
  /** As the file calls itself; empty where it does not. */
  name: string;
  presets: SoundFontPreset[];
  bank: BasicSoundBank;
}

const unreadable = (why: string, cause?: unknown): AppError =>
  new AppError('pack-invalid', `The SoundFont cannot be read: ${why}.`, {
    action: 'Choose another SF2 or SF3 file.',
    ...(cause === undefined ? {} : { cause }),
  });

/**
 * Reads a whole file. @param bytes are kept, not copied
 * @throws AppError `pack-invalid` for what is no SoundFont, cut off, or names samples that are not there
 */
export async function readSoundFont(bytes: Uint8Array<ArrayBuffer>): Promise<SoundFont> {
  SpessaLog.setLogLevel(false, false, false);
  checkSoundFontBytes(bytes);
  await BasicSoundBank.isSF3DecoderReady;
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  let bank: BasicSoundBank;
  try {
    bank = SoundBankLoader.fromArrayBuffer(whole ? bytes.buffer : bytes.slice().buffer);
  } catch (error) {
    throw unreadable('its structure is damaged', error);
  }
  if (bank.presets.length === 0) throw unreadable('it holds no presets');
  return {
    name: bank.soundBankInfo.name,
    presets: bank.presets.map(({ name, bankMSB, program, isGMGSDrum }) => ({ name, bank: bankMSB, program, drums: isGMGSDrum })),
    bank,
  };
}

interface KeyEvent {
  /** Frames from the next block's start. */
  frame: number;
  pitch: number;
  /** 0: the key goes up. */
  velocity: number;
}

export class SoundFontSound implements TrackSound {
  readonly #synth: SpessaSynthProcessor;
  readonly #channel: number;
  readonly #left = new Float32Array(blockFrames);
  readonly #right = new Float32Array(blockFrames);
  readonly #fadeFrames: number;
  #events: KeyEvent[] = [];
  readonly #down = new Map<number, number>();
  #fading = Infinity;

  constructor(font: SoundFont, instrument: ScoreInstrument, sampleRate: number) {
    this.#synth = new SpessaSynthProcessor(sampleRate, { effectsEnabled: false, eventsEnabled: false, maxBufferSize: blockFrames });
    this.#synth.soundBankManager.addSoundBank(font.bank, bankId);
    this.#channel = instrument.kind === 'drums' ? drumChannel : 0;
    this.#synth.programChange(this.#channel, instrument.kind === 'drums' ? 0 : instrument.program);
    this.#fadeFrames = Math.round(sampleRate * fadeS);
  }

  start({ pitch, velocity }: NoteStart, offset: number, durationFrames: number): void {
    if (this.#fading < Infinity) this.#endFade();
    this.#push({ frame: offset, pitch, velocity: Math.max(1, Math.round(velocity * 127)) });
    if (durationFrames < Infinity) this.#push({ frame: offset + durationFrames, pitch, velocity: 0 });
  }

  /** Sorted by time, keys that go up before those that go down. */
  #push(event: KeyEvent): void {
    const place = this.#events.findLastIndex(
      ({ frame, velocity }) => frame < event.frame || (frame === event.frame && (velocity === 0 || event.velocity > 0)),
    );
    this.#events.splice(place + 1, 0, event);
  }

  stop(pitch: number): void {
    this.#push({ frame: 0, pitch, velocity: 0 });
  }

  releaseAll(): void {
    this.#events = [...this.#down.keys()].map((pitch) => ({ frame: 0, pitch, velocity: 0 }));
  }

  silence(): void {
    this.releaseAll();
    this.#fading = Math.min(this.#fading, this.#fadeFrames);
  }

  #endFade(): void {
    this.#synth.stopAllChannels(true);
    this.#down.clear();
    this.#fading = Infinity;
  }

  #apply({ pitch, velocity }: KeyEvent): void {
    if (velocity > 0) {
      this.#down.set(pitch, (this.#down.get(pitch) ?? 0) + 1);
      this.#synth.noteOn(this.#channel, pitch, velocity);
      return;
    }
    // A key that was struck again before it went up stays down until the last note's end.
    const left = (this.#down.get(pitch) ?? 1) - 1;
    if (left > 0) this.#down.set(pitch, left);
    else {
      this.#down.delete(pitch);
      this.#synth.noteOff(this.#channel, pitch);
    }
  }

  render(left: Float32Array, right: Float32Array, frames: number): void {
    for (let start = 0; start < frames;) {
      for (let next = this.#events[0]; next !== undefined && next.frame <= 0; next = this.#events[0]) {
        this.#events.shift();
        this.#apply(next);
      }
      const count = Math.min(blockFrames, frames - start, this.#events[0]?.frame ?? Infinity);
      this.#left.fill(0);
      this.#right.fill(0);
      this.#synth.process(this.#left, this.#right, 0, count);
      for (let index = 0; index < count; index += 1) {
        const level = this.#fading < Infinity ? (gain * Math.max(0, this.#fading)) / this.#fadeFrames : gain;
        if (this.#fading < Infinity) this.#fading -= 1;
        left[start + index] = (left[start + index] ?? 0) + (this.#left[index] ?? 0) * level;
        right[start + index] = (right[start + index] ?? 0) + (this.#right[index] ?? 0) * level;
      }
      if (this.#fading <= 0) this.#endFade();
      for (const event of this.#events) event.frame -= count;
      start += count;
    }
  }
}
