/** One table of shortcuts drives both the key handler and the sheet that `?` opens. */
export const shortcutGroups = ['General', 'View', 'Mask', 'Tools', 'Brush and colour', 'Layers', 'Results', 'Music'] as const;
export type ShortcutGroup = (typeof shortcutGroups)[number];

interface ShortcutRow {
  id: string;
  /** The first is the one that is shown first. `Ctrl` also means Command on a Mac. */
  keys: readonly string[];
  label: string;
  group: ShortcutGroup;
  /**
   * `canvas`: only with a document open and the canvas in view; `candidates`: only while results wait for a choice; `music`: in the
   * music room.
   */
  when: 'always' | 'canvas' | 'candidates' | 'music';
  /** Fires again while the key is held. */
  repeats?: boolean;
  /** Works as long as the key is held. */
  held?: boolean;
}

export const shortcuts = [
  { id: 'open', keys: ['Ctrl+O'], label: 'Open pictures, music or model packs', group: 'General', when: 'always' },
  { id: 'save', keys: ['Ctrl+S'], label: 'Save now (Kiln saves by itself)', group: 'General', when: 'canvas' },
  { id: 'export', keys: ['Ctrl+Shift+E'], label: 'Export', group: 'General', when: 'canvas' },
  { id: 'undo', keys: ['Ctrl+Z'], label: 'Undo', group: 'General', when: 'canvas', repeats: true },
  { id: 'redo', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], label: 'Redo', group: 'General', when: 'canvas', repeats: true },
  { id: 'inpaint', keys: ['Ctrl+Enter'], label: 'Inpaint', group: 'General', when: 'canvas' },
  { id: 'room-start', keys: ['Alt+1'], label: 'Go to Start', group: 'General', when: 'always' },
  { id: 'room-canvas', keys: ['Alt+2'], label: 'Go to Canvas', group: 'General', when: 'always' },
  { id: 'room-generate', keys: ['Alt+3'], label: 'Go to Generate', group: 'General', when: 'always' },
  { id: 'room-upscale', keys: ['Alt+4'], label: 'Go to Upscale', group: 'General', when: 'always' },
  { id: 'room-style', keys: ['Alt+5'], label: 'Go to Style', group: 'General', when: 'always' },
  { id: 'room-palette', keys: ['Alt+6'], label: 'Go to Palette', group: 'General', when: 'always' },
  { id: 'room-texture', keys: ['Alt+7'], label: 'Go to Texture', group: 'General', when: 'always' },
  { id: 'room-music', keys: ['Alt+M'], label: 'Go to Music', group: 'General', when: 'always' },
  { id: 'room-history', keys: ['Alt+8'], label: 'Go to History', group: 'General', when: 'always' },
  { id: 'room-packs', keys: ['Alt+9'], label: 'Go to Models', group: 'General', when: 'always' },
  { id: 'room-settings', keys: ['Alt+0'], label: 'Go to Settings', group: 'General', when: 'always' },
  { id: 'queue', keys: ['Alt+Q'], label: 'Show or hide the queue', group: 'General', when: 'always' },
  { id: 'shortcuts', keys: ['?', 'F1'], label: 'Keyboard shortcuts', group: 'General', when: 'always' },

  { id: 'zoom-fit', keys: ['Ctrl+0', '0'], label: 'Fit the canvas', group: 'View', when: 'canvas' },
  { id: 'zoom-100', keys: ['Ctrl+1', '1'], label: 'Zoom to 100 %', group: 'View', when: 'canvas' },
  { id: 'zoom-in', keys: ['Ctrl+=', '='], label: 'Zoom in', group: 'View', when: 'canvas', repeats: true },
  { id: 'zoom-out', keys: ['Ctrl+-', '-'], label: 'Zoom out', group: 'View', when: 'canvas', repeats: true },
  { id: 'pan', keys: ['Space'], label: 'Pan while held (or middle button)', group: 'View', when: 'canvas', held: true },
  { id: 'hand', keys: ['H'], label: 'Hand', group: 'View', when: 'canvas' },
  { id: 'compare', keys: ['\\'], label: 'Before and after', group: 'View', when: 'canvas' },

  { id: 'mask-toggle', keys: ['Q'], label: 'Show or hide the mask', group: 'Mask', when: 'canvas' },
  { id: 'mask-invert', keys: ['Ctrl+I'], label: 'Invert the mask', group: 'Mask', when: 'canvas' },
  { id: 'mask-clear', keys: ['Ctrl+D'], label: 'Clear the mask', group: 'Mask', when: 'canvas' },
  { id: 'mask-all', keys: ['Ctrl+A'], label: 'Mask everything', group: 'Mask', when: 'canvas' },

  { id: 'mask-brush', keys: ['B'], label: 'Mask brush', group: 'Tools', when: 'canvas' },
  { id: 'mask-eraser', keys: ['E'], label: 'Mask eraser', group: 'Tools', when: 'canvas' },
  { id: 'mask-rectangle', keys: ['M'], label: 'Mask rectangle', group: 'Tools', when: 'canvas' },
  { id: 'mask-ellipse', keys: ['Shift+M'], label: 'Mask ellipse', group: 'Tools', when: 'canvas' },
  { id: 'mask-lasso', keys: ['L'], label: 'Mask lasso', group: 'Tools', when: 'canvas' },
  { id: 'mask-wand', keys: ['W'], label: 'Magic wand', group: 'Tools', when: 'canvas' },
  { id: 'paint-brush', keys: ['Shift+B', 'N'], label: 'Paint brush', group: 'Tools', when: 'canvas' },
  { id: 'paint-eraser', keys: ['Shift+E'], label: 'Paint eraser', group: 'Tools', when: 'canvas' },
  { id: 'fill', keys: ['G'], label: 'Fill', group: 'Tools', when: 'canvas' },
  { id: 'eyedropper', keys: ['I'], label: 'Eyedropper', group: 'Tools', when: 'canvas' },
  { id: 'move', keys: ['V'], label: 'Move layer', group: 'Tools', when: 'canvas' },
  { id: 'outpaint', keys: ['C'], label: 'Outpaint: extend the canvas', group: 'Tools', when: 'canvas' },

  { id: 'brush-smaller', keys: ['['], label: 'Smaller brush', group: 'Brush and colour', when: 'canvas', repeats: true },
  { id: 'brush-larger', keys: [']'], label: 'Larger brush', group: 'Brush and colour', when: 'canvas', repeats: true },
  { id: 'brush-softer', keys: ['Shift+['], label: 'Softer brush', group: 'Brush and colour', when: 'canvas', repeats: true },
  { id: 'brush-harder', keys: ['Shift+]'], label: 'Harder brush', group: 'Brush and colour', when: 'canvas', repeats: true },
  { id: 'swap-colours', keys: ['X'], label: 'Swap colours', group: 'Brush and colour', when: 'canvas' },
  { id: 'default-colours', keys: ['D'], label: 'Black and white', group: 'Brush and colour', when: 'canvas' },

  { id: 'layer-add', keys: ['Insert', 'Ctrl+Shift+L'], label: 'New layer', group: 'Layers', when: 'canvas' },
  { id: 'layer-duplicate', keys: ['Ctrl+J'], label: 'Duplicate layer', group: 'Layers', when: 'canvas' },
  { id: 'layer-merge', keys: ['Ctrl+E'], label: 'Merge down', group: 'Layers', when: 'canvas' },
  { id: 'layer-delete', keys: ['Delete'], label: 'Delete layer', group: 'Layers', when: 'canvas' },
  { id: 'layer-up', keys: ['Ctrl+]'], label: 'Raise layer', group: 'Layers', when: 'canvas', repeats: true },
  { id: 'layer-down', keys: ['Ctrl+['], label: 'Lower layer', group: 'Layers', when: 'canvas', repeats: true },

  { id: 'candidate-next', keys: ['ArrowRight'], label: 'Next result', group: 'Results', when: 'candidates', repeats: true },
  { id: 'candidate-previous', keys: ['ArrowLeft'], label: 'Previous result', group: 'Results', when: 'candidates', repeats: true },
  { id: 'candidate-accept', keys: ['Enter'], label: 'Keep the shown result', group: 'Results', when: 'candidates' },
  { id: 'candidate-discard', keys: ['Escape'], label: 'Discard the results', group: 'Results', when: 'candidates' },

  { id: 'music-play', keys: ['Space'], label: 'Play or pause', group: 'Music', when: 'music' },
  { id: 'music-start', keys: ['Home'], label: 'To the start', group: 'Music', when: 'music' },
  { id: 'music-generate', keys: ['Ctrl+Enter'], label: 'Write, or make the sound', group: 'Music', when: 'music' },
  { id: 'music-cancel', keys: ['Escape'], label: 'Cancel what is being written', group: 'Music', when: 'music' },
  { id: 'music-next-take', keys: ['PageDown'], label: 'Next take', group: 'Music', when: 'music', repeats: true },
  { id: 'music-previous-take', keys: ['PageUp'], label: 'Previous take', group: 'Music', when: 'music', repeats: true },
  { id: 'music-undo', keys: ['Ctrl+Z'], label: 'Undo', group: 'Music', when: 'music', repeats: true },
  { id: 'music-redo', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], label: 'Redo', group: 'Music', when: 'music', repeats: true },
  { id: 'music-save', keys: ['Ctrl+S'], label: 'Save now (Kiln saves by itself)', group: 'Music', when: 'music' },
  { id: 'music-export', keys: ['Ctrl+Shift+E'], label: 'Export', group: 'Music', when: 'music' },
] as const satisfies readonly ShortcutRow[];

