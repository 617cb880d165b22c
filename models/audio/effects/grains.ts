/** Sounds that are many small events: rain, fire, steps. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { mixSeeds, Noise } from '../dsp/noise.ts';
import { ModalVoice } from '../instruments/modal-voice.ts';
import { NoiseBurst } from '../instruments/noise-burst.ts';
import { play, scatter, varied, type EffectContext } from './effect.ts';
import { SlowNoise } from './modulation.ts';
import { between, type EffectParameters } from './parameters.ts';

/** A damped sine, or a click of noise, that is mixed in at a frame. */
interface Drop {
  hz: number;
  /** Amplitude falls by e in so many seconds. */
  dampingS: number;
  level: number;
  /** Hz a second, over `hz`; null: a click. */
  rise: number | null;
  pan: number;
}

/** A bubble of a radius drawn from a power law (van den Doel, "Physically based models for liquid sounds", 2005). */
function bubbleOf(
  chance: Noise,
  { radiusM: [smallest, largest], exponent, minnaert, damping: [a, b], rise, level }: EffectParameters['rain']['bubbles'],
): Omit<Drop, 'pan'> {
  const power = 1 - exponent;
  const even = chance.between(0, 1);
  const radius =
    Math.abs(power) < 1e-3
      ? smallest * (largest / smallest) ** even
      : (smallest ** power + even * (largest ** power - smallest ** power)) ** (1 / power);
  const bubbleHz = minnaert / radius;
  const damping = a * bubbleHz + b * bubbleHz ** 1.5;
  return { hz: bubbleHz, dampingS: 1 / damping, level: level * (radius / largest) ** 1.5, rise: rise * damping };
}

function clickOf(chance: Noise, { hz, t60S, level }: EffectParameters['rain']['clicks']): Omit<Drop, 'pan'> {
  const size = chance.between(0, 1) ** 3;
  return {
    hz: between(hz, size) * chance.between(0.8, 1.25),
    dampingS: between(t60S, size) / 6.91,
    level: level * (0.09 + 0.91 * size),
    rise: null,
  };
}

/**
 * Rain: drops that hit hard ground (clicks), drops whose bubbles ring in puddles, their pitch rising as they near the surface, and
 * the wash of all the far ones.
 */
export function rain(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const patch = context.parameters.rain;
  const brightness = varied(context, 1, 1.4);
  const drops = new Noise(mixSeeds(seed, 1));
  scatter(context, drops, between(patch.dropsPerSecond, intensity), (frame) => {
    const pan = drops.white();
    const drop = drops.between(0, 1) < patch.bubbles.share ? bubbleOf(drops, patch.bubbles) : clickOf(drops, patch.clicks);
    addDrop(context, drops, frame, { ...drop, hz: drop.hz * brightness, pan });
  });
  for (const [side, samples] of [context.left, context.right].entries()) {
    const noise = new Noise(mixSeeds(seed, 2, side));
    const swell = new SlowNoise(new Noise(mixSeeds(seed, 3)), 0.4, sampleRate);
    const high = new Biquad(designBiquad('highpass', sampleRate, patch.washHz.low * brightness));
    const low = new Biquad(designBiquad('lowpass', sampleRate, patch.washHz.high * brightness, 0.5));
    const roof = new Biquad(designBiquad('bandpass', sampleRate, patch.roofHz, 0.6));
    const wash = between(patch.wash, intensity);
    for (let frame = 0; frame < frames; frame += 1) {
      const white = noise.white();
      samples[frame] =
        (samples[frame] ?? 0) + (low.step(high.step(white)) * wash + roof.step(white) * patch.roof * wash) * (1 + 0.15 * swell.next());
    }
  }
}

const dropAttackFrames = 12;

