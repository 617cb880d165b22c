/** Keys and chords: what a score is in, and what sounds. */
import type { Bar, Key, Note, Score } from './score.ts';
import { barsOf, sortedNotes } from './score.ts';

/** Krumhansl and Kessler (1982): how well each degree fits a key, from its tonic upwards. */
export const keyProfiles = {
  major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
  minor: [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
} as const;

export interface Tonality {
  /** Pitch class, 0 is C. */
  tonic: number;
  mode: 'major' | 'minor';
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [(a[index] ?? 0) - meanA, (b[index] ?? 0) - meanB];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}

/** The likeliest key of the notes, weighted by their length; null when there are none. */
export function tonalityOf(notes: Iterable<Pick<Note, 'pitch' | 'duration'>>): Tonality | null {
  const heard = new Array<number>(12).fill(0);
  for (const { pitch, duration } of notes) heard[pitch % 12] = (heard[pitch % 12] ?? 0) + duration;
  if (heard.every((weight) => weight === 0)) return null;
  let best: Tonality & { fit: number } = { tonic: 0, mode: 'major', fit: -Infinity };
  for (const mode of ['major', 'minor'] as const) {
    const profile = keyProfiles[mode];
    for (let tonic = 0; tonic < 12; tonic += 1) {
      const fit = correlation(
        heard,
        profile.map((_, degree) => profile[(degree - tonic + 12) % 12] ?? 0),
      );
      if (fit > best.fit) best = { tonic, mode, fit };
    }
  }
  return { tonic: best.tonic, mode: best.mode };
}

/** The signature with the fewest accidentals. */
export function keyOfTonality({ tonic, mode }: Tonality): Omit<Key, 'tick'> {
  const major = mode === 'major' ? tonic : (tonic + 3) % 12;
  const fifths = (major * 7) % 12;
  return { fifths: fifths > 6 ? fifths - 12 : fifths, mode };
}

export function tonalityOfKey({ fifths, mode }: Omit<Key, 'tick'>): Tonality {
  const major = (((fifths * 7) % 12) + 12) % 12;
  return { tonic: mode === 'major' ? major : (major + 9) % 12, mode };
}

const sharpNames = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];
const flatNames = ['C', 'D♭', 'D', 'E♭', 'E', 'F', 'G♭', 'G', 'A♭', 'A', 'B♭', 'B'];

export const pitchClassName = (pitchClass: number, fifths = 0): string =>
  (fifths < 0 ? flatNames : sharpNames)[((pitchClass % 12) + 12) % 12] ?? '';

/** "D minor" */
export function keyName(key: Omit<Key, 'tick'>): string {
  return `${pitchClassName(tonalityOfKey(key).tonic, key.fifths)} ${key.mode}`;
}

interface ChordShape {
  suffix: string;
  /** Semitones above the root. */
  tones: readonly number[];
}

/** Simpler ones first: among equally good fits the first is named. */
const chordShapes: readonly ChordShape[] = [
  { suffix: '', tones: [0, 4, 7] },
  { suffix: 'm', tones: [0, 3, 7] },
  { suffix: '7', tones: [0, 4, 7, 10] },
  { suffix: 'm7', tones: [0, 3, 7, 10] },
  { suffix: 'maj7', tones: [0, 4, 7, 11] },
  { suffix: 'dim', tones: [0, 3, 6] },
  { suffix: 'm7♭5', tones: [0, 3, 6, 10] },
  { suffix: 'dim7', tones: [0, 3, 6, 9] },
  { suffix: 'aug', tones: [0, 4, 8] },
  { suffix: 'sus4', tones: [0, 5, 7] },
  { suffix: 'sus2', tones: [0, 2, 7] },
];

export interface Chord {
  start: number;
  end: number;
  root: number;
  suffix: string;
  /** Pitch class of the lowest note, when it is not the root. */
  bass: number | null;
}

/** The chord that explains the most of what sounds between two ticks; null for silence and single pitch classes. */
export function chordBetween(notes: readonly Note[], start: number, end: number): Omit<Chord, 'start' | 'end'> | null {
  const weights = new Array<number>(12).fill(0);
  let bass: number | null = null;
  for (const note of notes) {
    const sounding = Math.min(end, note.start + note.duration) - Math.max(start, note.start);
    if (sounding <= 0) continue;
    weights[note.pitch % 12] = (weights[note.pitch % 12] ?? 0) + sounding;
    if (bass === null || note.pitch < bass) bass = note.pitch;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0 || bass === null || weights.filter((weight) => weight > 0.05 * total).length < 2) return null;
  let best: { root: number; suffix: string; fit: number } | null = null;
  for (let root = 0; root < 12; root += 1) {
    for (const { suffix, tones } of chordShapes) {
      const inside = tones.map((tone) => weights[(root + tone) % 12] ?? 0);
      const missing = inside.filter((weight) => weight < 0.03 * total).length;
      const covered = inside.reduce((sum, weight) => sum + weight, 0) / total;
      const fit = covered - 0.18 * missing - 0.02 * tones.length + (bass % 12 === root ? 0.06 : 0);
      if (best === null || fit > best.fit + 1e-9) best = { root, suffix, fit };
    }
  }
  return best === null ? null : { root: best.root, suffix: best.suffix, bass: bass % 12 === best.root ? null : bass % 12 };
}

export const chordName = ({ root, suffix, bass }: Omit<Chord, 'start' | 'end'>, fifths = 0): string =>
  `${pitchClassName(root, fifths)}${suffix}${bass === null ? '' : `/${pitchClassName(bass, fifths)}`}`;

/** Those that sound in each bar. */
function notesByBar(notes: readonly Note[], bars: readonly Bar[]): Note[][] {
  const sounding = bars.map((): Note[] => []);
  let first = 0;
  for (const note of sortedNotes(notes)) {
    while (first < bars.length && (bars[first]?.end ?? 0) <= note.start) first += 1;
    for (let index = first; index < bars.length && (bars[index]?.start ?? 0) < note.start + note.duration; index += 1)
      sounding[index]?.push(note);
  }
  return sounding;
}

/** One chord for each half bar (for each bar of three or fewer counts), equal neighbours joined; drums do not count. */
export function chordsOf(score: Score): Chord[] {
  const notes = score.tracks.flatMap((track) => (track.instrument.kind === 'drums' ? [] : track.notes));
  const chords: Chord[] = [];
  const bars = barsOf(score);
  const sounding = notesByBar(notes, bars);
  for (const [index, bar] of bars.entries()) {
    const parts = bar.metre.numerator % 2 === 0 && bar.metre.numerator > 2 ? 2 : 1;
    for (let part = 0; part < parts; part += 1) {
      const start = bar.start + ((bar.end - bar.start) * part) / parts;
      const end = bar.start + ((bar.end - bar.start) * (part + 1)) / parts;
      const chord = chordBetween(sounding[index] ?? [], start, end);
      if (chord === null) continue;
      const last = chords.at(-1);
      if (last?.end === start && last.root === chord.root && last.suffix === chord.suffix && last.bass === chord.bass) last.end = end;
      else chords.push({ start, end, ...chord });
    }
  }
  return chords;
}
