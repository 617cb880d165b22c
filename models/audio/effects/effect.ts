/** What a generator of sound effects is given, and the small things all of them do. */
import { mixSeeds, Noise } from '../dsp/noise.ts';
import type { Voice } from '../synth/sound.ts';
import type { EffectParameters } from './parameters.ts';

export interface EffectContext {
  sampleRate: number;
  /** Frames to fill. */
  frames: number;
  seed: number;
  /** 0: always the typical sound; 1: sizes, speeds and colours anywhere in their range. The seed decides where. */
  variation: number;
  /** 0 calm .. 1 fierce. */
  intensity: number;
  parameters: EffectParameters;
  left: Float32Array;
  right: Float32Array;
}

/** A factor around 1, up to `range` either way at full variation. */
export function varied({ seed, variation }: EffectContext, what: number, range: number): number {
  return range ** (new Noise(mixSeeds(seed, 77, what)).white() * variation);
}

/** Mixes a voice in at a frame, with a place between the sides. */
export function play(context: EffectContext, voice: Voice, startFrame: number, gain = 1, pan = 0): void {
  const block = 128;
  const left = new Float32Array(block);
  const right = new Float32Array(block);
  const angle = ((pan + 1) * Math.PI) / 4;
  const gainLeft = gain * Math.SQRT2 * Math.cos(angle);
  const gainRight = gain * Math.SQRT2 * Math.sin(angle);
  let more = true;
  for (let at = Math.max(0, startFrame); more && at < context.frames; at += block) {
    left.fill(0);
    right.fill(0);
    more = voice.render(left, right, 0, block);
    const end = Math.min(block, context.frames - at);
    for (let index = 0; index < end; index += 1) {
      context.left[at + index] = (context.left[at + index] ?? 0) + gainLeft * (left[index] ?? 0);
      context.right[at + index] = (context.right[at + index] ?? 0) + gainRight * (right[index] ?? 0);
    }
  }
}

/** Calls `each` at random times, `perSecond` of them on average (a Poisson process). */
export function scatter({ sampleRate, frames }: EffectContext, noise: Noise, perSecond: number, each: (frame: number) => void): void {
  let at = 0;
  for (;;) {
    at += (-Math.log(noise.between(1e-9, 1)) / perSecond) * sampleRate;
    if (at >= frames) return;
    each(Math.floor(at));
  }
}
