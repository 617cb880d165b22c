/** What lies behind the notes: rows of keys, bars and beats, locked bars, the end, the loop. */
import { gridLines, type GridLine } from '../geometry/grid.ts';
import { isBlackKey, isDrums } from '../geometry/rows.ts';
import { pitchAt, xOf, yOf } from '../geometry/viewport.ts';
import { crisp, shownTrack, type Context, type Scene } from './scene.ts';

const lineAlpha: Readonly<Record<GridLine['level'], number>> = { bar: 1, beat: 0.6, division: 0.28 };

export function paintGrid(context: Context, scene: Scene): void {
  const { view, content, theme } = scene;
  context.fillStyle = theme.raised;
  context.fillRect(0, 0, view.widthPx, view.heightPx);
  paintRows(context, scene);
  paintLocks(context, scene);
  paintLines(context, scene);
  const end = xOf(view, content.score.lengthTicks);
  if (end < view.widthPx) {
    context.fillStyle = theme.sunken;
    context.globalAlpha = 0.7;
    context.fillRect(Math.max(0, end), 0, view.widthPx - end, view.heightPx);
    context.globalAlpha = 1;
    context.fillStyle = theme.quiet;
    context.fillRect(Math.round(end), 0, 1, view.heightPx);
  }
  paintLoopEdges(context, scene);
}

function paintRows(context: Context, scene: Scene): void {
  const { view, theme } = scene;
  const drums = isDrums(shownTrack(scene));
  const top = Math.min(view.highest, pitchAt(view, 0));
  const bottom = Math.max(view.lowest, pitchAt(view, view.heightPx));
  context.fillStyle = theme.sunken;
  context.globalAlpha = 0.5;
  for (let pitch = bottom; pitch <= top; pitch += 1) {
    const dark = drums ? pitch % 2 === 1 : isBlackKey(pitch);
    if (dark) context.fillRect(0, yOf(view, pitch), view.widthPx, view.rowPx);
  }
  context.fillStyle = theme.line;
  for (let pitch = bottom; pitch <= top; pitch += 1) {
    // An octave begins above its C; between E and F no dark row parts the keys.
    const edge = drums ? 0.35 : pitch % 12 === 0 ? 0.9 : pitch % 12 === 5 ? 0.4 : 0;
    if (edge === 0) continue;
    context.globalAlpha = edge;
    context.fillRect(0, Math.round(yOf(view, pitch) + view.rowPx) - 0.5, view.widthPx, 1);
  }
  context.globalAlpha = 1;
}

function paintLines(context: Context, { view, content, theme, grid }: Scene): void {
  for (const { tick, level } of gridLines(view, content.bars, grid)) {
    context.fillStyle = level === 'bar' ? theme.quiet : theme.line;
    context.globalAlpha = level === 'bar' ? 0.4 : lineAlpha[level];
    context.fillRect(Math.round(xOf(view, tick)), 0, 1, view.heightPx);
  }
  context.globalAlpha = 1;
}

const hatchPx = 9;

/** Fine slanted lines: to be seen under notes, in both themes, without a colour of their own. */
function paintLocks(context: Context, { view, content, theme }: Scene): void {
  if (content.lockedBars.size === 0) return;
  context.save();
  context.strokeStyle = theme.quiet;
  context.fillStyle = theme.quiet;
  context.lineWidth = 1;
  for (const bar of content.bars) {
    if (!content.lockedBars.has(bar.index)) continue;
    const left = Math.max(0, xOf(view, bar.start));
    const right = Math.min(view.widthPx, xOf(view, bar.end));
    if (right <= left) continue;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, view.heightPx);
    context.clip();
    context.globalAlpha = 0.07;
    context.fillRect(left, 0, right - left, view.heightPx);
    context.globalAlpha = 0.16;
    context.beginPath();
    const first = Math.floor((left - view.heightPx) / hatchPx) * hatchPx;
    for (let x = first; x < right; x += hatchPx) {
      context.moveTo(x, view.heightPx);
      context.lineTo(x + view.heightPx, 0);
    }
    context.stroke();
    context.restore();
  }
  context.restore();
}

function paintLoopEdges(context: Context, { view, content, theme }: Scene): void {
  if (content.loop === null) return;
  context.strokeStyle = theme.accent;
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  for (const tick of [content.loop.start, content.loop.end]) {
    const x = crisp(xOf(view, tick));
    context.moveTo(x, 0);
    context.lineTo(x, view.heightPx);
  }
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}
