/** Bowed strings, winds, brass, voices, pads and organs: spectra of their own for {@link WaveVoice}. */
import { mixSeeds } from '../dsp/noise.ts';
import { WaveSet, type Spectrum } from '../dsp/wavetable.ts';
import { hzOfPitch } from '../dsp/levels.ts';
import type { BiquadKind } from '../dsp/biquad.ts';
import type { Instrument } from '../synth/sound.ts';
import { Chain, ChorusInsert, FilterInsert } from './inserts.ts';
import { Layers, NoiseBurst } from './noise-burst.ts';
import { WaveVoice, type WavePatch } from './wave-voice.ts';

/** 1/k^power up to a soft corner, Hz. */
const falling =
  (power: number, cornerHz: number): Spectrum =>
  (harmonic, hz) =>
    harmonic ** -power / (1 + ((harmonic * hz) / cornerHz) ** 2);
/** Even harmonics weakened: a tube closed at one end. */
const oddly =
  (even: number, spectrum: Spectrum): Spectrum =>
  (harmonic, hz) =>
    spectrum(harmonic, hz) * (harmonic % 2 === 0 ? even : 1);
/** Resonances of a vowel or a horn: [Hz, width Hz, gain]. */
const formed =
  (formants: readonly (readonly [number, number, number])[], spectrum: Spectrum): Spectrum =>
  (harmonic, hz) =>
    spectrum(harmonic, hz) *
    (0.12 + formants.reduce((sum, [middle, width, gain]) => sum + gain / (1 + ((harmonic * hz - middle) / width) ** 2), 0));
const listed =
  (amplitudes: readonly number[]): Spectrum =>
  (harmonic) =>
    amplitudes[harmonic - 1] ?? 0;

/** Drawbars 16', 5 1/3', 8', 4', 2 2/3', 2', 1 3/5', 1 1/3', 1', each 0..8, as harmonics of the 16' pipe; 3 dB a step. */
const drawbarHarmonics = [1, 3, 2, 4, 6, 8, 10, 12, 16];
export function drawbars(settings: readonly number[]): Spectrum {
  const byHarmonic = new Map(drawbarHarmonics.map((harmonic, place) => [harmonic, settings[place] ?? 0]));
  return (harmonic) => {
    const setting = byHarmonic.get(harmonic) ?? 0;
    return setting === 0 ? 0 : 10 ** ((3 * (setting - 8)) / 20);
  };
}

const one = [{ cents: 0, pan: 0, gain: 1 }];
/** Players beside each other; their cents add up to nothing, so that together they are in tune. */
const section = [
  { cents: -7, pan: -0.6, gain: 0.6 },
  { cents: 0.8, pan: 0.05, gain: 0.65 },
  { cents: 6.2, pan: 0.6, gain: 0.6 },
];
const still = { hz: 5, cents: 0, delayS: 0 };
const basePatch = { softAttack: 1, decayS: 1, sustain: 1, driftCents: 0, vibrato: still, dynamicDb: 20, oscillators: one };
const vowel = [[620, 130, 1], [1080, 160, 0.55], [2650, 260, 0.22]] as const; // prettier-ignore

