/** Notes: the active track's over faint ones of the others, and the rubber band. */
import { trackColour } from '../../../shared/music/track-colours.ts';
import type { Note } from '../../../shared/music/score.ts';
import { noteWidth } from '../geometry/hit-test.ts';
import { notesBetween } from '../geometry/note-index.ts';
import { isDrums, pitchName } from '../geometry/rows.ts';
import { tickAt, xOf, yOf, type Viewport } from '../geometry/viewport.ts';
import { activeIndex, fifthsAt, shownSelection, shownTrack, type Context, type Scene } from './scene.ts';

const reachPx = 6;
const leastNamedRowPx = 13;
const leastNamedPx = 30;

const inView = (view: Viewport, notes: readonly Note[]): number[] =>
  notesBetween(notes, view.scrollTicks - reachPx / view.pxPerTick, tickAt(view, view.widthPx));

export function paintNotes(context: Context, scene: Scene): void {
  context.clearRect(0, 0, scene.view.widthPx, scene.view.heightPx);
  paintOthers(context, scene);
  paintActive(context, scene);
  paintBand(context, scene);
}

/** Other tracks, faintly: what the active one plays against. Drums share no pitches with melodies, so each kind sees its own. */
function paintOthers(context: Context, scene: Scene): void {
  const { view, content } = scene;
  const drums = isDrums(shownTrack(scene));
  const active = activeIndex(scene);
  for (const [index, track] of content.score.tracks.entries()) {
    if (index === active || (track.instrument.kind === 'drums') !== drums) continue;
    context.fillStyle = trackColour(index);
    context.globalAlpha = track.muted ? 0.12 : 0.32;
    for (const place of inView(view, track.notes)) {
      const note = track.notes[place];
      if (note === undefined) continue;
      const y = yOf(view, note.pitch);
      if (y > view.heightPx || y < -view.rowPx) continue;
      context.fillRect(xOf(view, note.start), y + 1, Math.max(2, note.duration * view.pxPerTick - 1), view.rowPx - 2);
    }
  }
  context.globalAlpha = 1;
}

function paintActive(context: Context, scene: Scene): void {
  const { view, theme, content } = scene;
  const track = shownTrack(scene);
  if (track === null) return;
  const selection = shownSelection(scene);
  const colour = trackColour(Math.max(0, activeIndex(scene)));
  const named = view.rowPx >= leastNamedRowPx && !isDrums(track);
  context.font = `600 ${String(Math.min(11, view.rowPx - 4))}px ${theme.font}`;
  context.textBaseline = 'middle';
  for (const place of inView(view, track.notes)) {
    const note = track.notes[place];
    if (note === undefined) continue;
    const y = yOf(view, note.pitch);
    if (y > view.heightPx || y < -view.rowPx) continue;
    const x = xOf(view, note.start);
    const width = Math.max(2, noteWidth(view, note) - 1);
    const chosen = selection.has(place);
    body(context, x, y + 0.5, width, view.rowPx - 1);
    // A solid ground first, so that lines of the grid do not shine through soft notes.
    context.fillStyle = theme.raised;
    context.fill();
    context.globalAlpha = chosen ? 1 : 0.5 + (note.velocity / 127) * 0.5;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    if (chosen) {
      context.strokeStyle = theme.text;
      context.lineWidth = 1.75;
      context.stroke();
    }
    if (named && width >= leastNamedPx) {
      context.fillStyle = note.velocity > 60 || chosen ? '#ffffff' : theme.text;
      context.fillText(pitchName(note.pitch, fifthsAt(content.score, note.start)), Math.max(x, 0) + 5, y + view.rowPx / 2 + 0.5);
    }
  }
}

function body(context: Context, x: number, y: number, width: number, height: number): void {
  context.beginPath();
  if (width < 6) context.rect(x, y, width, height);
  else context.roundRect(x, y, width, height, Math.min(3, height / 3));
}

function paintBand(context: Context, { preview, theme }: Scene): void {
  const band = preview?.band ?? null;
  if (band === null) return;
  context.globalAlpha = 0.12;
  context.fillStyle = theme.accent;
  context.fillRect(band.left, band.top, band.width, band.height);
  context.globalAlpha = 1;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  context.strokeRect(Math.round(band.left) + 0.5, Math.round(band.top) + 0.5, Math.round(band.width), Math.round(band.height));
}
