/** Scores to sound, offline. */
import type { Score } from '../../../shared/music/score.ts';
import type { EngineOptions } from './engine.ts';
import { renderedFrames, renderedSeconds, scoreBlocks, type StereoBlock } from './score-blocks.ts';

export interface Rendered {
  left: Float32Array;
  right: Float32Array;
  /** Of each heard track, with its own reverb and without the limiter: their sum is the mix before the limiter. */
  stems?: { trackId: string; left: Float32Array; right: Float32Array }[];
}

export interface RenderOptions extends Omit<EngineOptions, 'sampleRate'> {
  /** 48000 unless told. */
  sampleRate?: number;
  /** Seconds after the end of the last bar or note, for what rings on; 3 unless told. */
  tailS?: number;
  stems?: boolean;
  /** 0..1, about once a second of music. */
  onProgress?: (share: number) => void;
}

function* renderOne(score: Score, options: EngineOptions, tailS: number): Generator<number, StereoBlock> {
  const frames = renderedFrames(score, tailS, options.sampleRate);
  const whole = { left: new Float32Array(frames), right: new Float32Array(frames) };
  let done = 0;
  for (const { left, right } of scoreBlocks(score, options, tailS)) {
    whole.left.set(left, done);
    whole.right.set(right, done);
    done += left.length;
    yield done / frames;
  }
  return whole;
}

/** A second of music at a time, so that the caller can breathe between them and stop: yields the share that is done. */
export function* renderScoreSteps(score: Score, options: RenderOptions = {}): Generator<number, Rendered> {
  const { sampleRate = 48_000, tailS = 3, stems = false, onProgress, ...rest } = options;
  const heard = score.tracks.filter(({ muted, solo }) => (score.tracks.some((track) => track.solo) ? solo && !muted : !muted));
  const runs = stems ? heard.length + 1 : 1;
  const rendered: StereoBlock[] = [];
  for (let run = 0; run < runs; run += 1) {
    const track = heard[run - 1];
    const part = track === undefined ? score : { ...score, tracks: [track] };
    // Stems are as long as the mix.
    const partTail = renderedSeconds(score, tailS) - renderedSeconds(part, 0);
    const steps = renderOne(part, { ...rest, sampleRate, ...(track === undefined ? {} : { limiter: false }) }, partTail);
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        rendered.push(step.value);
        break;
      }
      const share = (run + step.value) / runs;
      onProgress?.(share);
      yield share;
    }
  }
  const [mix, ...others] = rendered;
  if (mix === undefined) throw new RangeError('Nothing was rendered');
  return stems
    ? { ...mix, stems: heard.flatMap(({ id }, index) => (others[index] === undefined ? [] : [{ trackId: id, ...others[index] }])) }
    : mix;
}

/** {@link renderScoreSteps} in one go. */
export function renderScore(score: Score, options: RenderOptions = {}): Rendered {
  const steps = renderScoreSteps(score, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
