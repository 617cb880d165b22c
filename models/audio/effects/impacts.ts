/** Single events: thunder, blows on wood, metal and glass, and things that fly past. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { mixSeeds, Noise } from '../dsp/noise.ts';
import { ModalVoice, type Mode } from '../instruments/modal-voice.ts';
import { NoiseBurst } from '../instruments/noise-burst.ts';
import { play, varied, type EffectContext } from './effect.ts';
import { SweptFilter } from './modulation.ts';
import { between, type EffectParameters } from './parameters.ts';

/**
 * Thunder: every stretch of a crooked channel sends its own blast; those further away come later, weaker and darker. Intensity: how
 * near it strikes.
 */
export function thunder(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const patch = context.parameters.thunder;
  const chance = new Noise(mixSeeds(seed, 1));
  const lengthS = (frames / sampleRate) * 0.75;
  const darkness = varied(context, 1, 1.5);
  // The nearest stretch is heard at once, and many lie at like distances: claps.
  const claps = Array.from({ length: patch.claps }, (_, place) => (place === 0 ? 0 : chance.between(0, 0.55)));
  for (let stretch = 0; stretch < patch.stretches; stretch += 1) {
    const clap = claps[stretch % claps.length] ?? 0;
    const share = Math.min(0.96, clap + Math.abs(chance.normal()) * 0.09 * (1 + clap * 3));
    const near = Math.exp(-share * patch.fading);
    const cutHz = (patch.farHz + patch.strikeHz * intensity * near ** 3 + patch.nearHz * near) / darkness;
    const burst = new NoiseBurst({
      sampleRate, seed: mixSeeds(seed, 2, stretch), amplitude: 0.9 * near * chance.between(0.3, 1) * (stretch < 5 ? 1.6 : 1),
      attackS: between(patch.attackS, share), t60S: between(patch.t60S, share), width: 0.6,
      filters: [{ kind: 'lowpass', hz: cutHz, q: 0.6 }, { kind: 'lowpass', hz: cutHz * 1.8, q: 0.6 }, { kind: 'highpass', hz: 28 }],
    }); // prettier-ignore
    play(context, burst, Math.round(share * lengthS * sampleRate), 1, chance.between(-0.5, 0.5));
  }
}

/** Seconds to -60 dB of a mode: Cremer and Heckl's 2.2 / (loss factor * frequency), and what else takes energy from all of them. */
export const modeT60S = (modeHz: number, { loss, longestS }: { loss: number; longestS: number }): number =>
  1 / ((loss * modeHz) / 2.2 + 1 / longestS);

/** A blow: the modes of the thing under a contact that is shorter, and so brighter, the harder it is. */
export function impact(material: keyof EffectParameters['impacts']): (context: EffectContext) => void {
  return (context) => {
    const { sampleRate, seed, intensity } = context;
    const patch = context.parameters.impacts[material];
    const chance = new Noise(mixSeeds(seed, 1));
    const size = varied(context, 1, 1.9);
    const ringing = varied(context, 2, 1.6);
    const contactHz = patch.contactHz[0] + (patch.contactHz[1] - patch.contactHz[0]) * intensity ** 1.5;
    const list: Mode[] = patch.ratios.map((ratio, place) => {
      const unlike = place === 0 ? 1 : 1 + patch.spread * chance.white();
      const modeHz = patch.hz * ratio * unlike;
      return {
        hz: modeHz * size,
        amplitude: (0.3 * chance.between(0.4, 1)) / ratio ** patch.tilt / (1 + modeHz / contactHz),
        t60S: modeT60S(modeHz * size, patch) * ringing,
        pan: 0.5 * chance.white(),
      };
    });
    play(context, new ModalVoice(list, { sampleRate, attackS: 0.0012 - 0.0008 * intensity, releaseT60S: Infinity }), 0);
    const filters = [{ kind: 'bandpass' as const, hz: Math.min(7000, patch.hz * 6), q: 0.5 }];
    const amplitude = 0.25 + 0.3 * intensity;
    play(context, new NoiseBurst({ sampleRate, seed: mixSeeds(seed, 2), amplitude, attackS: 0.0006, t60S: 0.03, filters, width: 0.4 }), 0);
  };
}

/** A blast: pressure falls in pitch, debris follows. */
export function explosion(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const lengthS = frames / sampleRate;
  const size = varied(context, 1, 1.6);
  const patch = context.parameters.explosion;
  for (const [side, samples] of [context.left, context.right].entries()) {
    const noise = new Noise(mixSeeds(seed, 1, side));
    const blast = new SweptFilter(sampleRate, 3000, 0.6);
    const cut = new Biquad(designBiquad('highpass', sampleRate, 25));
    for (let frame = 0; frame < frames; frame += 1) {
      const seconds = frame / sampleRate;
      if (frame % 16 === 0)
        blast.tune((patch.endHz + between(patch.startHz, intensity) * Math.exp(-seconds * patch.darkening)) / size, 0.6);
      blast.step(noise.white());
      const envelope = Math.min(1, seconds / 0.004) * (Math.exp(-seconds * patch.decay) + 0.35 * Math.exp((-seconds * 5) / lengthS));
      samples[frame] = cut.step(blast.low) * envelope;
    }
  }
  const modes = patch.modesHz.map((hz) => ({ hz: hz / size, amplitude: 0.25, t60S: Math.min(1.6, lengthS * 0.6) }));
  play(context, new ModalVoice(modes, { sampleRate, attackS: 0.004, releaseT60S: Infinity }), 0);
  const chance = new Noise(mixSeeds(seed, 2));
  for (let piece = 0; piece < patch.pieces; piece += 1) {
    const at = chance.between(0.15, 0.8) ** 1.5 * lengthS * 0.8;
    const filters = [{ kind: 'bandpass' as const, hz: chance.between(...patch.piecesHz), q: 1 }];
    const amplitude = 0.08 * chance.between(0.2, 1) * Math.exp(-at);
    play(context, new NoiseBurst({ sampleRate, seed: mixSeeds(seed, 3, piece), amplitude, attackS: 0.001, t60S: 0.05, filters }), Math.round(at * sampleRate), 1, chance.between(-0.8, 0.8)); // prettier-ignore
  }
}

/** Something flies past from left to right: loudest and highest in the middle. */
export function whoosh(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const noise = new Noise(mixSeeds(seed, 1));
  const patch = context.parameters.whoosh;
  const middle = 0.5 * varied(context, 1, 1.25);
  const topHz = between(patch.topHz, intensity) * varied(context, 2, 1.6);
  const filter = new SweptFilter(sampleRate, topHz, patch.q);
  const air = new SweptFilter(sampleRate, topHz * patch.airRatio, 0.7);
  for (let frame = 0; frame < frames; frame += 1) {
    const share = frame / frames;
    const distance = (share - middle) / (share < middle ? middle : 1 - middle);
    const near = 0.5 + 0.5 * Math.cos(Math.PI * distance);
    if (frame % 16 === 0) {
      filter.tune(topHz * (0.25 + 0.75 * near ** 1.5) * (distance > 0 ? 0.8 + 0.2 * near : 1), patch.q);
      air.tune(topHz * (0.8 + (patch.airRatio - 0.8) * near), 0.7);
    }
    const white = noise.white();
    filter.step(white);
    air.step(white);
    const value = (filter.band + air.band * patch.air * near) * near ** patch.sharpness;
    const angle = share * (Math.PI / 2);
    context.left[frame] = value * Math.cos(angle);
    context.right[frame] = value * Math.sin(angle);
  }
}
