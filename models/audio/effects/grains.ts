/** Sounds that are many small events: rain, fire, steps. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { mixSeeds, Noise } from '../dsp/noise.ts';
import { ModalVoice } from '../instruments/modal-voice.ts';
import { NoiseBurst } from '../instruments/noise-burst.ts';
import { play, scatter, varied, type EffectContext } from './effect.ts';
import { SlowNoise } from './modulation.ts';

/**
 * Rain: drops that hit hard ground (clicks), drops whose bubbles ring in puddles (van den Doel, "Physically based models for liquid
 * sounds", 2005: a damped sine of rising pitch), and the wash of all the far ones.
 */
export function rain(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const brightness = varied(context, 1, 1.4);
  const drops = new Noise(mixSeeds(seed, 1));
  scatter(context, drops, 60 + 700 * intensity, (frame) => {
    const size = drops.between(0, 1) ** 3;
    const hz = (1800 + 5200 * (1 - size)) * brightness * drops.between(0.8, 1.25);
    const decay = 10 ** (-3 / ((0.006 + 0.02 * size) * sampleRate));
    const pan = drops.white();
    const left = Math.sqrt((1 - pan) / 2);
    const right = Math.sqrt((1 + pan) / 2);
    const bubble = drops.between(0, 1) < 0.3;
    let level = (0.02 + 0.22 * size) * (bubble ? 1 : 0.8);
    let phase = 0;
    for (let index = 0; level > 1e-4 && frame + index < frames; index += 1) {
      const attack = Math.min(1, index / 12);
      const value = level * attack * (bubble ? Math.sin(phase) : drops.white());
      phase += (2 * Math.PI * hz * (1 + index * 0.000_12)) / sampleRate;
      context.left[frame + index] = (context.left[frame + index] ?? 0) + value * left;
      context.right[frame + index] = (context.right[frame + index] ?? 0) + value * right;
      level *= decay;
    }
  });
  for (const [side, samples] of [context.left, context.right].entries()) {
    const noise = new Noise(mixSeeds(seed, 2, side));
    const swell = new SlowNoise(new Noise(mixSeeds(seed, 3)), 0.4, sampleRate);
    const high = new Biquad(designBiquad('highpass', sampleRate, 900 * brightness));
    const low = new Biquad(designBiquad('lowpass', sampleRate, 7500 * brightness, 0.5));
    const roof = new Biquad(designBiquad('bandpass', sampleRate, 380, 0.6));
    for (let frame = 0; frame < frames; frame += 1) {
      const white = noise.white();
      const wash = 0.05 + 0.16 * intensity;
      samples[frame] =
        (samples[frame] ?? 0) + (low.step(high.step(white)) * wash + roof.step(white) * 0.25 * wash) * (1 + 0.15 * swell.next());
    }
  }
}

/** A wood fire: cracks of very unequal size (their strengths follow a power law), lapping flames, and hiss. */
export function fire(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const chance = new Noise(mixSeeds(seed, 1));
  const dryness = varied(context, 1, 1.5);
  scatter(context, chance, (7 + 26 * intensity) * dryness, (frame) => {
    const strength = Math.min(1, 0.035 * chance.between(0.002, 1) ** -0.75);
    const filters = [{ kind: 'bandpass' as const, hz: chance.between(900, 6500), q: chance.between(0.8, 3) }];
    const t60S = chance.between(0.006, 0.03) * (1 + strength);
    const burst = new NoiseBurst({ sampleRate, seed: mixSeeds(seed, frame), amplitude: 1.6 * strength, attackS: 0.0004, t60S, filters });
    play(context, burst, frame, 1, chance.between(-0.7, 0.7));
    // A big crack is followed by splinters.
    for (let splinter = 0; strength > 0.3 && splinter < 4; splinter += 1) {
      const later = new NoiseBurst({
        sampleRate,
        seed: mixSeeds(seed, frame, splinter),
        amplitude: 0.5 * strength,
        attackS: 0.0004,
        t60S: 0.01,
        filters,
      });
      play(context, later, frame + Math.round(chance.between(0.005, 0.06) * sampleRate), 1, chance.between(-0.7, 0.7));
    }
  });
  for (const [side, samples] of [context.left, context.right].entries()) {
    const noise = new Noise(mixSeeds(seed, 2, side));
    const flicker = new SlowNoise(new Noise(mixSeeds(seed, 3, side)), 7, sampleRate);
    const draught = new SlowNoise(new Noise(mixSeeds(seed, 4)), 0.6, sampleRate);
    const flames = new Biquad(designBiquad('lowpass', sampleRate, 190));
    const hiss = new Biquad(designBiquad('bandpass', sampleRate, 3600, 0.5));
    for (let frame = 0; frame < frames; frame += 1) {
      const white = noise.white();
      const lap = Math.max(0, 0.5 + 0.35 * flicker.next() + 0.25 * draught.next());
      samples[frame] =
        (samples[frame] ?? 0) + flames.step(white) * (0.35 + 0.5 * intensity) * lap ** 2 + hiss.step(white) * 0.02 * (0.4 + lap);
    }
  }
}

/** Somebody walks: heel, then toe, each a thump of the ground and the scrape of what lies on it. Intensity: weight and pace. */
export function footsteps(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const chance = new Noise(mixSeeds(seed, 1));
  const paceS = (0.72 - 0.3 * intensity) * varied(context, 1, 1.25);
  const groundHz = 95 * varied(context, 2, 1.8);
  const grit = varied(context, 3, 3);
  let step = 0;
  for (let at = 0.02; at * sampleRate < frames; at += paceS * chance.between(0.95, 1.05)) {
    const pan = step % 2 === 0 ? -0.2 : 0.2;
    for (const [laterS, weight, hz] of [
      [0, 1, groundHz],
      [0.09 + 0.04 * (1 - intensity), 0.55, groundHz * 1.6],
    ] as const) {
      // prettier-ignore
      const frame = Math.round((at + laterS * chance.between(0.9, 1.1)) * sampleRate);
      const strength = weight * chance.between(0.75, 1) * (0.6 + 0.4 * intensity);
      const modes = [1, 1.7, 2.9, 4.6].map((ratio, place) => ({
        hz: hz * ratio * chance.between(0.94, 1.06),
        amplitude: (0.5 * strength) / (1 + place),
        t60S: 0.11 / (1 + 0.4 * place),
      }));
      play(context, new ModalVoice(modes, { sampleRate, attackS: 0.002, releaseT60S: Infinity }), frame, 1, pan);
      const filters = [{ kind: 'bandpass' as const, hz: chance.between(1400, 2400), q: 0.6 }];
      play(context, new NoiseBurst({ sampleRate, seed: mixSeeds(seed, 2, frame), amplitude: 0.22 * grit * strength, attackS: 0.003, t60S: 0.07, filters, width: 0.3 }), frame, 1, pan); // prettier-ignore
    }
    step += 1;
  }
}