export const wavePatches = {
  strings: { ...basePatch, dark: new WaveSet(falling(1.15, 1500), true), bright: new WaveSet(falling(0.95, 5200), true), oscillators: section, attackS: 0.14, softAttack: 2.2, releaseS: 0.55, brightness: { base: 0.05, velocity: 0.5, envelope: 0.3 }, vibrato: { hz: 5.3, cents: 7, delayS: 0.18 }, driftCents: 3, breath: { gain: 0.012, multiple: 6, q: 0.6, chiff: 2 } },
  soloString: { ...basePatch, dark: new WaveSet(falling(1.05, 1900)), bright: new WaveSet(falling(0.9, 6000)), attackS: 0.08, softAttack: 2, releaseS: 0.3, brightness: { base: 0.1, velocity: 0.5, envelope: 0.3 }, vibrato: { hz: 5.6, cents: 14, delayS: 0.25 }, driftCents: 1.5, breath: { gain: 0.014, multiple: 6, q: 0.6, chiff: 3 } },
  flute: { ...basePatch, dark: new WaveSet(listed([1, 0.16, 0.05, 0.012])), bright: new WaveSet(listed([1, 0.5, 0.22, 0.09, 0.05, 0.02, 0.008])), attackS: 0.07, softAttack: 1.6, releaseS: 0.2, brightness: { base: 0, velocity: 0.6, envelope: 0.3 }, vibrato: { hz: 5, cents: 9, delayS: 0.3 }, driftCents: 1.5, breath: { gain: 0.05, multiple: 2.2, q: 0.7, chiff: 2.5 } },
  lead: { ...basePatch, dark: new WaveSet(listed([1, 0.3, 0.14, 0.06])), bright: new WaveSet(falling(1, 4000)), oscillators: [{ cents: -3, pan: -0.3, gain: 0.72 }, { cents: 3, pan: 0.3, gain: 0.72 }], attackS: 0.025, releaseS: 0.25, brightness: { base: 0.1, velocity: 0.5, envelope: 0.2 }, vibrato: { hz: 5.4, cents: 8, delayS: 0.35 } },
  squareLead: { ...basePatch, dark: new WaveSet(oddly(0, falling(1.4, 2500))), bright: new WaveSet(oddly(0, falling(1, 6500))), attackS: 0.01, releaseS: 0.15, brightness: { base: 0.2, velocity: 0.5, envelope: 0.2 }, vibrato: { hz: 5.4, cents: 6, delayS: 0.4 } },
  clarinet: { ...basePatch, dark: new WaveSet(oddly(0.06, falling(1.5, 1800))), bright: new WaveSet(oddly(0.25, falling(0.8, 3200))), attackS: 0.045, softAttack: 1.8, releaseS: 0.18, brightness: { base: 0, velocity: 0.55, envelope: 0.3 }, vibrato: { hz: 4.8, cents: 3, delayS: 0.5 }, driftCents: 1, breath: { gain: 0.012, multiple: 3, q: 0.7, chiff: 2 } },
  reed: { ...basePatch, dark: new WaveSet(formed([[950, 350, 1], [2400, 600, 0.4]], falling(0.8, 2600))), bright: new WaveSet(formed([[1050, 450, 1], [2900, 800, 0.7]], falling(0.5, 5500))), attackS: 0.04, softAttack: 1.6, releaseS: 0.18, brightness: { base: 0, velocity: 0.6, envelope: 0.3 }, vibrato: { hz: 5.2, cents: 7, delayS: 0.35 }, driftCents: 1.5, breath: { gain: 0.014, multiple: 4, q: 0.6, chiff: 2 } },
  brass: { ...basePatch, dark: new WaveSet(falling(1.5, 900)), bright: new WaveSet(falling(0.55, 3800)), oscillators: [{ cents: -4, pan: -0.35, gain: 0.72 }, { cents: 4, pan: 0.35, gain: 0.72 }], attackS: 0.06, softAttack: 1.8, decayS: 0.5, sustain: 0.8, releaseS: 0.2, brightness: { base: -0.25, velocity: 0.6, envelope: 0.65 }, vibrato: { hz: 5, cents: 4, delayS: 0.5 }, driftCents: 2, breath: { gain: 0.008, multiple: 4, q: 0.6, chiff: 4 } },
  horn: { ...basePatch, dark: new WaveSet(falling(1.6, 700)), bright: new WaveSet(falling(0.9, 1700)), attackS: 0.08, softAttack: 1.6, releaseS: 0.25, brightness: { base: -0.1, velocity: 0.5, envelope: 0.5 }, vibrato: { hz: 4.6, cents: 2, delayS: 0.6 }, driftCents: 1.5 },
  voices: { ...basePatch, dark: new WaveSet(formed(vowel, falling(1, 2200)), true), bright: new WaveSet(formed(vowel, falling(0.6, 4500)), true), oscillators: section, attackS: 0.18, softAttack: 1.5, releaseS: 0.5, brightness: { base: 0.1, velocity: 0.4, envelope: 0.2 }, vibrato: { hz: 5, cents: 9, delayS: 0.2 }, driftCents: 4, breath: { gain: 0.02, multiple: 5, q: 0.5, chiff: 1 } },
  pad: { ...basePatch, dark: new WaveSet(falling(1.3, 900), true), bright: new WaveSet(falling(1, 3000), true), oscillators: section, attackS: 0.5, softAttack: 1.2, releaseS: 1.1, brightness: { base: 0, velocity: 0.3, envelope: 0.5 }, driftCents: 3 },
  synthBass: { ...basePatch, dark: new WaveSet(falling(1.3, 350)), bright: new WaveSet(falling(1, 2200)), attackS: 0.008, decayS: 0.5, sustain: 0.55, releaseS: 0.12, brightness: { base: -0.6, velocity: 0.6, envelope: 0.9 } },
  accordion: { ...basePatch, dark: new WaveSet(falling(0.7, 2400), true), bright: new WaveSet(falling(0.6, 3600), true), oscillators: [{ cents: -6, pan: -0.3, gain: 0.7 }, { cents: 6, pan: 0.3, gain: 0.7 }], attackS: 0.05, releaseS: 0.12, brightness: { base: 0.2, velocity: 0.5, envelope: 0.1 } },
} satisfies Record<string, WavePatch>; // prettier-ignore

