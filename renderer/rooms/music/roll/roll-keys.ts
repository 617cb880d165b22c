/** The keys of the piano roll, while it has the focus: one table for the handler and for lists of shortcuts. */
import { matchesKeys, type KeyPress } from '../../../state/shortcuts.ts';

export interface RollKeyRow {
  id: string;
  /** As in the table of shortcuts: `Ctrl` also means Command on a Mac. The first is the one that is shown. */
  keys: readonly string[];
  label: string;
  /** A plain letter: left to the computer's keys as a piano while those play. */
  letter?: boolean;
}

export const rollKeys = [
  { id: 'tool-select', keys: ['V'], label: 'Select tool', letter: true },
  { id: 'tool-draw', keys: ['P'], label: 'Draw tool', letter: true },
  { id: 'tool-erase', keys: ['E'], label: 'Erase tool', letter: true },
  { id: 'left', keys: ['ArrowLeft'], label: 'Move earlier by the grid (nothing selected: scroll)' },
  { id: 'right', keys: ['ArrowRight'], label: 'Move later by the grid (nothing selected: scroll)' },
  { id: 'up', keys: ['ArrowUp'], label: 'Up a semitone' },
  { id: 'down', keys: ['ArrowDown'], label: 'Down a semitone' },
  { id: 'bar-left', keys: ['Shift+ArrowLeft'], label: 'Move a bar earlier' },
  { id: 'bar-right', keys: ['Shift+ArrowRight'], label: 'Move a bar later' },
  { id: 'octave-up', keys: ['Shift+ArrowUp'], label: 'Up an octave' },
  { id: 'octave-down', keys: ['Shift+ArrowDown'], label: 'Down an octave' },
  { id: 'shorter', keys: ['Alt+ArrowLeft'], label: 'Shorter by the grid' },
  { id: 'longer', keys: ['Alt+ArrowRight'], label: 'Longer by the grid' },
  { id: 'louder', keys: ['Ctrl+ArrowUp', 'Alt+ArrowUp'], label: 'Louder' },
  { id: 'softer', keys: ['Ctrl+ArrowDown', 'Alt+ArrowDown'], label: 'Softer' },
  { id: 'next-note', keys: ['.'], label: 'Select the next note' },
  { id: 'previous-note', keys: [','], label: 'Select the previous note' },
  { id: 'insert', keys: ['Enter'], label: 'Write a note after the selected one, or at the play head' },
  { id: 'delete', keys: ['Delete', 'Backspace'], label: 'Delete the selected notes' },
  { id: 'all', keys: ['Ctrl+A'], label: 'Select all notes of the track' },
  { id: 'none', keys: ['Escape'], label: 'Select nothing' },
  { id: 'duplicate', keys: ['Ctrl+D'], label: 'Duplicate behind themselves' },
  { id: 'quantise', keys: ['Q'], label: 'Quantise to the grid', letter: true },
  { id: 'legato', keys: ['Ctrl+L'], label: 'Legato' },
  { id: 'join', keys: ['Ctrl+J'], label: 'Join' },
  { id: 'split', keys: ['Ctrl+E'], label: 'Split at the play head' },
  { id: 'zoom-in', keys: ['=', 'Ctrl+='], label: 'Zoom in' },
  { id: 'zoom-out', keys: ['-', 'Ctrl+-'], label: 'Zoom out' },
  { id: 'fit', keys: ['0', 'Ctrl+0'], label: 'The whole piece' },
] as const satisfies readonly RollKeyRow[];

export type RollKeyId = (typeof rollKeys)[number]['id'];

/** @param letters whether plain letters are the roll's */
export function rollKeyOf(press: KeyPress, letters: boolean): RollKeyId | null {
  const rows: readonly ((typeof rollKeys)[number] & RollKeyRow)[] = rollKeys;
  const row = rows.find(({ keys, letter }) => (letters || letter !== true) && keys.some((one) => matchesKeys(one, press)));
  return row?.id ?? null;
}

export const rollKeysOf = (id: RollKeyId): string => rollKeys.find((row) => row.id === id)?.keys[0] ?? '';
