/** The keys at the left, or the drums' names. */
import { drumName } from '../../../shared/music/drum-names.ts';
import { isBlackKey, isDrums, pitchName } from '../geometry/rows.ts';
import { pitchAt, yOf } from '../geometry/viewport.ts';
import { shownTrack, type Context, type Scene } from './scene.ts';

const blackPart = 0.6;
const ivory = '#fbfaf8';
const ebony = '#2b2724';
const keyEdge = '#cfc9c1';

export function paintKeyboard(context: Context, scene: Scene, widthPx: number): void {
  if (isDrums(shownTrack(scene))) paintDrums(context, scene, widthPx);
  else paintKeys(context, scene, widthPx);
}

function paintKeys(context: Context, { view, theme, keyPitch }: Scene, widthPx: number): void {
  context.fillStyle = ivory;
  context.fillRect(0, 0, widthPx, view.heightPx);
  const top = Math.min(view.highest, pitchAt(view, 0) + 1);
  const bottom = Math.max(view.lowest, pitchAt(view, view.heightPx) - 1);
  context.font = `${String(Math.min(11, Math.max(9, view.rowPx - 3)))}px ${theme.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (let pitch = bottom; pitch <= top; pitch += 1) {
    const y = yOf(view, pitch);
    if (keyPitch === pitch) {
      context.fillStyle = theme.accent;
      context.globalAlpha = 0.35;
      context.fillRect(0, y, widthPx, view.rowPx);
      context.globalAlpha = 1;
    }
    if (isBlackKey(pitch)) {
      context.fillStyle = keyPitch === pitch ? theme.accent : ebony;
      context.fillRect(0, y + 0.5, widthPx * blackPart, view.rowPx - 1);
      // The white keys meet behind the middle of a black one.
      context.fillStyle = keyEdge;
      context.fillRect(widthPx * blackPart, Math.round(y + view.rowPx / 2), widthPx * (1 - blackPart), 1);
      continue;
    }
    if (pitch % 12 === 0 || pitch % 12 === 5) {
      context.fillStyle = keyEdge;
      context.fillRect(0, Math.round(y + view.rowPx) - 0.5, widthPx, 1);
    }
    if (pitch % 12 === 0) {
      context.fillStyle = ebony;
      context.fillText(pitchName(pitch), widthPx - 5, y + view.rowPx / 2);
    }
  }
  context.textAlign = 'left';
  context.fillStyle = theme.line;
  context.fillRect(widthPx - 1, 0, 1, view.heightPx);
}

function paintDrums(context: Context, { view, theme, keyPitch }: Scene, widthPx: number): void {
  context.fillStyle = theme.raised;
  context.fillRect(0, 0, widthPx, view.heightPx);
  const top = Math.min(view.highest, pitchAt(view, 0) + 1);
  const bottom = Math.max(view.lowest, pitchAt(view, view.heightPx) - 1);
  const size = Math.min(12, Math.max(8, view.rowPx - 3));
  context.font = `${String(size)}px ${theme.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (let pitch = bottom; pitch <= top; pitch += 1) {
    const y = yOf(view, pitch);
    if (keyPitch === pitch) {
      context.fillStyle = theme.accent;
      context.globalAlpha = 0.25;
      context.fillRect(0, y, widthPx, view.rowPx);
      context.globalAlpha = 1;
    }
    if (view.rowPx >= 9 || pitch % 2 === 0) {
      context.fillStyle = keyPitch === pitch ? theme.text : theme.quiet;
      context.fillText(drumName(pitch), widthPx - 8, y + view.rowPx / 2 + 0.5, widthPx - 12);
    }
    context.fillStyle = theme.line;
    context.globalAlpha = 0.5;
    context.fillRect(0, Math.round(y + view.rowPx) - 0.5, widthPx, 1);
    context.globalAlpha = 1;
  }
  context.textAlign = 'left';
  context.fillStyle = theme.line;
  context.fillRect(widthPx - 1, 0, 1, view.heightPx);
}
