/** A piano roll as SVG: keys and drums at the left, bars and chords above, a colour a track. */
import { drumName } from '../../../shared/music/drum-names.ts';
import { chordName, chordsOf, keyName, type Chord } from '../../../shared/music/harmony.ts';
import { ticksPerQuarter, type Note, type Score, type Track } from '../../../shared/music/score.ts';
import { trackColour } from '../../../shared/music/track-colours.ts';
import { escapeText } from '../sheets/sheet-picture.ts';
import {
  drawingWidth,
  gridLeft,
  gridWidth,
  headerHeight,
  keysWidth,
  layOut,
  legendLine,
  margin,
  rowTop,
  xOf,
  type RollLayout,
  type System,
} from './roll-layout.ts';

const ground = '#fdfcfa';
const ink = '#26231f';
const faint = '#7d766d';
const grid = { white: '#ffffff', black: '#f3f1ec', octave: '#d9d4ca', beat: '#ebe7df', bar: '#b5ada1', frame: '#8f877b' };
const keys = { white: '#ffffff', black: '#2f2b27', edge: '#cfc9be' };
const blackKeys = new Set([1, 3, 6, 8, 10]);
const fonts = 'Inter, Segoe UI, Helvetica, Arial, DejaVu Sans, Noto Sans, sans-serif';
/** Bar numbers and chords are left out where they would lie upon each other. */
const leastBarLabel = 48;
const leastChordLabel = 52;
const leastBeat = 14;
const longestName = 32;

export interface RollOptions {
  title: string;
  /** How the piece came about, kept inside the file; null: nothing. */
  comment: string | null;
}

export interface RollDrawing {
  svg: string;
  width: number;
  height: number;
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

function rect(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}"${more}/>`;
}

function text(x: number, y: number, size: number, words: string, more = ''): string {
  return `<text x="${n(x)}" y="${n(y)}" font-size="${n(size)}"${more}>${escapeText(words)}</text>`;
}

/** About as wide as it will be, in a font nobody knows yet. */
const textWidth = (words: string, size: number): number => words.length * size * 0.56;

interface LegendEntry {
  index: number;
  name: string;
  line: number;
  x: number;
}

function legendOf(tracks: readonly Track[]): LegendEntry[] {
  let [x, line] = [margin, 0];
  return tracks.map(({ name }, index) => {
    const shown = name.trim() === '' ? `Track ${String(index + 1)}` : Array.from(name.trim()).slice(0, longestName).join('');
    const width = 34 + textWidth(shown, 26) + 36;
    if (x > margin && x + width > drawingWidth - margin) [x, line] = [margin, line + 1];
    const entry = { index, name: shown, line, x };
    x += width;
    return entry;
  });
}

function header(score: Score, title: string, legend: readonly LegendEntry[]): string[] {
  const [tempo] = score.tempos;
  const [metre] = score.metres;
  const [key] = score.keys;
  const bars = layOut(score, 0).systems.reduce((sum, system) => sum + system.bars.length, 0);
  const facts = [
    ...(key === undefined ? [] : [keyName(key)]),
    ...(metre === undefined ? [] : [`${String(metre.numerator)}/${String(metre.denominator)}`]),
    ...(tempo === undefined ? [] : [`${String(Math.round(tempo.bpm))} bpm`]),
    `${String(bars)} ${bars === 1 ? 'bar' : 'bars'}`,
  ].join('  ·  ');
  const top = headerHeight;
  return [
    text(margin, 84, 52, title, ` font-weight="700" fill="${ink}"`),
    text(margin, 128, 28, facts, ` fill="${faint}"`),
    ...legend.flatMap(({ index, name, line, x }) => [
      rect(x, top + line * legendLine + 4, 24, 24, trackColour(index), ' rx="6"'),
      text(x + 34, top + line * legendLine + 25, 26, name, ` fill="${ink}"`),
    ]),
  ];
}

function rowsOf({ rows }: RollLayout, { top }: System): string[] {
  const { pitches, drums, rowHeight } = rows;
  const out: string[] = [];
  const right = gridLeft + gridWidth;
  if (pitches !== null) {
    for (let pitch = pitches.high; pitch >= pitches.low; pitch -= 1) {
      const y = top + rowTop(rows, pitch, false);
      const isBlack = blackKeys.has(pitch % 12);
      out.push(rect(gridLeft, y, gridWidth, rowHeight, isBlack ? grid.black : grid.white));
      if (pitch % 12 === 0) out.push(`<path d="M${n(gridLeft)} ${n(y + rowHeight)}H${n(right)}" stroke="${grid.octave}"/>`);
      out.push(rect(margin, y, keysWidth - 8, rowHeight, keys.white, ` stroke="${keys.edge}" stroke-width="0.75"`));
      if (isBlack) out.push(rect(margin, y + rowHeight * 0.08, (keysWidth - 8) * 0.62, rowHeight * 0.84, keys.black, ' rx="2"'));
      if (pitch % 12 === 0)
        out.push(
          text(
            gridLeft - 16,
            y + rowHeight * 0.5 + 6,
            Math.min(20, rowHeight * 1.3),
            `C${String(pitch / 12 - 1)}`,
            ` text-anchor="end" fill="${faint}"`,
          ),
        );
    }
  }
  for (const [index, pitch] of drums.entries()) {
    const y = top + rowTop(rows, pitch, true);
    out.push(rect(gridLeft, y, gridWidth, rowHeight, index % 2 === 0 ? grid.white : grid.black));
    const size = Math.min(19, rowHeight * 0.95);
    out.push(text(gridLeft - 14, y + rowHeight / 2 + size * 0.35, size, drumName(pitch), ` text-anchor="end" fill="${faint}"`));
  }
  return out;
}

