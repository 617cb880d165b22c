/**
 * The canvas engine as the rest of the renderer sees it: plain TypeScript, no Svelte. The UI calls commands and renders
 * `view`, an immutable picture of the engine that is replaced (never mutated) on every change. Pixels stay inside.
 */
import type { BlendMode, DocumentState } from '../../shared/domain/document.ts';
import type { Point, Rect, Size } from '../../shared/domain/geometry.ts';
import type { AssetHash, GenerationId, LayerId } from '../../shared/domain/ids.ts';

export const toolNames = [
  'mask-brush',
  'mask-eraser',
  'mask-rectangle',
  'mask-ellipse',
  'mask-lasso',
  'mask-wand',
  'paint-brush',
  'paint-eraser',
  'fill',
  'eyedropper',
  'move',
  'outpaint',
  'hand',
] as const;
export type ToolName = (typeof toolNames)[number];

/** Each of the four brushes remembers its own. */
export interface BrushSettings {
  /** Diameter in canvas pixels, 1..2000. */
  sizePx: number;
  /** 0 soft .. 1 hard. */
  hardness: number;
  /** 0..1. */
  opacity: number;
  pressureAffectsSize: boolean;
  pressureAffectsOpacity: boolean;
}
export type BrushToolName = 'mask-brush' | 'mask-eraser' | 'paint-brush' | 'paint-eraser';

export interface WandSettings {
  /** Largest difference per channel, 0..255. */
  tolerance: number;
  /** Only pixels connected to the click. */
  contiguous: boolean;
}

/** What a mask shape does to the mask that is there. Shift adds, Alt subtracts while drawing. */
export type MaskCombine = 'replace' | 'add' | 'subtract' | 'intersect';

export interface LayerView {
  id: LayerId;
  name: string;
  bounds: Rect;
  visible: boolean;
  locked: boolean;
  opacity: number;
  blendMode: BlendMode;
  /** Small picture of the layer; a blob: or data: URL replaced when pixels change. */
  thumbnailUrl: string | null;
}

export interface CandidateView {
  id: string;
  thumbnailUrl: string;
}

/** Results that wait for the user's choice; the shown one is drawn over the document but is not part of it. */
export interface CandidatesView {
  items: readonly CandidateView[];
  shownIndex: number;
}

export interface CanvasView {
  /** Null: nothing is open. */
  canvas: Size | null;
  /** Bottom to top. */
  layers: readonly LayerView[];
  activeLayerId: LayerId | null;
  /** Bounding box of the mask in canvas pixels; null when the mask is empty. */
  maskBounds: Rect | null;
  maskVisible: boolean;
  tool: ToolName;
  brushes: Readonly<Record<BrushToolName, BrushSettings>>;
  wand: WandSettings;
  maskCombine: MaskCombine;
  /** "#rrggbb". */
  foregroundColour: string;
  backgroundColour: string;
  /** Screen pixels per canvas pixel: 1 = 100 %. */
  zoom: number;
  /** Under the pointer, whole canvas pixels. */
  pointer: Point | null;
  undoLabel: string | null;
  /** How many steps undo can take back. */
  undoDepth: number;
  redoLabel: string | null;
  /** Rises with every change of the document that needs saving. */
  changeCount: number;
  candidates: CandidatesView | null;
  /** Before/after divider, 0..1 of the viewport's width; null = off. */
  comparison: number | null;
  /** The frame being dragged by the outpaint tool, in canvas pixels; null when the tool is idle. */
  outpaintFrame: Rect | null;
  /** Why the last pointer action did nothing ("The layer is locked."); null when all is well. */
  hint: string | null;
}

/** Loads pixels of assets by hash; the UI passes one that fetches `/asset/<hash>`. */
export interface PixelSource {
  /** A decoded picture (PNG asset). */
  image(hash: AssetHash): Promise<ImageBitmap>;
  /** The deflated tile bytes as stored. */
  tile(hash: AssetHash): Promise<Uint8Array>;
}

/** Stores pixels and gives hashes back; the UI passes one that POSTs to `/upload`. */
export interface PixelSink {
  /** deflate-raw bytes of one tile (256*256*channels). */
  tile(deflated: Uint8Array, channels: 1 | 4): Promise<AssetHash>;
}

/** Raw pixels, row-major, straight alpha; channels 4 or 1. */
export interface RawPixels extends Size {
  channels: 1 | 4;
  data: Uint8Array;
}

/** What Inpaint sends: the flattened crop around the mask and the mask itself, both of `region`'s size. */
export interface InpaintInput {
  region: Rect;
  image: RawPixels;
  mask: RawPixels;
}

