/** Bars, plates and bells, by the ratios of their modes. */
import { gainOfDb, hzOfPitch } from '../dsp/levels.ts';
import { mixSeeds } from '../dsp/noise.ts';
import type { Instrument } from '../synth/sound.ts';
import { TremoloInsert } from './inserts.ts';
import { ModalVoice } from './modal-voice.ts';
import { Layers, NoiseBurst } from './noise-burst.ts';

export interface MalletPatch {
  /** [ratio to the pitch, amplitude, decay as a share of `t60S`]. */
  modes: readonly (readonly [number, number, number])[];
  /** At middle C; an octave above rings 0.7 as long. */
  t60S: number;
  /** Share of the softest stroke's upper modes that is left, 0..1. */
  softness: number;
  releaseT60S: number;
  knock: number;
  tremoloHz?: number;
}

/** Ratios: marimba and vibraphone bars are undercut to 1:4 and 1:10 (Rossing, "Science of Percussion Instruments", 2000). */
export const malletPatches = {
  vibraphone: { modes: [[1, 1, 1], [4, 0.22, 0.35], [10, 0.1, 0.1]], t60S: 6, softness: 0.3, releaseT60S: 0.5, knock: 0.05, tremoloHz: 5 },
  marimba: { modes: [[1, 1, 1], [3.93, 0.24, 0.25], [9.6, 0.1, 0.1]], t60S: 1.3, softness: 0.3, releaseT60S: Infinity, knock: 0.12 },
  xylophone: { modes: [[1, 1, 1], [3, 0.45, 0.5], [6.1, 0.22, 0.3], [9.8, 0.1, 0.2]], t60S: 0.7, softness: 0.6, releaseT60S: Infinity, knock: 0.2 },
  glockenspiel: { modes: [[1, 1, 1], [2.76, 0.35, 0.6], [5.4, 0.22, 0.3], [8.93, 0.12, 0.2]], t60S: 5, softness: 0.5, releaseT60S: Infinity, knock: 0.06 },
  celesta: { modes: [[1, 1, 1], [2, 0.12, 0.6], [3.9, 0.16, 0.25]], t60S: 3, softness: 0.3, releaseT60S: 0.4, knock: 0.06 },
  bell: {
    // A minor-third church bell about its strike note: hum, prime, tierce, quint, nominal and above.
    modes: [[0.5, 0.5, 1.6], [1, 0.9, 1], [1.19, 0.6, 0.8], [1.5, 0.3, 0.6], [2, 0.8, 0.6], [2.67, 0.3, 0.35], [3.01, 0.25, 0.3], [4.17, 0.2, 0.2]],
    t60S: 7, softness: 0.5, releaseT60S: 1.5, knock: 0.05,
  },
  steelDrum: { modes: [[1, 1, 1], [2.005, 0.7, 0.8], [3.01, 0.3, 0.5], [4.02, 0.12, 0.4], [5.7, 0.06, 0.2]], t60S: 1.6, softness: 0.4, releaseT60S: 0.4, knock: 0.1 },
} satisfies Record<string, MalletPatch>; // prettier-ignore

export const mallet = (name: string, patch: MalletPatch, gain: number): Instrument => ({
  name,
  gain,
  start(note, sampleRate) {
    const hz = hzOfPitch(note.pitch);
    const level = 0.3 * gainOfDb(-28 * (1 - note.velocity));
    const hardness = patch.softness + (1 - patch.softness) * note.velocity ** 1.5;
    const t60S = Math.min(12, patch.t60S * 0.7 ** ((note.pitch - 60) / 12));
    const modes = patch.modes.map(([ratio, amplitude, share], place) => ({
      hz: hz * ratio,
      amplitude: amplitude * level * (ratio > 1 ? hardness : 1),
      t60S: Math.max(0.03, t60S * share),
      pan: (place % 2 === 0 ? -0.12 : 0.12) + (note.pitch - 66) / 120,
    }));
    const filters = [{ kind: 'bandpass' as const, hz: Math.min(4000, 600 + hz), q: 0.8 }];
    return new Layers([
      new ModalVoice(modes, { sampleRate, attackS: 0.0012, releaseT60S: patch.releaseT60S }),
      new NoiseBurst({
        sampleRate,
        seed: mixSeeds(note.seed, 3),
        amplitude: patch.knock * level * 3,
        attackS: 0.0008,
        t60S: 0.03,
        filters,
      }),
    ]);
  },
  ...(patch.tremoloHz === undefined ? {} : { insert: (sampleRate: number) => new TremoloInsert(sampleRate, patch.tremoloHz ?? 0, 0.22) }),
});
