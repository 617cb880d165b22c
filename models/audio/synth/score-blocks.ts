/** A score as sound in stretches of a second, for whoever cannot hold it whole. */
import { endOfNotes, secondsAt, type Score } from '../../../shared/music/score.ts';
import { blockFrames, createEngine, type EngineOptions } from './engine.ts';

export interface StereoBlock {
  left: Float32Array;
  right: Float32Array;
}

/** At the very end, so that a tail that still rings does not stop with a click. */
const lastFadeS = 0.04;

/** Seconds of the result. */
export function renderedSeconds(score: Score, tailS: number): number {
  return Math.max(secondsAt(score, score.lengthTicks), secondsAt(score, endOfNotes(score))) + tailS;
}

export const renderedFrames = (score: Score, tailS: number, sampleRate: number): number =>
  Math.max(1, Math.ceil(renderedSeconds(score, tailS) * sampleRate));

/** From the start, without the limiter's delay. A block's arrays are its own. */
export function* scoreBlocks(score: Score, options: EngineOptions, tailS: number): Generator<StereoBlock> {
  const { sampleRate } = options;
  const frames = renderedFrames(score, tailS, sampleRate);
  const engine = createEngine(options);
  engine.load(score);
  engine.play();
  if (engine.latencyFrames > 0) engine.process(new Float32Array(engine.latencyFrames), new Float32Array(engine.latencyFrames));
  const stretch = Math.ceil(sampleRate / blockFrames) * blockFrames;
  const fade = Math.min(frames, Math.round(lastFadeS * sampleRate));
  for (let start = 0; start < frames; start += stretch) {
    const length = Math.min(stretch, frames - start);
    const block = { left: new Float32Array(length), right: new Float32Array(length) };
    engine.process(block.left, block.right);
    for (let index = Math.max(0, frames - fade - start); index < length; index += 1) {
      const gain = (frames - 1 - start - index) / fade;
      block.left[index] = (block.left[index] ?? 0) * gain;
      block.right[index] = (block.right[index] ?? 0) * gain;
    }
    yield block;
  }
}
