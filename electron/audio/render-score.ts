/** Scores to scratch sound, a second at a time, so that others get their turn and a run can be ended. */
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../shared/contract/errors.ts';
import { heardTracks, type Score, type Track } from '../../shared/music/score.ts';
import { readSoundFont, SoundFontSound, type SoundFont } from '../../models/audio/soundfont/soundfont.ts';
import type { TrackSound } from '../../models/audio/synth/sound.ts';
import { renderedFrames, renderedSeconds, scoreBlocks } from '../../models/audio/synth/score-blocks.ts';
import { type ScratchSound } from './scratch-sound.ts';

/** Seconds after the last bar or note, for what rings on. */
const tailS = 3;

export interface RenderRun {
  signal: AbortSignal;
  /** From 0 to 1. */
  onProgress(share: number): void;
}

export interface ScoreSound {
  sampleRate: number;
  soundFont: SoundFont | null;
}

let lastFont: { file: string; font: SoundFont } | null = null;

/** The last one is kept: it is usually asked for again. @throws AppError pack-invalid */
export async function soundFontOf(file: string): Promise<SoundFont> {
  if (lastFont?.file !== file) lastFont = { file, font: await readSoundFont(new Uint8Array(await readFile(file))) };
  return lastFont.font;
}

function soundOf({ soundFont, sampleRate }: ScoreSound): (track: Track) => TrackSound | null {
  return (track) => (soundFont === null ? null : new SoundFontSound(soundFont, track.instrument, sampleRate));
}

async function render(
  score: Score,
  sound: ScoreSound,
  tail: number,
  limiter: boolean,
  scratch: ScratchSound,
  run: RenderRun,
): Promise<void> {
  const { sampleRate } = sound;
  const frames = renderedFrames(score, tail, sampleRate);
  let done = 0;
  for (const { left, right } of scoreBlocks(score, { sampleRate, limiter, soundOf: soundOf(sound) }, tail)) {
    if (run.signal.aborted) throw new AppError('cancelled', 'The export was cancelled.');
    scratch.append(left, right);
    done += left.length;
    run.onProgress(done / frames);
    await setImmediate();
  }
}

/** The mix, as it is heard in the room. */
export function renderMix(score: Score, sound: ScoreSound, scratch: ScratchSound, run: RenderRun): Promise<void> {
  return render(score, sound, tailS, true, scratch, run);
}

export interface Stem {
  track: Track;
  sound: ScratchSound;
}

/** Each heard track that has notes as it stands in the mix, without the mix's limiter, all as long as the mix. */
export async function renderStems(score: Score, sound: ScoreSound, scratchFor: () => ScratchSound, run: RenderRun): Promise<Stem[]> {
  const tracks = heardTracks(score).filter(({ notes }) => notes.length > 0);
  const seconds = renderedSeconds(score, tailS);
  const stems: Stem[] = [];
  for (const [index, track] of tracks.entries()) {
    const part = { ...score, tracks: [track] };
    const stem = { track, sound: scratchFor() };
    stems.push(stem);
    await render(part, sound, seconds - renderedSeconds(part, 0), false, stem.sound, {
      signal: run.signal,
      onProgress: (share) => {
        run.onProgress((index + share) / tracks.length);
      },
    });
  }
  return stems;
}
