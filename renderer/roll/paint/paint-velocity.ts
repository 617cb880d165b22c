/** Below the notes: a stem for each note's velocity. */
import { trackColour } from '../../../shared/music/track-colours.ts';
import { velocityY } from '../geometry/hit-test.ts';
import { gridLines } from '../geometry/grid.ts';
import { notesBetween } from '../geometry/note-index.ts';
import { tickAt, xOf } from '../geometry/viewport.ts';
import { activeIndex, shownSelection, shownTrack, type Context, type Scene } from './scene.ts';

const knobPx = 3;

export function paintVelocity(context: Context, scene: Scene, heightPx: number): void {
  const { view, theme, content } = scene;
  context.fillStyle = theme.raised;
  context.fillRect(0, 0, view.widthPx, heightPx);
  context.fillStyle = theme.line;
  for (const { tick, level } of gridLines(view, content.bars, null)) {
    context.globalAlpha = level === 'bar' ? 1 : 0.45;
    context.fillRect(Math.round(xOf(view, tick)), 0, 1, heightPx);
  }
  context.globalAlpha = 0.8;
  context.fillRect(0, Math.round(velocityY(64, heightPx)), view.widthPx, 1);
  context.globalAlpha = 1;
  const track = shownTrack(scene);
  if (track === null) return;
  const selection = shownSelection(scene);
  const colour = trackColour(Math.max(0, activeIndex(scene)));
  const places = notesBetween(track.notes, view.scrollTicks - knobPx / view.pxPerTick, tickAt(view, view.widthPx));
  // Chosen ones last: they lie above the others.
  for (const wanted of [false, true]) {
    for (const place of places) {
      const note = track.notes[place];
      if (note === undefined || selection.has(place) !== wanted) continue;
      const x = Math.round(xOf(view, note.start)) + 1;
      if (x < -knobPx) continue;
      const y = velocityY(note.velocity, heightPx);
      context.fillStyle = wanted ? theme.text : colour;
      context.globalAlpha = selection.size > 0 && !wanted ? 0.45 : 1;
      context.fillRect(x - 1, y, 2, heightPx - y);
      context.beginPath();
      context.arc(x, y, wanted ? knobPx + 1 : knobPx, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.globalAlpha = 1;
}
