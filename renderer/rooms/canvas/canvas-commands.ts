/** What each shortcut of the canvas does. The type makes sure that no row of the table is left without an answer. */
import { rectBottom, rectRight, type Rect, type Size } from '../../../shared/domain/geometry.ts';
import { toolNames, type BrushToolName, type ToolName } from '../../canvas/canvas-api.ts';
import { canvasPanel } from '../../state/canvas-panel.svelte.ts';
import { keysLabel, keysOf, shortcuts, type CommandId } from '../../state/shortcuts.ts';
import { studioState } from '../../state/studio-state.svelte.ts';
import { workspace } from '../../state/workspace.svelte.ts';

type CanvasCommandId = Extract<(typeof shortcuts)[number], { when: 'canvas' | 'candidates' }>['id'];
export type CanvasCommands = Record<CanvasCommandId, () => void>;

const brushFactor = 1.15;
const brushTools = new Set<ToolName>(['mask-brush', 'mask-eraser', 'paint-brush', 'paint-eraser']);

export const isBrush = (tool: ToolName): tool is BrushToolName => brushTools.has(tool);

/** Runs something that may fail, and tells the user why. */
export function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => studioState.fail(error));
}

export function inpaint(): void {
  attempt(workspace.inpaint());
}

export function generateHere(): void {
  attempt(workspace.generateHere());
}

export function moveActiveLayer(by: 1 | -1): void {
  const { layers, activeLayer, engine } = workspace;
  const index = layers.findIndex((layer) => layer.id === activeLayer?.id);
  const to = index + by;
  if (activeLayer !== null && to >= 0 && to < layers.length) engine.moveLayer(activeLayer.id, to);
}

/** The keys of a command as people write them, for tooltips. */
export function keysText(id: CommandId): string {
  return keysLabel(keysOf(id), navigator.userAgent.includes('Mac')).join('+');
}

export const labelOf = (id: CommandId): string => shortcuts.find((row) => row.id === id)?.label ?? id;

/** Pixels that a frame adds (or, negative, cuts off) on each side of the canvas. */
export interface Margins {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function marginsOf(frame: Rect, canvas: Size): Margins {
  // Minus nought is not what a field should show.
  return { left: 0 - frame.x, top: 0 - frame.y, right: rectRight(frame) - canvas.width, bottom: rectBottom(frame) - canvas.height };
}

export function frameOf({ left, top, right, bottom }: Margins, canvas: Size): Rect {
  return {
    x: 0 - left,
    y: 0 - top,
    width: Math.max(1, canvas.width + left + right),
    height: Math.max(1, canvas.height + top + bottom),
  };
}

/** @param onExport opens the export dialog */
export function canvasCommands(onExport: () => void): CanvasCommands {
  const { engine } = workspace;
  const withActive = (act: (id: NonNullable<typeof workspace.activeLayer>['id']) => void) => (): void => {
    if (workspace.activeLayer !== null) act(workspace.activeLayer.id);
  };
  const brush = (change: (settings: { sizePx: number; hardness: number }) => { sizePx?: number; hardness?: number }) => (): void => {
    const { tool, brushes } = workspace.view;
    if (isBrush(tool)) engine.setBrush(tool, change(brushes[tool]));
  };
  const tools = Object.fromEntries(toolNames.map((tool) => [tool, () => engine.setTool(tool)])) as Record<ToolName, () => void>;
  return {
    ...tools,
    save: () => attempt(workspace.saveNow()),
    export: onExport,
    undo: () => workspace.history.undo(),
    redo: () => workspace.history.redo(),
    // Whatever the open panel is for.
    inpaint: () => (canvasPanel.shown === 'generate' ? generateHere() : inpaint()),
    'zoom-fit': () => engine.zoomFit(),
    'zoom-100': () => engine.zoomTo(1),
    'zoom-in': () => engine.zoomIn(),
    'zoom-out': () => engine.zoomOut(),
    // Held: the stage answers it.
    pan: () => undefined,
    compare: () => engine.setComparison(workspace.view.comparison === null ? 0.5 : null),
    'mask-toggle': () => engine.setMaskAppearance({ visible: !workspace.view.maskVisible }),
    'mask-invert': () => engine.invertMask(),
    'mask-clear': () => engine.clearMask(),
    'mask-all': () => engine.selectAllMask(),
    'brush-smaller': brush(({ sizePx }) => ({ sizePx: Math.max(1, Math.min(sizePx - 1, Math.round(sizePx / brushFactor))) })),
    'brush-larger': brush(({ sizePx }) => ({ sizePx: Math.min(2000, Math.max(sizePx + 1, Math.round(sizePx * brushFactor))) })),
    'brush-softer': brush(({ hardness }) => ({ hardness: Math.max(0, Math.round(hardness * 10 - 1) / 10) })),
    'brush-harder': brush(({ hardness }) => ({ hardness: Math.min(1, Math.round(hardness * 10 + 1) / 10) })),
    'swap-colours': () => engine.swapColours(),
    'default-colours': () => engine.setColours({ foreground: '#000000', background: '#ffffff' }),
    'layer-add': () => void engine.addLayer(),
    'layer-duplicate': withActive((id) => workspace.duplicateLayer(id)),
    'layer-merge': withActive((id) => workspace.mergeDown(id)),
    'layer-delete': withActive((id) => engine.deleteLayer(id)),
    'layer-up': () => moveActiveLayer(1),
    'layer-down': () => moveActiveLayer(-1),
    'candidate-next': () => workspace.flick(1),
    'candidate-previous': () => workspace.flick(-1),
    'candidate-accept': () => workspace.keepCandidate(),
    'candidate-discard': () => workspace.discardCandidates(),
  };
}
