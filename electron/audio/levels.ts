/** How loud a sound is, and bringing it to a loudness, in passes over it: see models/audio/loudness/normalise.ts for short ones. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../shared/contract/errors.ts';
import { dbOfGain, gainOfDb } from '../../models/audio/dsp/levels.ts';
import { LoudnessMeter } from '../../models/audio/loudness/loudness.ts';
import { mostGainDb, mostRounds } from '../../models/audio/loudness/normalise.ts';
import { TruePeakFollower } from '../../models/audio/loudness/true-peak.ts';
import type { AudioSource } from './files/audio-source.ts';
import { limited, scaled } from './sources.ts';

const targetLufs = -14;
export const ceiling = gainOfDb(-1);
/** What never gets louder than this is silence: -80 dB of full scale. */
const silence = gainOfDb(-80);

export interface Levels {
  /** -Infinity for what stays below -70 LUFS. */
  lufs: number;
  /** As factors of full scale. */
  samplePeak: number;
  truePeak: number;
}

async function each(source: AudioSource, signal: AbortSignal, use: (block: readonly Float32Array[]) => void): Promise<void> {
  for (const block of source.blocks()) {
    if (signal.aborted) throw new AppError('cancelled', 'The export was cancelled.');
    use(block);
    await setImmediate();
  }
}

/** Two passes: peaks between samples are looked for only where they can be. */
export async function levelsOf(source: AudioSource, signal: AbortSignal): Promise<Levels> {
  const meter = new LoudnessMeter(source.channelCount, source.sampleRate);
  let samplePeak = 0;
  await each(source, signal, (block) => {
    meter.push(block);
    for (const samples of block) for (const sample of samples) samplePeak = Math.max(samplePeak, Math.abs(sample));
  });
  return { lufs: meter.result().integratedLufs, samplePeak, truePeak: await truePeakOf(source, samplePeak, signal) };
}

async function truePeakOf(source: AudioSource, loudest: number, signal: AbortSignal): Promise<number> {
  const followers = Array.from({ length: source.channelCount }, () => new TruePeakFollower(loudest));
  let most = 0;
  await each(source, signal, (block) => {
    for (const [channel, follower] of followers.entries()) {
      for (const sample of block[channel] ?? []) most = Math.max(most, follower.push(sample));
    }
  });
  for (const follower of followers) {
    for (let index = 0; index <= TruePeakFollower.delay; index += 1) most = Math.max(most, follower.push(0));
  }
  return most;
}

export const isSilent = ({ samplePeak }: Pick<Levels, 'samplePeak'>): boolean => samplePeak < silence;

export interface Normalised {
  source: AudioSource;
  levels: Levels;
  /** What was done before limiting, as a factor. */
  gain: number;
}

/** To -14 LUFS within 0.1 LU where the peaks allow it, with no true peak over -1 dB of full scale. */
export async function normalised(source: AudioSource, before: Levels, signal: AbortSignal): Promise<Normalised> {
  const times = (factor: number): Levels => ({
    lufs: before.lufs + dbOfGain(factor),
    samplePeak: before.samplePeak * factor,
    truePeak: before.truePeak * factor,
  });
  if (before.lufs === -Infinity) {
    const room = before.truePeak > ceiling ? ceiling / before.truePeak : 1;
    return { source: scaled(source, room), levels: times(room), gain: room };
  }
  let gainDb = Math.min(mostGainDb, targetLufs - before.lufs);
  if (before.truePeak * gainOfDb(gainDb) <= ceiling) {
    const gain = gainOfDb(gainDb);
    return { source: scaled(source, gain), levels: times(gain), gain };
  }
  let result = limited(source, gainOfDb(gainDb), ceiling);
  let levels = await levelsOf(result, signal);
  // Limiting takes some loudness away: a little more gain, as long as that helps.
  for (let round = 0; round < mostRounds && targetLufs - levels.lufs > 0.05 && gainDb < mostGainDb; round += 1) {
    gainDb = Math.min(mostGainDb, gainDb + Math.min(3, (targetLufs - levels.lufs) * 1.2));
    result = limited(source, gainOfDb(gainDb), ceiling);
    levels = await levelsOf(result, signal);
  }
  const gain = gainOfDb(gainDb);
  if (levels.truePeak <= ceiling) return { source: result, levels, gain };
  const down = ceiling / levels.truePeak;
  return {
    source: scaled(result, down),
    levels: { lufs: levels.lufs + dbOfGain(down), samplePeak: levels.samplePeak * down, truePeak: ceiling },
    gain,
  };
}
