/** What each key of the roll does. The type makes sure that none is left without an answer. */
import { barAt } from '../../../roll/geometry/grid.ts';
import { pitchSpan } from '../../../roll/geometry/viewport.ts';
import type { RollPlayer, RollTool } from '../../../roll/roll-api.ts';
import type { RollEngine } from '../../../roll/roll-engine.ts';
import type { ScoreEditor } from '../../../state/music/score-editor.svelte.ts';
import type { RollKeyId } from './roll-keys.ts';

/** Without a grid: a thirty-second, so that keys still do something. */
const freeStepTicks = 60;
const velocityStep = 5;
const scrollPx = 60;
const zoomStep = 1.25;

export interface RollSettings {
  readonly strength: number;
  readonly swing: number;
  setTool(tool: RollTool): void;
}

/** @returns false where the key means nothing here and is left to others */
export type RollCommands = Record<RollKeyId, () => boolean>;

export function rollCommands(engine: RollEngine, editor: ScoreEditor, player: RollPlayer, settings: RollSettings): RollCommands {
  const done = (act: () => void) => (): boolean => {
    act();
    return true;
  };
  const step = (): number => engine.grid ?? freeStepTicks;
  const see = (): void => {
    const notes = editor.selectedNotes;
    const span = editor.selectionSpan;
    const pitch = pitchSpan(notes);
    if (span !== null && pitch !== null) engine.reveal(span, pitch);
  };
  const hear = (): void => {
    const { pitch } = editor.selectedNotes[0] ?? {};
    if (pitch !== undefined && !player.playing) engine.host.hear(pitch);
  };
  const move = (by: () => { ticks?: number; semitones?: number }, scroll: { x: number; y: number }) => (): boolean => {
    if (editor.selection.size === 0) {
      engine.scrollBy(scroll.x, scroll.y);
      return true;
    }
    const { ticks = 0, semitones = 0 } = by();
    editor.moveSelection({ ticks, semitones });
    see();
    if (semitones !== 0) hear();
    return true;
  };
  const barLength = (): number => {
    const { start, end } = barAt(editor.bars, editor.selectionSpan?.start ?? 0);
    return end - start;
  };
  const velocity = (by: number) =>
    done(() => {
      if (editor.selection.size > 0) editor.setVelocity((note) => note.velocity + by);
    });
  const walk = (by: 1 | -1) =>
    done(() => {
      const count = editor.activeTrack?.notes.length ?? 0;
      if (count === 0) return;
      const places = [...editor.selection].toSorted((a, b) => a - b);
      const from = by === 1 ? (places.at(-1) ?? firstInView() - 1) : (places[0] ?? firstInView() + 1);
      editor.select(new Set([Math.min(count - 1, Math.max(0, from + by))]));
      see();
      hear();
    });
  const firstInView = (): number => Math.max(0, editor.activeTrack?.notes.findIndex(({ start }) => start >= engine.view.scrollTicks) ?? 0);
  return {
    'tool-select': done(() => settings.setTool('select')),
    'tool-draw': done(() => settings.setTool('draw')),
    'tool-erase': done(() => settings.setTool('erase')),
    left: move(() => ({ ticks: -step() }), { x: -scrollPx, y: 0 }),
    right: move(() => ({ ticks: step() }), { x: scrollPx, y: 0 }),
    up: move(() => ({ semitones: 1 }), { x: 0, y: -scrollPx }),
    down: move(() => ({ semitones: -1 }), { x: 0, y: scrollPx }),
    'bar-left': move(() => ({ ticks: -barLength() }), { x: -engine.view.widthPx * 0.8, y: 0 }),
    'bar-right': move(() => ({ ticks: barLength() }), { x: engine.view.widthPx * 0.8, y: 0 }),
    'octave-up': move(() => ({ semitones: 12 }), { x: 0, y: -12 * engine.view.rowPx }),
    'octave-down': move(() => ({ semitones: -12 }), { x: 0, y: 12 * engine.view.rowPx }),
    shorter: done(() => editor.resizeSelection(-step())),
    longer: done(() => editor.resizeSelection(step())),
    louder: velocity(velocityStep),
    softer: velocity(-velocityStep),
    'next-note': walk(1),
    'previous-note': walk(-1),
    insert: done(() => {
      const last = editor.selectedNotes.at(-1) ?? editor.activeTrack?.notes.at(-1);
      const { durationTicks, velocity: loudness } = engine.newNote;
      const duration = editor.selectedNotes.at(-1)?.duration ?? durationTicks;
      const start = editor.selectionSpan?.end ?? Math.round(player.positionTicks());
      const drums = editor.activeTrack?.instrument.kind === 'drums';
      editor.addNote({ start, duration, pitch: last?.pitch ?? (drums ? 36 : 60), velocity: loudness });
      see();
      hear();
    }),
    delete: () => {
      if (editor.selection.size === 0) return false;
      editor.deleteSelection();
      return true;
    },
    all: done(() => editor.selectAll()),
    none: () => {
      if (editor.selection.size === 0) return false;
      editor.selectNone();
      return true;
    },
    duplicate: done(() => {
      editor.duplicate();
      see();
    }),
    quantise: done(() => editor.quantise(step(), settings.strength, settings.swing)),
    legato: done(() => editor.legato()),
    join: done(() => editor.joinSelection()),
    split: done(() => editor.splitSelection(Math.round(player.positionTicks()))),
    'zoom-in': done(() => engine.zoomTime(zoomStep)),
    'zoom-out': done(() => engine.zoomTime(1 / zoomStep)),
    fit: done(() => engine.fit()),
  };
}
