/** A score as frames: what begins when, in each track. */
import { barsOf, ticksPerQuarter, type Score, type Track } from '../../../shared/music/score.ts';
import { mixSeeds } from '../dsp/noise.ts';
import type { NoteStart } from './sound.ts';
import type { TempoMap } from './tempo-map.ts';

export interface TimedNote extends NoteStart {
  startFrame: number;
  endFrame: number;
}

export interface Beat {
  frame: number;
  /** The first of its bar. */
  first: boolean;
}

const hashOf = (text: string): number => mixSeeds(...Array.from(text, (letter) => letter.codePointAt(0) ?? 0));

/** Sorted by start. A note's chance depends on the seed, its track, its start and its pitch: not on what else is there. */
export function timedNotes(track: Track, tempos: TempoMap, sampleRate: number, seed: number): TimedNote[] {
  const trackSeed = hashOf(track.id);
  return track.notes
    .map(({ start, duration, pitch, velocity }) => {
      const startFrame = Math.round(tempos.secondsAt(start) * sampleRate);
      const endFrame = Math.max(startFrame + 1, Math.round(tempos.secondsAt(start + duration) * sampleRate));
      return { startFrame, endFrame, pitch, velocity: velocity / 127, seed: mixSeeds(seed, trackSeed, start, pitch) };
    })
    .toSorted((a, b) => a.startFrame - b.startFrame);
}

/** What the metronome counts: the metre's denominators, or dotted ones in 6/8, 9/8 and 12/8. */
export function beatsOf(score: Score, tempos: TempoMap, sampleRate: number): Beat[] {
  return barsOf(score).flatMap(({ start, end, metre }) => {
    const compound = metre.denominator >= 8 && metre.numerator > 3 && metre.numerator % 3 === 0;
    const ticks = ((4 * ticksPerQuarter) / metre.denominator) * (compound ? 3 : 1);
    const beats: Beat[] = [];
    for (let tick = start; tick < end; tick += ticks)
      beats.push({ frame: Math.round(tempos.secondsAt(tick) * sampleRate), first: tick === start });
    return beats;
  });
}

/** The first place in a sorted list whose frame is not before `frame`. */
export function firstFrom(notes: readonly TimedNote[], frame: number): number {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((notes[middle]?.startFrame ?? 0) < frame) low = middle + 1;
    else high = middle;
  }
  return low;
}
