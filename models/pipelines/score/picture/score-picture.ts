/** A score as a picture for the history: its piano roll, and under it how strongly each track sounds. */
import { barsOf, endOfNotes, type Score, type Track } from '../../../../shared/music/score.ts';
import type { PixelImage } from '../../../pipeline.ts';
import { ground, line, mixed, sunken, trackColour } from './colours.ts';
import { loudnessOfTracks } from './loudness-strip.ts';
import { Painter } from './painter.ts';

export const pictureSize = { width: 1200, height: 500 } as const;
const margin = 14;
const stripHeight = 92;
/** Pixels of all drums beside melodies, and of one of them. */
const drumsHeight = 100;
const drumRow = 26;
const fewestSemitones = 20;
const blackKeys = new Set([1, 3, 6, 8, 10]);

interface Rows {
  top: number;
  bottom: number;
  /** The upper edge of a pitch's row. */
  of: (pitch: number) => number;
  height: number;
}

function melodicRows(tracks: readonly Track[], top: number, bottom: number): Rows & { low: number; high: number } {
  const pitches = tracks.flatMap(({ notes }) => notes.map(({ pitch }) => pitch));
  const lowest = pitches.reduce((least, pitch) => Math.min(least, pitch), 127);
  const highest = pitches.reduce((most, pitch) => Math.max(most, pitch), 0);
  const [first, last] = pitches.length === 0 ? [55, 74] : [lowest, highest];
  const missing = Math.max(0, fewestSemitones - (last - first + 1));
  const low = Math.max(0, first - 2 - Math.floor(missing / 2));
  const high = Math.min(127, last + 2 + Math.ceil(missing / 2));
  const height = (bottom - top) / (high - low + 1);
  return { top, bottom, low, high, height, of: (pitch) => top + (high - pitch) * height };
}

/** Drums have a row each, the lowest key at the bottom. */
function drumRows(tracks: readonly Track[], bottom: number, mostHeight: number, tallestRow: number): Rows {
  const pitches = [...new Set(tracks.flatMap(({ notes }) => notes.map(({ pitch }) => pitch)))].toSorted((a, b) => a - b);
  const height = Math.min(tallestRow, mostHeight / Math.max(1, pitches.length));
  const places = new Map(pitches.map((pitch, index) => [pitch, index]));
  const top = bottom - height * pitches.length;
  return { top, bottom, height, of: (pitch) => bottom - ((places.get(pitch) ?? 0) + 1) * height };
}

export function scorePicture(score: Score): PixelImage {
  const { width, height } = pictureSize;
  const painter = new Painter(width, height, ground);
  const bars = barsOf(score);
  const endTick = Math.max(1, score.lengthTicks, endOfNotes(score));
  const x = (tick: number): number => margin + (tick / endTick) * (width - 2 * margin);
  const rollBottom = height - stripHeight - 2 * margin;
  const drums = score.tracks.filter(({ instrument }) => instrument.kind === 'drums');
  const melodic = score.tracks.filter(({ instrument }) => instrument.kind !== 'drums');
  const onlyDrums = melodic.every(({ notes }) => notes.length === 0) && drums.some(({ notes }) => notes.length > 0);
  const kit = onlyDrums ? drumRows(drums, rollBottom, rollBottom - margin, Infinity) : drumRows(drums, rollBottom, drumsHeight, drumRow);
  const gap = kit.top < rollBottom ? 8 : 0;
  const keys = melodicRows(melodic, margin, onlyDrums ? margin : kit.top - gap);
  const rollTop = onlyDrums ? kit.top : margin;

  painter.rectangle(margin, rollTop, width - margin, rollBottom, sunken, 1, 6);
  if (!onlyDrums) {
    for (let pitch = keys.low; pitch <= keys.high; pitch += 1) {
      if (!blackKeys.has(pitch % 12)) painter.rectangle(margin, keys.of(pitch), width - margin, keys.of(pitch) + keys.height, line, 0.025);
      if (pitch % 12 === 0) painter.rectangle(margin, keys.of(pitch) + keys.height - 0.5, width - margin, keys.of(pitch) + keys.height + 0.5, line, 0.08); // prettier-ignore
    }
    if (gap > 0) painter.rectangle(margin, keys.bottom, width - margin, kit.top, ground);
  }
  // Lines closer than ten pixels would be a haze: every second, fourth ... bar then.
  const barPixels = (width - 2 * margin) / Math.max(1, bars.length);
  const everyBar = 2 ** Math.max(0, Math.ceil(Math.log2(10 / barPixels)));
  for (const bar of bars) {
    if (bar.index === 0 || bar.index % everyBar !== 0 || bar.start >= endTick) continue;
    painter.rectangle(
      x(bar.start) - 0.5,
      rollTop,
      x(bar.start) + 0.5,
      height - margin,
      line,
      bar.index % (4 * everyBar) === 0 ? 0.26 : 0.13,
    );
  }
  for (const [index, track] of score.tracks.entries()) {
    const rows = track.instrument.kind === 'drums' ? kit : keys;
    const colour = trackColour(index);
    for (const { start, duration, pitch, velocity } of track.notes) {
      const top = rows.of(pitch) + Math.min(1, rows.height * 0.12);
      const bottom = rows.of(pitch) + rows.height - Math.min(1, rows.height * 0.12);
      const left = x(start);
      const right = track.instrument.kind === 'drums' ? Math.max(left + 3, Math.min(left + drumRow, x(start + duration))) : Math.max(left + 2, x(start + duration) - 1); // prettier-ignore
      const opacity = (track.muted ? 0.3 : 1) * (0.5 + (0.5 * velocity) / 127);
      painter.rectangle(left, top, right, bottom, mixed(colour, line, Math.max(0, velocity - 100) / 120), opacity, 3.5);
    }
  }
  paintStrip(painter, score, endTick);
  return painter.picture();
}

/** The tracks' loudness, stacked around a middle line. */
function paintStrip(painter: Painter, score: Score, endTick: number): void {
  const columns = painter.width - 2 * margin;
  const middle = painter.height - margin - stripHeight / 2;
  const powers = loudnessOfTracks(score, columns, endTick);
  const totals = Float64Array.from({ length: columns }, (_, column) => powers.reduce((sum, track) => sum + (track[column] ?? 0), 0));
  const most = totals.reduce((loudest, total) => Math.max(loudest, total), 0);
  painter.rectangle(margin, middle - 0.5, painter.width - margin, middle + 0.5, line, 0.16);
  if (most === 0) return;
  for (let column = 0; column < columns; column += 1) {
    const total = totals[column] ?? 0;
    const reach = (stripHeight / 2) * Math.sqrt(total / most);
    let from = 0;
    for (const [index, track] of powers.entries()) {
      const share = total === 0 ? 0 : ((track[column] ?? 0) / total) * reach;
      if (share === 0) continue;
      const left = margin + column;
      painter.rectangle(left, middle - from - share, left + 1, middle - from, trackColour(index), 0.9);
      painter.rectangle(left, middle + from, left + 1, middle + from + share, trackColour(index), 0.9);
      from += share;
    }
  }
}
