/** Settings of the tools, apart from the document: not undone, not saved with it. */
import { toolNames, type BrushSettings, type BrushToolName, type MaskCombine, type ToolName, type WandSettings } from '../canvas-api.ts';

const maskBrush: BrushSettings = { sizePx: 60, hardness: 0.9, opacity: 1, pressureAffectsSize: false, pressureAffectsOpacity: false };
const paintBrush: BrushSettings = { sizePx: 30, hardness: 0.8, opacity: 1, pressureAffectsSize: true, pressureAffectsOpacity: false };

export interface ToolSettings {
  tool: ToolName;
  brushes: Record<BrushToolName, BrushSettings>;
  wand: WandSettings;
  maskCombine: MaskCombine;
  foregroundColour: string;
  backgroundColour: string;
  maskColour: string;
  maskOpacity: number;
  maskVisible: boolean;
}

export function defaultSettings(): ToolSettings {
  return {
    tool: 'mask-brush',
    brushes: { 'mask-brush': maskBrush, 'mask-eraser': maskBrush, 'paint-brush': paintBrush, 'paint-eraser': paintBrush },
    wand: { tolerance: 32, contiguous: true },
    maskCombine: 'replace',
    foregroundColour: '#000000',
    backgroundColour: '#ffffff',
    maskColour: '#e5484d',
    maskOpacity: 0.5,
    maskVisible: true,
  };
}

export function isBrushTool(tool: ToolName): tool is BrushToolName {
  return tool === 'mask-brush' || tool === 'mask-eraser' || tool === 'paint-brush' || tool === 'paint-eraser';
}

export function clampedBrush(old: BrushSettings, change: Partial<BrushSettings>): BrushSettings {
  const next = { ...old, ...change };
  const within = (value: number, least: number, most: number, otherwise: number): number =>
    Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;
  return {
    ...next,
    sizePx: within(next.sizePx, 1, 2000, old.sizePx),
    hardness: within(next.hardness, 0, 1, old.hardness),
    opacity: within(next.opacity, 0, 1, old.opacity),
  };
}

/** "#rrggbb" to bytes; black for anything else. */
export function colourBytes(colour: string): [number, number, number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (match === null) return [0, 0, 0];
  const [, red = '0', green = '0', blue = '0'] = match;
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}

export function colourOf([red, green, blue]: readonly number[]): string {
  return `#${[red, green, blue].map((value) => (value ?? 0).toString(16).padStart(2, '0')).join('')}`;
}

export function isTool(name: string): name is ToolName {
  return (toolNames as readonly string[]).includes(name);
}