export type Shortcut = (typeof shortcuts)[number] & ShortcutRow;
export type CommandId = Shortcut['id'];
export type Commands = Record<CommandId, () => void>;

export interface KeyPress {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

export interface ShortcutContext {
  canvas: boolean;
  candidates: boolean;
  music?: boolean;
}

const codes: Record<string, string> = {
  '[': 'BracketLeft',
  ']': 'BracketRight',
  '\\': 'Backslash',
  '-': 'Minus',
  '=': 'Equal',
  '0': 'Digit0',
  '1': 'Digit1',
};
for (const digit of ['2', '3', '4', '5', '6', '7', '8', '9']) codes[digit] = `Digit${digit}`;

/** Whether a key press is the combination, on any keyboard layout. */
export function matchesKeys(combination: string, press: KeyPress): boolean {
  const parts = combination.split('+').filter((part) => part !== '');
  const key = parts.at(-1) ?? '';
  const wants = (modifier: string): boolean => parts.slice(0, -1).includes(modifier);
  if (wants('Ctrl') !== (press.ctrlKey || press.metaKey) || wants('Alt') !== press.altKey) return false;
  // `?` needs Shift on some layouts and not on others.
  if (key === '?') return press.key === '?';
  if (wants('Shift') !== press.shiftKey) return false;
  if (key === 'Space') return press.key === ' ';
  return press.key.toLowerCase() === key.toLowerCase() || (codes[key] !== undefined && press.code === codes[key]);
}

/** The shortcut a key press means here, or null. */
export function findShortcut(press: KeyPress, context: ShortcutContext): Shortcut | null {
  const rows: readonly Shortcut[] = shortcuts;
  for (const row of rows) {
    const applies =
      row.when === 'always' ||
      (row.when === 'canvas' && context.canvas) ||
      (row.when === 'candidates' && context.candidates) ||
      (row.when === 'music' && context.music === true);
    if (!applies || !row.keys.some((keys) => matchesKeys(keys, press))) continue;
    return press.repeat && (row as ShortcutRow).repeats !== true && (row as ShortcutRow).held !== true ? null : row;
  }
  return null;
}

/** What the key press lands on, as far as shortcuts care. `widget`: uses Enter, Space, arrows and Delete itself. */
export type KeyTarget = 'text' | 'widget' | 'page';

const widgetKeys = new Set(['Enter', ' ', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'Delete']);

/** Shortcuts never take keys from text fields, nor a widget's own keys from the widget. */
export function mayFire(press: KeyPress, target: KeyTarget): boolean {
  if (target === 'page') return true;
  const modified = press.ctrlKey || press.metaKey || press.altKey;
  if (target === 'text') return press.key === 'F1' || (modified && ['Enter', 's', 'o'].includes(press.key));
  return modified || !widgetKeys.has(press.key);
}

/** A combination for people: Ctrl+Shift+Z, or the Mac's signs. */
export function keysLabel(combination: string, mac: boolean): string[] {
  const names: Record<string, string> = mac
    ? { Ctrl: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↩', Escape: 'Esc', Delete: '⌦' }
    : { Escape: 'Esc' };
  const shared: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓' };
  return combination.split('+').map((part) => names[part] ?? shared[part] ?? part);
}

/** The first combination of a command, for tooltips and aria-keyshortcuts. */
export function keysOf(id: CommandId): string {
  return shortcuts.find((row) => row.id === id)?.keys[0] ?? '';
}
