/** Brings a finished sound to a loudness without letting any peak over the ceiling. */
import { dbOfGain, gainOfDb } from '../dsp/levels.ts';
import { Limiter } from './limiter.ts';
import { measureLoudness } from './loudness.ts';
import { truePeak } from './true-peak.ts';

export interface NormaliseOptions {
  sampleRate: number;
  /** -14 is what streaming services play at. */
  targetLufs?: number;
  /** dB of full scale, true peak. */
  ceilingDbtp?: number;
}

export interface Normalised {
  left: Float32Array;
  right: Float32Array;
  /** What was done before limiting. */
  gainDb: number;
  /** Whether any peak was held down. */
  limited: boolean;
  /** Of the result; -Infinity for silence. */
  loudnessLufs: number;
  truePeakDbtp: number;
}

/** More than this turns hiss into music. */
export const mostGainDb = 40;
/** Limiting takes loudness away; so often is some more gain tried. Drums need most. */
export const mostRounds = 8;

/** Copies, limited and moved back in time by the limiter's delay. */
export function limited(
  left: Float32Array,
  right: Float32Array,
  gain: number,
  ceiling: number,
  sampleRate: number,
): [Float32Array, Float32Array] {
  const limiter = new Limiter({ sampleRate, ceiling });
  const copies = [left, right].map((samples) => {
    const longer = new Float32Array(samples.length + limiter.latency);
    for (let index = 0; index < samples.length; index += 1) longer[index] = (samples[index] ?? 0) * gain;
    return longer;
  });
  const [longLeft = new Float32Array(), longRight = new Float32Array()] = copies;
  limiter.process(longLeft, longRight);
  return [longLeft.slice(limiter.latency), longRight.slice(limiter.latency)];
}

/**
 * @param left,right equal lengths; neither is changed. Mono: the same array twice.
 * @returns at the target within 0.1 LU where the peaks allow it; silence comes back as it is
 */
export function normalise(left: Float32Array, right: Float32Array, options: NormaliseOptions): Normalised {
  const { sampleRate, targetLufs = -14, ceilingDbtp = -1 } = options;
  const ceiling = gainOfDb(ceilingDbtp);
  const before = measureLoudness([left, right], sampleRate).integratedLufs;
  const peak = truePeak([left, right]);
  if (before === -Infinity) {
    const room = Math.min(1, peak > 0 ? ceiling / peak : 1);
    const scaled = [left, right].map((samples) => samples.map((sample) => sample * room));
    const [quietLeft = left, quietRight = right] = scaled;
    return {
      left: quietLeft,
      right: quietRight,
      gainDb: dbOfGain(room),
      limited: false,
      loudnessLufs: before,
      truePeakDbtp: dbOfGain(peak * room),
    };
  }
  let gainDb = Math.min(mostGainDb, targetLufs - before);
  if (peak * gainOfDb(gainDb) <= ceiling) {
    const gain = gainOfDb(gainDb);
    const [outLeft, outRight] = [left.map((sample) => sample * gain), right.map((sample) => sample * gain)];
    return { left: outLeft, right: outRight, gainDb, limited: false, loudnessLufs: before + gainDb, truePeakDbtp: dbOfGain(peak * gain) };
  }
  let result = limited(left, right, gainOfDb(gainDb), ceiling, sampleRate);
  let loudness = measureLoudness(result, sampleRate).integratedLufs;
  // Limiting takes some loudness away: a little more gain, as long as that helps.
  for (let round = 0; round < mostRounds && targetLufs - loudness > 0.05 && gainDb < mostGainDb; round += 1) {
    gainDb = Math.min(mostGainDb, gainDb + Math.min(3, (targetLufs - loudness) * 1.2));
    result = limited(left, right, gainOfDb(gainDb), ceiling, sampleRate);
    loudness = measureLoudness(result, sampleRate).integratedLufs;
  }
  const [outLeft, outRight] = result;
  let peakAfter = truePeak(result);
  if (peakAfter > ceiling) {
    const down = ceiling / peakAfter;
    for (const samples of new Set(result))
      for (let index = 0; index < samples.length; index += 1) samples[index] = (samples[index] ?? 0) * down;
    loudness += dbOfGain(down);
    peakAfter = ceiling;
  }
  return { left: outLeft, right: outRight, gainDb, limited: true, loudnessLufs: loudness, truePeakDbtp: dbOfGain(peakAfter) };
}
