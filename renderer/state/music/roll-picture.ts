/** A score as a small picture: every note of every track, for takes, steps and the lists of clips. */
import type { AssetHash } from '../../../shared/domain/ids.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import { endOfNotes, type Score } from '../../../shared/music/score.ts';
import { trackColour } from '../../../shared/music/track-colours.ts';
import { uploadPixels } from '../../api/pixels.ts';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const fewestPitches = 18;
const drumShare = 0.28;

interface Band {
  top: number;
  height: number;
  lowest: number;
  pitches: number;
}

function bandOf(pitches: readonly number[], top: number, height: number): Band {
  const lowest = pitches.reduce((least, pitch) => Math.min(least, pitch), 127);
  const highest = pitches.reduce((most, pitch) => Math.max(most, pitch), 0);
  const span = Math.max(fewestPitches, highest - lowest + 3);
  return { top, height, lowest: Math.round((lowest + highest - span) / 2) + 1, pitches: span };
}

/** Draws the notes over what is there, melodic tracks above drums; the whole piece is as wide as the picture. */
export function drawRoll(context: Context, score: Score, { width, height }: Size): void {
  const shown = score.tracks.map((track, index) => ({ track, colour: trackColour(index) })).filter(({ track }) => track.notes.length > 0);
  const drums = shown.filter(({ track }) => track.instrument.kind === 'drums');
  const melodic = shown.filter(({ track }) => track.instrument.kind === 'melodic');
  const drumHeight = drums.length === 0 ? 0 : melodic.length === 0 ? height : height * drumShare;
  const ticks = Math.max(score.lengthTicks, endOfNotes(score), 1);
  for (const [tracks, top, space] of [
    [melodic, 0, height - drumHeight],
    [drums, height - drumHeight, drumHeight],
  ] as const) {
    const pitches = tracks.flatMap(({ track }) => track.notes.map(({ pitch }) => pitch));
    if (pitches.length === 0) continue;
    const band = bandOf(pitches, top, space);
    const row = band.height / band.pitches;
    for (const { track, colour } of tracks) {
      context.fillStyle = colour;
      for (const { start, duration, pitch, velocity } of track.notes) {
        context.globalAlpha = 0.55 + (0.45 * velocity) / 127;
        const y = band.top + band.height - (pitch - band.lowest + 1) * row;
        const length = track.instrument.kind === 'drums' ? Math.min(duration, ticks / 160) : duration;
        context.fillRect((start / ticks) * width, y, Math.max(1.5, (length / ticks) * width - 0.5), Math.max(1.5, row - 0.5));
      }
    }
  }
  context.globalAlpha = 1;
}

const thumbnailSize = { width: 640, height: 320 };
const paper = '#211e1b';

/** Stores a picture of a score; null where there is no room for a canvas. */
export async function storeRollPicture(score: Score): Promise<AssetHash | null> {
  const { width, height } = thumbnailSize;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) return null;
  context.fillStyle = paper;
  context.fillRect(0, 0, width, height);
  const margin = 16;
  context.translate(margin, margin);
  drawRoll(context, score, { width: width - 2 * margin, height: height - 2 * margin });
  const { data } = context.getImageData(0, 0, width, height);
  return uploadPixels({ width, height, channels: 4, data: new Uint8Array(data.buffer) });
}
