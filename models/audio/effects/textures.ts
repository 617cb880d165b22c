/** Steady sounds: wind, waves, the hum of machines. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { mixSeeds, Noise } from '../dsp/noise.ts';
import { sineOfTurns } from '../dsp/wavetable.ts';
import { varied, type EffectContext } from './effect.ts';
import { SlowNoise, SweptFilter } from './modulation.ts';

/**
 * Wind past edges: turbulence whose pitch and strength rise and fall together with the gusts (the eddies' frequency goes with the
 * speed of the air), over a low rumble.
 */
export function wind(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const gusts = new SlowNoise(new Noise(mixSeeds(seed, 1)), 0.28 * varied(context, 1, 1.8), sampleRate);
  const flutter = new SlowNoise(new Noise(mixSeeds(seed, 2)), 1.7, sampleRate);
  const middleHz = (230 + 520 * intensity) * varied(context, 2, 1.6);
  const q = (1.6 + 2.4 * intensity) * varied(context, 3, 1.5);
  const sides = [context.left, context.right].map((samples, side) => ({
    samples,
    noise: new Noise(mixSeeds(seed, 3, side)),
    whistle: new SweptFilter(sampleRate, middleHz, q),
    air: new SweptFilter(sampleRate, middleHz * 3, 0.7),
    rumble: new Biquad(designBiquad('lowpass', sampleRate, 160)),
    distance: new Biquad(designBiquad('lowpass', sampleRate, 3200, 0.6)),
    sway: new SlowNoise(new Noise(mixSeeds(seed, 4, side)), 0.5, sampleRate),
  }));
  let speed = 0.5;
  for (let frame = 0; frame < frames; frame += 1) {
    const gust = 0.55 + (0.3 + 0.12 * intensity) * gusts.next() + 0.1 * flutter.next();
    speed += (Math.max(0.05, gust) - speed) * 0.002;
    for (const { samples, noise, whistle, air, rumble, distance, sway } of sides) {
      const swayed = speed * (1 + 0.25 * sway.next());
      if (frame % 16 === 0) {
        whistle.tune(middleHz * (0.55 + 0.9 * swayed), q);
        air.tune(middleHz * (1.2 + 3 * swayed), 0.7);
      }
      const white = noise.white();
      whistle.step(white);
      air.step(white);
      // Power of turbulence goes with a high power of speed.
      samples[frame] =
        distance.step(swayed ** 2 * (whistle.band * 1.5 + air.band * 0.35 * swayed)) +
        rumble.step(white) * (0.45 - 0.2 * intensity) * swayed;
    }
  }
}

/** Waves on a shore: each one swells, breaks bright, and draws back hissing over the sand. */
export function waves(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const periodS = (8.5 - 3 * intensity) * varied(context, 1, 1.4);
  const timing = new Noise(mixSeeds(seed, 1));
  interface Swell {
    start: number;
    length: number;
    size: number;
    pan: number;
  }
  const swells: Swell[] = [];
  for (let at = -periodS; at * sampleRate < frames; at += periodS * timing.between(0.75, 1.25)) {
    swells.push({
      start: at * sampleRate,
      length: periodS * 1.5 * sampleRate,
      size: timing.between(0.6, 1),
      pan: timing.between(-0.6, 0.6),
    });
  }
  for (const [side, samples] of [context.left, context.right].entries()) {
    const noise = new Noise(mixSeeds(seed, 2, side));
    const body = new SweptFilter(sampleRate, 400, 0.6);
    const foam = new Biquad(designBiquad('bandpass', sampleRate, 4200 * varied(context, 2, 1.3), 0.6));
    const air = new Biquad(designBiquad('lowpass', sampleRate, 9000));
    for (let frame = 0; frame < frames; frame += 1) {
      let surge = 0.05;
      let hiss = 0.015;
      for (const { start, length, size, pan } of swells) {
        const share = (frame - start) / length;
        if (share <= 0 || share >= 1) continue;
        const near = size * (1 + (side === 0 ? -pan : pan) * 0.5);
        // It breaks at a third of its way.
        surge += near * (share < 0.35 ? (share / 0.35) ** 3 : Math.exp(-(share - 0.35) * 9)) * Math.min(1, (1 - share) * 10);
        hiss += near * 0.35 * Math.max(0, Math.sin(Math.PI * Math.min(1, Math.max(0, (share - 0.28) / 0.7)))) ** 1.5;
      }
      if (frame % 16 === 0) body.tune(220 + 1500 * surge * (0.5 + intensity), 0.6);
      const white = noise.white();
      body.step(white);
      samples[frame] = body.low * surge * 0.8 + air.step(foam.step(white)) * hiss * 0.55;
    }
  }
}

/** Mains and motors: harmonics of 50 Hz with slow beating, a transformer's buzz and some air. Intensity brings the buzz up. */
export function hum(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const baseHz = 50 * varied(context, 1, 1.5);
  const chance = new Noise(mixSeeds(seed, 1));
  const partials = Array.from({ length: 24 }, (_, place) => ({
    hz: baseHz * (place + 1),
    // Even harmonics lead: iron pulls twice a turn.
    amplitude: ((place % 2 === 1 ? 1 : 0.45) * chance.between(0.5, 1)) / (place + 1) ** (1.9 - 1.1 * intensity),
    beatHz: chance.between(0.05, 0.4),
    phase: chance.between(0, 1),
    spread: chance.between(0, 0.15),
  }));
  const airs = [0, 1].map((side) => ({
    noise: new Noise(mixSeeds(seed, 2, side)),
    filter: new Biquad(designBiquad('lowpass', sampleRate, 500)),
  }));
  for (let frame = 0; frame < frames; frame += 1) {
    const seconds = frame / sampleRate;
    let left = 0;
    let right = 0;
    for (const { hz, amplitude, beatHz, phase, spread } of partials) {
      const beat = 1 + 0.25 * sineOfTurns(beatHz * seconds + phase);
      left += amplitude * beat * sineOfTurns(hz * seconds + phase);
      right += amplitude * beat * sineOfTurns(hz * seconds + phase + spread);
    }
    context.left[frame] = left * 0.2 + (airs[0]?.filter.step(airs[0].noise.white()) ?? 0) * 0.08;
    context.right[frame] = right * 0.2 + (airs[1]?.filter.step(airs[1].noise.white()) ?? 0) * 0.08;
  }
}
