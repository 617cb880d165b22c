/** Frames of an animation: from one prompt and seed to the next, by blended prompts and interpolated noise. */
import type { DiffusionRequest } from '../domain/generation.ts';
import { GridError } from './grid-values.ts';

/** More frames than this are refused. */
export const mostFrames = 480;

export interface KeyFrame {
  prompt: string;
  seed: number;
}

export interface FrameOptions {
  keys: readonly KeyFrame[];
  /** Pictures from one key to the next, the first key among them and the next one not. */
  framesPerStep: number;
  /** Goes on from the last key to the first, so that the animation repeats without a jump. */
  closed: boolean;
  /** Even steps, or slow at each key. */
  easing: 'linear' | 'smooth';
}

/** How many pictures that makes. */
export function frameCount({ keys, framesPerStep, closed }: Pick<FrameOptions, 'keys' | 'framesPerStep' | 'closed'>): number {
  const steps = closed && keys.length > 2 ? keys.length : keys.length - 1;
  return Math.max(0, steps) * framesPerStep + (closed && keys.length > 2 ? 0 : 1);
}

/**
 * Keys stand as they are; between them the prompt is blended by `blendAmount` and the noise goes from seed to seed by
 * `variationStrength`, as spherical interpolation.
 * @throws GridError in words for the user
 */
export function frameRequests(base: DiffusionRequest, options: FrameOptions): DiffusionRequest[] {
  const { keys, framesPerStep, easing } = options;
  if (keys.length < 2) throw new GridError('An animation goes from one prompt or seed to another: give at least two.');
  if (!Number.isInteger(framesPerStep) || framesPerStep < 1) throw new GridError('At least one frame lies between two keys.');
  if (frameCount(options) > mostFrames) {
    throw new GridError(`${String(frameCount(options))} frames are too many: stay below ${String(mostFrames + 1)}.`);
  }
  if (keys.every((key) => key.prompt === keys[0]?.prompt && key.seed === keys[0].seed)) {
    throw new GridError('All keys are the same: change a prompt or a seed.');
  }
  return Array.from({ length: frameCount(options) }, (_, frame) => {
    const step = Math.min(Math.floor(frame / framesPerStep), keys.length - 1);
    const from = keys[step] ?? keys[0];
    const to = keys[(step + 1) % keys.length] ?? from;
    if (from === undefined || to === undefined) throw new GridError('A key is missing.');
    const linear = (frame - step * framesPerStep) / framesPerStep;
    const share = easing === 'smooth' ? linear * linear * (3 - 2 * linear) : linear;
    const blends = share > 0 && to.prompt !== from.prompt;
    const varies = share > 0 && to.seed !== from.seed;
    return {
      ...base,
      seed: from.seed,
      params: {
        ...base.params,
        prompt: from.prompt,
        blendPrompt: blends ? to.prompt : '',
        blendAmount: blends ? share : 0,
        variationSeed: varies ? to.seed : 0,
        variationStrength: varies ? share : 0,
      },
    };
  });
}
