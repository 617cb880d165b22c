/**
 * An electric piano of tines: two sines in frequency modulation at 1:1 (a tine before a pickup, which barks when struck hard), and
 * the tine's high ring, which is gone in a moment. (Chowning, JAES 1973.)
 */
import { clamp, decayFactor, gainOfDb, hzOfPitch } from '../dsp/levels.ts';
import { mixSeeds } from '../dsp/noise.ts';
import { sineOfTurns } from '../dsp/wavetable.ts';
import type { Instrument, NoteStart, Voice } from '../synth/sound.ts';
import { Chain, ChorusInsert, FilterInsert, TremoloInsert } from './inserts.ts';
import { ModalVoice } from './modal-voice.ts';
import { Layers, NoiseBurst } from './noise-burst.ts';

const turnsOfRadian = 1 / (2 * Math.PI);

/** The two sines. Index in radians; falls to a third within a second. */
class TineVoice implements Voice {
  readonly #step: number;
  readonly #ratio: number;
  readonly #left: number;
  readonly #right: number;
  readonly #slowFactor: number;
  readonly #indexFactor: number;
  readonly #releaseFactor: number;
  readonly #attackFrames: number;
  #frame = 0;
  #phase = 0;
  #modulatorPhase = 0;
  #level: number;
  #index: number;
  readonly #indexFloor: number;
  #envelope = 1;
  #released = false;

  constructor(note: NoteStart, sampleRate: number, ratio: number, hardness: number) {
    const hz = hzOfPitch(note.pitch);
    this.#step = hz / sampleRate;
    this.#ratio = ratio;
    const angle = (clamp((note.pitch - 60) / 60, -0.5, 0.5) + 1) * (Math.PI / 4);
    this.#level = 0.3 * gainOfDb(-26 * (1 - note.velocity));
    this.#left = Math.cos(angle) * Math.SQRT2;
    this.#right = Math.sin(angle) * Math.SQRT2;
    // Side bands reach (index + 2) times the modulator's frequency: less of them the higher the note.
    const room = clamp((sampleRate * 0.4 - hz) / (hz * ratio) - 2.5, 0, 3);
    const keys = clamp(1.25 - (note.pitch - 48) / 60, 0.35, 1.5);
    this.#index = Math.min(room, hardness * keys * (0.15 + 1.75 * note.velocity ** 2.2));
    this.#indexFloor = this.#index * 0.3;
    this.#slowFactor = decayFactor(clamp(9 * 2 ** ((60 - note.pitch) / 18), 1.2, 16), sampleRate);
    this.#indexFactor = decayFactor(2.6, sampleRate);
    this.#releaseFactor = decayFactor(0.22, sampleRate);
    this.#attackFrames = Math.max(1, Math.round(sampleRate * 0.0018));
  }

  release(): void {
    this.#released = true;
  }

  render(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
    for (let index = from; index < to; index += 1) {
      const attack = this.#frame < this.#attackFrames ? 0.5 - 0.5 * Math.cos((Math.PI * this.#frame) / this.#attackFrames) : 1;
      const bend = (this.#indexFloor + this.#index) * turnsOfRadian * 0.77 * sineOfTurns(this.#modulatorPhase);
      const value = sineOfTurns(this.#phase + bend + 1) * this.#level * this.#envelope * attack;
      left[index] = (left[index] ?? 0) + value * this.#left;
      right[index] = (right[index] ?? 0) + value * this.#right;
      this.#phase += this.#step;
      if (this.#phase >= 1) this.#phase -= 1;
      this.#modulatorPhase += this.#step * this.#ratio;
      this.#modulatorPhase -= Math.floor(this.#modulatorPhase);
      this.#level *= this.#slowFactor;
      this.#index *= this.#indexFactor;
      if (this.#released) this.#envelope *= this.#releaseFactor;
      this.#frame += 1;
    }
    return this.#level * this.#envelope > 1e-5;
  }
}

interface ElectricPatch {
  ratio: number;
  hardness: number;
  tine: number;
  tremolo: number;
  chorus: number;
}

export const electricPiano = (name: string, patch: ElectricPatch, gain: number): Instrument => ({
  name,
  gain,
  start(note, sampleRate) {
    const hz = hzOfPitch(note.pitch);
    const strike = gainOfDb(-30 * (1 - note.velocity));
    return new Layers([
      new TineVoice(note, sampleRate, patch.ratio, patch.hardness),
      new ModalVoice(
        [
          { hz: hz * 7.03, amplitude: 0.055 * patch.tine * strike, t60S: 0.7 },
          { hz: hz * 16.9, amplitude: 0.022 * patch.tine * strike, t60S: 0.28 },
        ],
        { sampleRate, attackS: 0.001, releaseT60S: 0.15 },
      ),
      new NoiseBurst({
        sampleRate,
        seed: mixSeeds(note.seed, 2),
        amplitude: 0.09 * strike,
        attackS: 0.001,
        t60S: 0.05,
        filters: [{ kind: 'bandpass', hz: 420, q: 0.9 }],
      }),
    ]);
  },
  insert: (sampleRate) =>
    new Chain([
      new FilterInsert(sampleRate, [
        { kind: 'low-shelf', hz: 180, gainDb: 1.5 },
        { kind: 'peak', hz: 1900, q: 0.8, gainDb: 2 },
      ]),
      ...(patch.tremolo > 0 ? [new TremoloInsert(sampleRate, 4.6, patch.tremolo)] : []),
      ...(patch.chorus > 0 ? [new ChorusInsert(sampleRate, { hz: 0.7, swayMs: 2, share: patch.chorus })] : []),
    ]),
});
