/** What music is compared by: counterpoint, histograms, keys, repetition. */
import { tonalityOf, tonalityOfKey } from '../../shared/music/harmony.ts';
import { barsOf, type Note, type Score } from '../../shared/music/score.ts';
import { drumOfPitch } from '../../models/pipelines/score/autoregressive/drum-map.ts';
import type { Chorale } from './music-data.ts';

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]] as const; // prettier-ignore
const stepsPerBar = 16;

export interface Counterpoint {
  /** Each a bar: two voices that move the same way from one perfect interval to the same one. */
  parallelFifths: number;
  parallelOctaves: number;
  /** Share of steps in which a voice lies above its upper neighbour. */
  crossings: number;
  /** Share of sounding steps outside what the voice sings in the training pieces. */
  outOfRange: number;
  /** Notes that begin, a bar. */
  onsets: number;
  /** Share of bars in which no voice begins a note. */
  stillBars: number;
  silentSteps: number;
}

export interface Ranges {
  low: number[];
  high: number[];
}

export function rangesOf(pieces: readonly Chorale[]): Ranges {
  const ranges: Ranges = { low: [127, 127, 127, 127], high: [0, 0, 0, 0] };
  for (const moment of pieces.flat()) {
    for (const [voice, pitch] of moment.entries()) {
      if (pitch < 0) continue;
      ranges.low[voice] = Math.min(ranges.low[voice] ?? 127, pitch);
      ranges.high[voice] = Math.max(ranges.high[voice] ?? 0, pitch);
    }
  }
  return ranges;
}

export function counterpointOf(pieces: readonly Chorale[], ranges: Ranges): Counterpoint {
  const count = { fifths: 0, octaves: 0, crossed: 0, outside: 0, sounding: 0, onsets: 0, still: 0, silent: 0, steps: 0, bars: 0 };
  for (const piece of pieces) {
    count.bars += piece.length / stepsPerBar;
    let begun = 0;
    for (const [step, moment] of piece.entries()) {
      const before = piece[step - 1];
      if (step % stepsPerBar === 0) begun = 0;
      count.steps += 1;
      if (moment.every((pitch) => pitch < 0)) count.silent += 1;
      for (const [voice, pitch] of moment.entries()) {
        if (pitch < 0) continue;
        count.sounding += 1;
        if (pitch < (ranges.low[voice] ?? 0) || pitch > (ranges.high[voice] ?? 127)) count.outside += 1;
        if (before?.[voice] !== pitch) {
          count.onsets += 1;
          begun += 1;
        }
      }
      if (moment.some((pitch, voice) => voice > 0 && pitch > (moment[voice - 1] ?? -1) && (moment[voice - 1] ?? -1) >= 0))
        count.crossed += 1;
      if (before !== undefined) for (const [upper, lower] of pairs) {
        const [a, b, c, d] = [before[upper] ?? -1, before[lower] ?? -1, moment[upper] ?? -1, moment[lower] ?? -1];
        if (Math.min(a, b, c, d) < 0 || a === c || b === d || Math.sign(c - a) !== Math.sign(d - b)) continue;
        const [was, is] = [Math.abs(a - b) % 12, Math.abs(c - d) % 12];
        if (was === 7 && is === 7) count.fifths += 1;
        if (was === 0 && is === 0) count.octaves += 1;
      } // prettier-ignore
      if (step % stepsPerBar === stepsPerBar - 1 && begun === 0) count.still += 1;
    }
  }
  return {
    parallelFifths: count.fifths / count.bars,
    parallelOctaves: count.octaves / count.bars,
    crossings: count.crossed / count.steps,
    outOfRange: count.outside / Math.max(1, count.sounding),
    onsets: count.onsets / count.bars,
    stillBars: count.still / count.bars,
    silentSteps: count.silent / count.steps,
  };
}

