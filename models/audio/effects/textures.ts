/** Steady sounds: wind, waves, the hum of machines. */
import { Biquad, designBiquad } from '../dsp/biquad.ts';
import { mixSeeds, Noise } from '../dsp/noise.ts';
import { sineOfTurns } from '../dsp/wavetable.ts';
import { varied, type EffectContext } from './effect.ts';
import { SlowNoise, SweptFilter } from './modulation.ts';
import { between } from './parameters.ts';

/**
 * Wind past edges: turbulence whose pitch and strength rise and fall together with the gusts (the eddies' frequency goes with the
 * speed of the air), over a low rumble.
 */
export function wind(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const patch = context.parameters.wind;
  const gusts = new SlowNoise(new Noise(mixSeeds(seed, 1)), patch.gustHz * varied(context, 1, 1.8), sampleRate);
  const flutter = new SlowNoise(new Noise(mixSeeds(seed, 2)), patch.flutterHz, sampleRate);
  const middleHz = between(patch.edgeHz, intensity) * varied(context, 2, 1.6);
  const q = between(patch.edgeQ, intensity) * varied(context, 3, 1.5);
  const sides = [context.left, context.right].map((samples, side) => ({
    samples,
    noise: new Noise(mixSeeds(seed, 3, side)),
    whistle: new SweptFilter(sampleRate, middleHz, q),
    air: new SweptFilter(sampleRate, middleHz * patch.airRatio, 0.7),
    rumble: new Biquad(designBiquad('lowpass', sampleRate, patch.rumbleHz)),
    distance: new Biquad(designBiquad('lowpass', sampleRate, patch.topHz, patch.topQ)),
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
        air.tune(middleHz * patch.airRatio * (0.4 + swayed), 0.7);
      }
      const white = noise.white();
      whistle.step(white);
      air.step(white);
      // Power of turbulence goes with a high power of speed.
      samples[frame] =
        distance.step(swayed ** 2 * (whistle.band * patch.edge + air.band * patch.air * swayed)) +
        rumble.step(white) * between(patch.rumble, intensity) * swayed;
    }
  }
}

/** Waves on a shore: each one swells, breaks bright, and draws back hissing over the sand. */
export function waves(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const patch = context.parameters.waves;
  const periodS = between(patch.periodS, intensity) * varied(context, 1, 1.4);
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
    const body = new SweptFilter(sampleRate, patch.bodyHz, patch.bodyQ);
    const foam = new Biquad(designBiquad('bandpass', sampleRate, patch.foamHz * varied(context, 2, 1.3), patch.foamQ));
    const air = new Biquad(designBiquad('lowpass', sampleRate, patch.topHz));
    for (let frame = 0; frame < frames; frame += 1) {
      let surge = 0.05;
      let hiss = 0.015;
      for (const { start, length, size, pan } of swells) {
        const share = (frame - start) / length;
        if (share <= 0 || share >= 1) continue;
        const near = size * (1 + (side === 0 ? -pan : pan) * 0.5);
        surge +=
          near *
          (share < patch.breaksAt ? (share / patch.breaksAt) ** 3 : Math.exp(-(share - patch.breaksAt) * 9)) *
          Math.min(1, (1 - share) * 10);
        hiss += near * 0.35 * Math.max(0, Math.sin(Math.PI * Math.min(1, Math.max(0, (share - 0.8 * patch.breaksAt) / 0.7)))) ** 1.5;
      }
      if (frame % 16 === 0) body.tune(patch.bodyHz + patch.surgeHz * surge * (0.5 + intensity), patch.bodyQ);
      const white = noise.white();
      body.step(white);
      samples[frame] = body.low * surge * 0.8 + air.step(foam.step(white)) * hiss * patch.foam;
    }
  }
}

/** Mains and motors: harmonics of 50 Hz with slow beating, a transformer's buzz and some air. Intensity brings the buzz up. */
export function hum(context: EffectContext): void {
  const { sampleRate, frames, seed, intensity } = context;
  const patch = context.parameters.hum;
  const baseHz = patch.baseHz * varied(context, 1, 1.5);
  const chance = new Noise(mixSeeds(seed, 1));
  const partials = Array.from({ length: patch.partials }, (_, place) => ({
    hz: baseHz * (place + 1),
    amplitude: ((place % 2 === 1 ? 1 : patch.odd) * chance.between(0.5, 1)) / (place + 1) ** between(patch.slope, intensity),
    beatHz: chance.between(...patch.beatHz),
    phase: chance.between(0, 1),
    spread: chance.between(0, 0.15),
  }));
  const airs = [0, 1].map((side) => ({
    noise: new Noise(mixSeeds(seed, 2, side)),
    filter: new Biquad(designBiquad('lowpass', sampleRate, patch.airHz)),
  }));
  for (let frame = 0; frame < frames; frame += 1) {
    const seconds = frame / sampleRate;
    let left = 0;
    let right = 0;
    for (const { hz, amplitude, beatHz, phase, spread } of partials) {
      const beat = 1 + patch.beat * sineOfTurns(beatHz * seconds + phase);
      left += amplitude * beat * sineOfTurns(hz * seconds + phase);
      right += amplitude * beat * sineOfTurns(hz * seconds + phase + spread);
    }
    context.left[frame] = left * 0.2 + (airs[0]?.filter.step(airs[0].noise.white()) ?? 0) * patch.air;
    context.right[frame] = right * 0.2 + (airs[1]?.filter.step(airs[1].noise.white()) ?? 0) * patch.air;
  }
}