function addDrop(context: EffectContext, chance: Noise, frame: number, { hz, dampingS, level, rise, pan }: Drop): void {
  const { sampleRate, frames } = context;
  if (hz > sampleRate * 0.45) return;
  const filter = rise === null ? new Biquad(designBiquad('bandpass', sampleRate, hz, 0.7)) : null;
  const decay = Math.exp(-1 / (dampingS * sampleRate));
  const [left, right] = [Math.sqrt((1 - pan) / 2), Math.sqrt((1 + pan) / 2)];
  let loudness = level;
  let phase = 0;
  for (let index = 0; loudness > 1e-4 && frame + index < frames; index += 1) {
    const value = loudness * Math.min(1, index / dropAttackFrames) * (filter === null ? Math.sin(phase) : filter.step(chance.white()));
    phase += (2 * Math.PI * hz * (1 + ((rise ?? 0) * index) / sampleRate)) / sampleRate;
    context.left[frame + index] = (context.left[frame + index] ?? 0) + value * left;
    context.right[frame + index] = (context.right[frame + index] ?? 0) + value * right;
    loudness *= decay;
  }
}

/** A wood fire: cracks of very unequal size (their strengths follow a power law), lapping flames, and hiss. */
export function fire(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const patch = context.parameters.fire;
  const chance = new Noise(mixSeeds(seed, 1));
  const dryness = varied(context, 1, 1.5);
  scatter(context, chance, between(patch.cracksPerSecond, intensity) * dryness, (frame) => {
    const strength = Math.min(1, patch.smallest * chance.between(0.002, 1) ** -patch.exponent);
    const filters = [{ kind: 'bandpass' as const, hz: chance.between(...patch.crackHz), q: chance.between(...patch.crackQ) }];
    const t60S = chance.between(...patch.crackT60S) * (1 + strength);
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
    const flicker = new SlowNoise(new Noise(mixSeeds(seed, 3, side)), patch.flickerHz, sampleRate);
    const draught = new SlowNoise(new Noise(mixSeeds(seed, 4)), patch.draughtHz, sampleRate);
    const flames = new Biquad(designBiquad('lowpass', sampleRate, patch.flamesHz, patch.flamesQ));
    const hiss = new Biquad(designBiquad('bandpass', sampleRate, patch.hissHz, 0.5));
    for (let frame = 0; frame < frames; frame += 1) {
      const white = noise.white();
      const lap = Math.max(0, 0.5 + 0.35 * flicker.next() + 0.25 * draught.next());
      samples[frame] =
        (samples[frame] ?? 0) +
        flames.step(white) * between(patch.flames, intensity) * lap ** 2 +
        hiss.step(white) * patch.hiss * (0.4 + lap);
    }
  }
}

/** Somebody walks: heel, then toe, each a thump of the ground and the scrape of what lies on it. Intensity: weight and pace. */
export function footsteps(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const chance = new Noise(mixSeeds(seed, 1));
  const patch = context.parameters.footsteps;
  const paceS = between(patch.paceS, intensity) * varied(context, 1, 1.25);
  const groundHz = patch.groundHz * varied(context, 2, 1.8);
  const grit = varied(context, 3, 3);
  let step = 0;
  for (let at = 0.02; at * sampleRate < frames; at += paceS * chance.between(0.95, 1.05)) {
    const pan = step % 2 === 0 ? -0.2 : 0.2;
    for (const [laterS, weight, hz] of [
      [0, 1, groundHz],
      [patch.toeS * (1.4 - 0.4 * intensity), 0.55, groundHz * patch.toe],
    ] as const) {
      // prettier-ignore
      const frame = Math.round((at + laterS * chance.between(0.9, 1.1)) * sampleRate);
      const strength = weight * chance.between(0.75, 1) * (0.6 + 0.4 * intensity);
      const modes = patch.ratios.map((ratio, place) => ({
        hz: hz * ratio * chance.between(0.94, 1.06),
        amplitude: (0.5 * strength) / (1 + place),
        t60S: patch.t60S / (1 + 0.4 * place),
      }));
      play(context, new ModalVoice(modes, { sampleRate, attackS: 0.002, releaseT60S: Infinity }), frame, 1, pan);
      const filters = [{ kind: 'bandpass' as const, hz: chance.between(...patch.gritHz), q: 0.6 }];
      play(context, new NoiseBurst({ sampleRate, seed: mixSeeds(seed, 2, frame), amplitude: patch.grit * grit * strength, attackS: 0.003, t60S: patch.gritT60S, filters, width: 0.3 }), frame, 1, pan); // prettier-ignore
    }
    step += 1;
  }
}
