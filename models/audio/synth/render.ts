/** Scores to sound, offline. */
import { endOfNotes, secondsAt, type Score } from '../../../shared/music/score.ts';
import { blockFrames, createEngine, type EngineOptions } from './engine.ts';

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

/** At the very end, so that a tail that still rings does not stop with a click. */
const lastFadeS = 0.04;

/** Seconds of the result. */
export function renderedSeconds(score: Score, tailS: number): number {
  return Math.max(secondsAt(score, score.lengthTicks), secondsAt(score, endOfNotes(score))) + tailS;
}

function* renderOne(score: Score, options: EngineOptions, tailS: number): Generator<number, { left: Float32Array; right: Float32Array }> {
  const { sampleRate } = options;
  const frames = Math.max(1, Math.ceil(renderedSeconds(score, tailS) * sampleRate));
  const left = new Float32Array(frames);
  const right = new Float32Array(frames);
  const engine = createEngine(options);
  engine.load(score);
  engine.play();
  if (engine.latencyFrames > 0) engine.process(new Float32Array(engine.latencyFrames), new Float32Array(engine.latencyFrames));
  const stretch = Math.ceil(sampleRate / blockFrames) * blockFrames;
  for (let start = 0; start < frames; start += stretch) {
    engine.process(left.subarray(start, start + stretch), right.subarray(start, start + stretch));
    yield Math.min(1, (start + stretch) / frames);
  }
  const fade = Math.min(frames, Math.round(lastFadeS * sampleRate));
  for (let index = 0; index < fade; index += 1) {
    left[frames - 1 - index] = (left[frames - 1 - index] ?? 0) * (index / fade);
    right[frames - 1 - index] = (right[frames - 1 - index] ?? 0) * (index / fade);
  }
  return { left, right };
}

/** A second of music at a time, so that the caller can breathe between them and stop: yields the share that is done. */
export function* renderScoreSteps(score: Score, options: RenderOptions = {}): Generator<number, Rendered> {
  const { sampleRate = 48_000, tailS = 3, stems = false, onProgress, ...rest } = options;
  const heard = score.tracks.filter(({ muted, solo }) => (score.tracks.some((track) => track.solo) ? solo && !muted : !muted));
  const runs = stems ? heard.length + 1 : 1;
  const rendered: { left: Float32Array; right: Float32Array }[] = [];
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
