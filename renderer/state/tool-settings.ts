/** Brushes, wand and colours outlive the window. Each of the four brushes keeps its own size. */
import { z } from 'zod';
import type { BrushToolName, CanvasEngine, CanvasView } from '../canvas/canvas-api.ts';
import { recall, remember } from './remembered.ts';

const brushSchema = z.object({
  sizePx: z.number().min(1).max(2000),
  hardness: z.number().min(0).max(1),
  opacity: z.number().min(0).max(1),
  pressureAffectsSize: z.boolean(),
  pressureAffectsOpacity: z.boolean(),
});
const colourSchema = z.string().regex(/^#[0-9a-f]{6}$/);
const toolSettingsSchema = z.object({
  brushes: z.object({ 'mask-brush': brushSchema, 'mask-eraser': brushSchema, 'paint-brush': brushSchema, 'paint-eraser': brushSchema }),
  wand: z.object({ tolerance: z.number().min(0).max(255), contiguous: z.boolean() }),
  foreground: colourSchema,
  background: colourSchema,
});

export function restoreToolSettings(engine: CanvasEngine): void {
  const known = recall('tools', toolSettingsSchema);
  if (known === null) return;
  for (const [tool, brush] of Object.entries(known.brushes)) engine.setBrush(tool as BrushToolName, brush);
  engine.setWand(known.wand);
  engine.setColours({ foreground: known.foreground, background: known.background });
}

export function keepToolSettings(before: CanvasView, view: CanvasView): void {
  const same =
    before.brushes === view.brushes &&
    before.wand === view.wand &&
    before.foregroundColour === view.foregroundColour &&
    before.backgroundColour === view.backgroundColour;
  if (same) return;
  const { brushes, wand, foregroundColour: foreground, backgroundColour: background } = view;
  remember('tools', { brushes, wand, foreground, background });
}