/** Steps of each pitch class above the tonic of the piece's likeliest key, then twelve more for minor keys. */
export function pitchClasses(pieces: readonly Chorale[]): number[] {
  const counts = new Array<number>(24).fill(0);
  for (const piece of pieces) {
    const sounding = piece.flat().filter((pitch) => pitch >= 0);
    const key = tonalityOf(sounding.map((pitch) => ({ pitch, duration: 1 })));
    if (key === null) continue;
    for (const pitch of sounding) {
      const bin = ((pitch - key.tonic + 120) % 12) + (key.mode === 'minor' ? 12 : 0);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  return counts;
}

const widestInterval = 12;

/** Melodic steps of each voice, -12..12 semitones (larger ones at the ends), voices one after another. */
export function intervals(pieces: readonly Chorale[]): number[] {
  const bins = 2 * widestInterval + 1;
  const counts = new Array<number>(4 * bins).fill(0);
  for (const piece of pieces) {
    for (let voice = 0; voice < 4; voice += 1) {
      let last = -1;
      for (const moment of piece) {
        const pitch = moment[voice] ?? -1;
        if (pitch >= 0 && last >= 0 && pitch !== last) {
          const bin = voice * bins + Math.max(-widestInterval, Math.min(widestInterval, pitch - last)) + widestInterval;
          counts[bin] = (counts[bin] ?? 0) + 1;
        }
        if (pitch >= 0) last = pitch;
      }
    }
  }
  return counts;
}

/** Lengths of notes in 16ths, 1..16 and more. */
export function lengths(pieces: readonly Chorale[]): number[] {
  const counts = new Array<number>(17).fill(0);
  for (const piece of pieces) {
    for (let voice = 0; voice < 4; voice += 1) {
      let length = 0;
      for (const [step, moment] of piece.entries()) {
        if ((moment[voice] ?? -1) < 0) continue;
        length += 1;
        if (piece[step + 1]?.[voice] === moment[voice]) continue;
        counts[Math.min(17, length) - 1] = (counts[Math.min(17, length) - 1] ?? 0) + 1;
        length = 0;
      }
    }
  }
  return counts;
}

/** KL divergence of the first from the second in nats; each count is smoothed by a half. */
export function divergence(counts: readonly number[], reference: readonly number[]): number {
  const shares = (values: readonly number[]): number[] => {
    const total = values.reduce((sum, value) => sum + value + 0.5, 0);
    return values.map((value) => (value + 0.5) / total);
  };
  const [p, q] = [shares(counts), shares(reference)];
  return p.reduce((sum, value, bin) => sum + value * Math.log(value / (q[bin] ?? 1)), 0);
}

const scaleOf = { major: new Set([0, 2, 4, 5, 7, 9, 11]), minor: new Set([0, 2, 3, 5, 7, 8, 10, 11]) };

/** Share of the sounding time on notes of the scale (minor with both sevenths) of the score's key, or of its likeliest. */
export function shareInKey(score: Score): number {
  const notes = score.tracks.flatMap((track) => (track.instrument.kind === 'drums' ? [] : track.notes));
  const [said] = score.keys;
  const key = said === undefined ? tonalityOf(notes) : tonalityOfKey(said);
  if (key === null) return NaN;
  const total = notes.reduce((sum, { duration }) => sum + duration, 0);
  return (
    notes.reduce((sum, { pitch, duration }) => sum + (scaleOf[key.mode].has((pitch - key.tonic + 120) % 12) ? duration : 0), 0) / total
  );
}

/** What a bar is like: onsets by 16th, and sounding time by pitch class. */
function barVector(notes: readonly Note[], start: number, end: number): number[] {
  const vector = new Array<number>(28).fill(0);
  for (const note of notes) {
    const sounding = Math.min(end, note.start + note.duration) - Math.max(start, note.start);
    if (sounding <= 0) continue;
    vector[16 + (note.pitch % 12)] = (vector[16 + (note.pitch % 12)] ?? 0) + sounding / (end - start);
    if (note.start >= start) {
      const place = Math.min(15, Math.floor(((note.start - start) / (end - start)) * 16));
      vector[place] = (vector[place] ?? 0) + 0.25;
    }
  }
  return vector;
}

/** How like its most like other bar a bar is (cosine), on average: 1 is a loop. */
export function selfSimilarity(score: Score): number {
  const notes = score.tracks.flatMap((track) => track.notes);
  const vectors = barsOf(score).map(({ start, end }) => barVector(notes, start, end)).filter((vector) => vector.some((value) => value > 0)); // prettier-ignore
  const cosine = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
  return mean(vectors.map((own, index) => Math.max(...vectors.flatMap((other, place) => (place === index ? [] : [cosine(own, other)])))));
}

export interface Drumming {
  hitsPerBar: number;
  /** Shares of the hits: between two 8ths, and between two quarters. */
  offSixteenths: number;
  offBeats: number;
  /** Standard deviations: velocity, and 16ths from the grid. */
  velocity: number;
  timing: number;
  /** Share of hits of each of the nine drums. */
  drums: number[];
}

export function drummingOf(scores: readonly Score[]): Drumming {
  const notes = scores.flatMap(({ tracks }) => tracks.flatMap((track) => track.notes)).filter(({ pitch }) => drumOfPitch(pitch) !== null);
  const bars = scores.reduce((sum, score) => sum + barsOf(score).length, 0);
  const share = (test: (step: number) => boolean): number =>
    notes.filter(({ start }) => test(Math.round(start / 120))).length / Math.max(1, notes.length);
  const spread = (values: readonly number[]): number => {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  };
  return {
    hitsPerBar: notes.length / bars,
    offSixteenths: share((step) => step % 2 === 1),
    offBeats: share((step) => step % 4 === 2),
    velocity: spread(notes.map(({ velocity }) => velocity)),
    timing: spread(notes.map(({ start }) => start / 120 - Math.round(start / 120))),
    drums: Array.from({ length: 9 }, (_, drum) => notes.filter(({ pitch }) => drumOfPitch(pitch) === drum).length),
  };
}
