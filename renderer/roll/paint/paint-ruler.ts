/** Above the notes: chords, the loop, the bars' numbers. */
import { chordName } from '../../../shared/music/harmony.ts';
import { barAt, barStep } from '../geometry/grid.ts';
import { tickAt, xOf } from '../geometry/viewport.ts';
import { chordsIn, fifthsAt, type Context, type Scene } from './scene.ts';

/** Heights of the strips, from the top. */
export const rulerPx = { chords: 22, loop: 10, bars: 18 } as const;
export const rulerHeightPx = rulerPx.chords + rulerPx.loop + rulerPx.bars;

/** @param widthPx of the ruler: it may be wider than the notes' area, and nothing is left standing there */
export function paintRuler(context: Context, scene: Scene, { width: widthPx }: { width: number }): void {
  const { theme } = scene;
  context.fillStyle = theme.ground;
  context.fillRect(0, 0, widthPx, rulerHeightPx);
  context.fillStyle = theme.sunken;
  context.fillRect(0, rulerPx.chords, widthPx, rulerPx.loop);
  paintChords(context, scene);
  paintLoop(context, scene);
  paintBars(context, scene);
}

function paintChords(context: Context, { view, content, theme }: Scene): void {
  context.textBaseline = 'middle';
  context.font = `600 12px ${theme.font}`;
  const end = tickAt(view, view.widthPx);
  let free = -Infinity;
  for (const chord of chordsIn(content.score)) {
    if (chord.end <= view.scrollTicks) continue;
    if (chord.start >= end) break;
    const left = xOf(view, chord.start);
    const x = Math.max(left, 0) + 5;
    const room = xOf(view, chord.end) - x - 2;
    const name = chordName(chord, fifthsAt(content.score, chord.start));
    // A chord that has no room is left out rather than cut.
    if (x < free || context.measureText(name).width > room) continue;
    free = x + context.measureText(name).width + 4;
    context.fillStyle = theme.line;
    if (left >= 0) context.fillRect(Math.round(left), 4, 1, rulerPx.chords - 8);
    context.fillStyle = theme.text;
    context.fillText(name, x, rulerPx.chords / 2 + 0.5);
  }
}

function paintLoop(context: Context, { view, content, theme }: Scene): void {
  const top = rulerPx.chords;
  if (content.loop === null) return;
  const left = xOf(view, content.loop.start);
  const width = xOf(view, content.loop.end) - left;
  context.fillStyle = theme.accent;
  context.globalAlpha = 0.75;
  context.beginPath();
  context.roundRect(left, top + 1.5, width, rulerPx.loop - 3, 3);
  context.fill();
  context.globalAlpha = 1;
}

const leastNumberPx = 46;

function paintBars(context: Context, { view, content, theme }: Scene): void {
  const top = rulerPx.chords + rulerPx.loop;
  const end = tickAt(view, view.widthPx);
  const step = barStep(view, content.bars, leastNumberPx);
  context.font = `11px ${theme.font}`;
  context.textBaseline = 'middle';
  for (let bar = barAt(content.bars, Math.max(0, view.scrollTicks)); bar.start <= end; bar = barAt(content.bars, bar.end)) {
    const x = xOf(view, bar.start);
    const numbered = bar.index % step === 0;
    context.fillStyle = theme.quiet;
    context.globalAlpha = bar.start >= content.score.lengthTicks ? 0.4 : numbered ? 1 : 0.5;
    if (numbered || step <= 4) context.fillRect(Math.round(x), top + (numbered ? 3 : 11), 1, rulerPx.bars);
    if (numbered) context.fillText(String(bar.index + 1), x + 5, top + rulerPx.bars / 2 + 0.5);
  }
  context.globalAlpha = 1;
}