function linesOf({ rows }: RollLayout, system: System): string[] {
  const bottom = system.top + rows.height;
  const out: string[] = [];
  let labelledTo = -Infinity;
  for (const { index, start, end, metre } of system.bars) {
    const x = xOf(system, start);
    const beat = (ticksPerQuarter * 4) / metre.denominator;
    if (xOf(system, start + beat) - x >= leastBeat) {
      for (let tick = start + beat; tick < end; tick += beat)
        out.push(`<path d="M${n(xOf(system, tick))} ${n(system.top)}V${n(bottom)}" stroke="${grid.beat}"/>`);
    }
    if (xOf(system, end) - x >= 5)
      out.push(`<path d="M${n(x)} ${n(system.top - 8)}V${n(bottom)}" stroke="${grid.bar}" stroke-width="1.5"/>`);
    if (x < labelledTo) continue;
    out.push(text(x + 4, system.top - 50, 22, String(index + 1), ` fill="${faint}"`));
    labelledTo = x + Math.max(leastBarLabel, textWidth(String(index + 1), 22) + 12);
  }
  const right = xOf(system, system.bars.at(-1)?.end ?? system.end);
  out.push(
    `<path d="M${n(gridLeft)} ${n(system.top)}H${n(right)}V${n(bottom)}H${n(gridLeft)}Z" fill="none" stroke="${grid.frame}" stroke-width="1.5"/>`,
  );
  return out;
}

function chordLabels(chords: readonly Chord[], score: Score, system: System): string[] {
  const out: string[] = [];
  let labelledTo = -Infinity;
  for (const chord of chords) {
    if (chord.start < system.start || chord.start >= system.end) continue;
    const x = xOf(system, chord.start);
    if (x < labelledTo) continue;
    const fifths = score.keys.findLast(({ tick }) => tick <= chord.start)?.fifths ?? 0;
    const words = chordName(chord, fifths);
    out.push(text(x + 4, system.top - 16, 26, words, ` font-weight="600" fill="${ink}"`));
    labelledTo = x + Math.max(leastChordLabel, textWidth(words, 26) + 14);
  }
  return out;
}

function noteOf({ rows }: RollLayout, system: System, note: Note, isDrum: boolean): string {
  const from = Math.max(system.start, note.start);
  const to = Math.min(system.end, note.start + note.duration);
  const x = xOf(system, from);
  const y = system.top + rowTop(rows, note.pitch, isDrum) + 0.75;
  const height = rows.rowHeight - 1.5;
  const opacity = ` fill-opacity="${n(0.4 + (0.6 * note.velocity) / 127)}"`;
  // Drums have no length: a stroke is a diamond at its time.
  if (isDrum) {
    const half = Math.min(height / 2, 11);
    const middle = y + height / 2;
    return `<path d="M${n(x)} ${n(middle - half)}l${n(half)} ${n(half)}l${n(-half)} ${n(half)}l${n(-half)} ${n(-half)}z"${opacity}/>`;
  }
  const width = Math.max(2.5, xOf(system, to) - x - 1);
  return `<rect x="${n(x + 0.5)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(Math.min(4, height / 3, width / 2))}"${opacity}/>`;
}

function trackNotes(layout: RollLayout, track: Track, index: number): string[] {
  const isDrum = track.instrument.kind === 'drums';
  const drawn = layout.systems.flatMap((system) =>
    track.notes.flatMap((note) =>
      note.start < system.end && (note.start >= system.start || (!isDrum && note.start + note.duration > system.start))
        ? [noteOf(layout, system, note, isDrum)]
        : [],
    ),
  );
  const quiet = track.muted ? ' opacity="0.35"' : '';
  return [`<g fill="${trackColour(index)}" stroke="${trackColour(index)}" stroke-width="0.75"${quiet}>`, ...drawn, '</g>'];
}

/** @param score any valid one: without notes it is an empty grid */
export function rollSvg(score: Score, { title, comment }: RollOptions): RollDrawing {
  const legend = legendOf(score.tracks);
  const layout = layOut(score, (legend.at(-1)?.line ?? -1) + 1);
  const chords = chordsOf(score);
  const { height } = layout;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(drawingWidth)} ${String(height)}" width="${String(drawingWidth)}" height="${String(height)}">`,
    `<title>${escapeText(title)}</title>`,
    ...(comment === null ? [] : [`<desc>${escapeText(comment)}</desc>`]),
    rect(0, 0, drawingWidth, height, ground),
    `<g font-family="${fonts}">`,
    ...header(score, title, legend),
    ...layout.systems.flatMap((system) => [...rowsOf(layout, system), ...linesOf(layout, system), ...chordLabels(chords, score, system)]),
    '</g>',
    ...score.tracks.flatMap((track, index) => trackNotes(layout, track, index)),
    '</svg>',
    '',
  ].join('\n');
  return { svg, width: drawingWidth, height };
}