/** A result picture to be placed: `patch` RGBA at bounds in canvas pixels. */
export interface Candidate {
  id: string;
  name: string;
  patch: ImageBitmap;
  bounds: Rect;
  /** Outpainting: the canvas becomes this frame when the candidate is accepted. */
  frame?: Rect;
  /** The asset that holds the patch: accepting then stores a reference, not pixels. The engine closes the bitmap with the document. */
  source?: AssetHash;
  /** Noted in the document's `madeWith` for the new layer. */
  madeWith?: readonly GenerationId[];
}

export interface AddLayerOptions {
  name?: string;
  /** Keeps its own size: of `bounds` only the corner counts then. Centred without `bounds`. */
  image?: ImageBitmap;
  bounds?: Rect;
  /** The asset that holds `image`: the document then refers to it instead of storing pixels again. */
  source?: AssetHash;
}

export interface CanvasEngine {
  readonly view: CanvasView;
  subscribe(listener: (view: CanvasView) => void): () => void;

  attach(container: HTMLDivElement): void;
  detach(): void;
  dispose(): void;

  /** Opens a state; undo starts empty. */
  load(state: DocumentState, source: PixelSource): Promise<void>;
  close(): void;
  /** Uploads tiles that changed since the last save and gives the state that names them. Drawing may go on meanwhile. */
  save(sink: PixelSink): Promise<{ state: DocumentState; changeCount: number }>;
  /** Small flattened picture (longest side 512) for lists. */
  documentThumbnail(): RawPixels | null;

  undo(): void;
  redo(): void;

  setTool(tool: ToolName): void;
  setBrush(tool: BrushToolName, settings: Partial<BrushSettings>): void;
  setWand(settings: Partial<WandSettings>): void;
  setMaskCombine(combine: MaskCombine): void;
  setColours(colours: { foreground?: string; background?: string }): void;
  swapColours(): void;

  invertMask(): void;
  clearMask(): void;
  selectAllMask(): void;
  /** Positive grows, negative shrinks, in pixels. */
  growMask(byPx: number): void;
  featherMask(radiusPx: number): void;
  /** Replaces the mask by a grey picture of the canvas's size. */
  importMask(mask: RawPixels): void;
  /** The mask as grey pixels of the canvas's size. */
  maskPixels(): RawPixels | null;
  setMaskAppearance(appearance: { colour?: string; opacity?: number; visible?: boolean }): void;

  addLayer(options?: AddLayerOptions): LayerId;
  deleteLayer(id: LayerId): void;
  duplicateLayer(id: LayerId): void;
  mergeDown(id: LayerId): void;
  /** toIndex counts from the bottom. */
  moveLayer(id: LayerId, toIndex: number): void;
  setActiveLayer(id: LayerId): void;
  setLayer(id: LayerId, change: { name?: string; visible?: boolean; locked?: boolean; opacity?: number; blendMode?: BlendMode }): void;

  /** The size the canvas gets; layers keep their place. */
  resizeCanvas(frame: Rect): void;
  /** Moves the outpaint frame's edges; used by the numeric fields and the handles alike. Null: back to the canvas. */
  setOutpaintFrame(frame: Rect | null): void;

  /** `around`: a canvas point that keeps its place on the screen; the viewport's middle otherwise. */
  zoomTo(zoom: number, around?: Point): void;
  zoomIn(): void;
  zoomOut(): void;
  zoomFit(): void;
  /** In screen pixels: arrow keys. */
  panBy(xPx: number, yPx: number): void;
  /** Brings a canvas point to the middle of the viewport. */
  centreOn(point: Point): void;
  /** The canvas point under a screen point (CSS pixels from the container's corner): where something was dropped. */
  canvasPoint(screen: { x: number; y: number }): { x: number; y: number };

  /** Null when the mask is empty (and no outpaint frame reaches outside). `contextPadding` as in the pipeline's parameters. */
  inpaintInput(options: { contextPadding: number; maskGrow: number; feather: number }): InpaintInput | null;
  /** Whether `inpaintInput` would give anything: cheap enough to enable a button by. */
  hasInpaintArea(): boolean;
  /** Everything visible, flattened, over the whole canvas. */
  flatten(): RawPixels | null;
  /** One layer's own pixels with its bounds, without opacity and blend mode. */
  layerPixels(id: LayerId): (RawPixels & { bounds: Rect }) | null;

  showCandidates(candidates: readonly Candidate[]): void;
  showCandidate(index: number): void;
  /** The shown candidate becomes a new layer above the others: one undo step; the mask is cleared. */
  acceptCandidate(): LayerId | null;
  discardCandidates(): void;

  setComparison(position: number | null): void;
  setTheme(theme: 'light' | 'dark'): void;
}