type Filters = readonly { kind: BiquadKind; hz: number; q?: number; gainDb?: number }[];
/** Air, wood and bridge of the violin family. */
export const bowedBody: Filters = [
  { kind: 'highpass', hz: 45 },
  { kind: 'peak', hz: 285, q: 2, gainDb: 4 },
  { kind: 'peak', hz: 500, q: 2, gainDb: 3 },
  { kind: 'peak', hz: 1300, q: 1.4, gainDb: -4 },
  { kind: 'peak', hz: 2600, q: 1.2, gainDb: 3 },
  { kind: 'high-shelf', hz: 7000, gainDb: -3 },
];

export const sustained = (name: string, patch: WavePatch, gain: number, filters: Filters = [], chorus = 0): Instrument => ({
  name,
  gain,
  start: (note, sampleRate) => new WaveVoice(patch, note, sampleRate),
  insert: (sampleRate) =>
    new Chain([
      new FilterInsert(sampleRate, filters),
      ...(chorus > 0 ? [new ChorusInsert(sampleRate, { hz: 0.55, swayMs: 2.4, share: chorus })] : []),
    ]),
});

/** Additive, its lowest pipe an octave below the key; the click is the key's contacts closing one after the other. */
export function organ(
  name: string,
  settings: readonly number[],
  click: number,
  rotor: { hz: number; share: number },
  gain: number,
): Instrument {
  const wave = new WaveSet(drawbars(settings), true);
  const patch: WavePatch = { ...basePatch, dark: wave, bright: wave, attackS: 0.008 + (click > 0 ? 0 : 0.06), releaseS: click > 0 ? 0.06 : 0.3, brightness: { base: 0, velocity: 0, envelope: 0 }, dynamicDb: 8 }; // prettier-ignore
  return {
    name,
    gain,
    start(note, sampleRate) {
      const pipe = new WaveVoice(patch, { ...note, pitch: note.pitch - 12 }, sampleRate);
      if (click === 0) return pipe;
      const hz = Math.min(6000, Math.max(1500, hzOfPitch(note.pitch) * 6));
      return new Layers([
        pipe,
        new NoiseBurst({
          sampleRate,
          seed: mixSeeds(note.seed, 4),
          amplitude: click,
          attackS: 0.001,
          t60S: 0.018,
          filters: [{ kind: 'bandpass', hz, q: 0.8 }],
        }),
      ]);
    },
    insert: (sampleRate) => new ChorusInsert(sampleRate, { hz: rotor.hz, swayMs: rotor.hz > 2 ? 0.35 : 1.4, share: rotor.share }),
  };
}
