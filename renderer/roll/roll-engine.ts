/**
 * The piano roll's engine: holds what is shown and where the user looks, paints it in layers, and turns pointer, wheel and
 * pinch into gestures. A layer is painted when something on it changed, never for the play head, which is an element of its
 * own.
 */
import { KeyboardInput } from './engine/keyboard-input.ts';
import { Layer } from './engine/layer.ts';
import { RulerInput } from './engine/ruler-input.ts';
import { StageInput } from './engine/stage-input.ts';
import { listenToWheel } from './engine/wheel.ts';
import { gridTicks, type Snap } from './geometry/grid.ts';
import { rowRange } from './geometry/rows.ts';
import { clamped, fitted, pitchSpan, revealed, zoomedRows, zoomedTime, type Viewport } from './geometry/viewport.ts';
import { paintGrid } from './paint/paint-grid.ts';
import { paintKeyboard } from './paint/paint-keyboard.ts';
import { paintNotes } from './paint/paint-notes.ts';
import { paintRuler } from './paint/paint-ruler.ts';
import { paintVelocity } from './paint/paint-velocity.ts';
import type { Scene } from './paint/scene.ts';
import { readTheme, type RollTheme } from './paint/theme.ts';
import type { RollContent, RollHost, RollTool, TickRange } from './roll-api.ts';
import type { GestureContext, Outcome, RollPreview } from './tools/gesture.ts';

export interface RollElements {
  /** The notes' area: pointer, wheel and focus. */
  stage: HTMLElement;
  ruler: HTMLElement;
  keyboard: HTMLElement;
  velocity: HTMLElement;
}

export type LayerName = 'grid' | 'notes' | 'ruler' | 'keyboard' | 'velocity';

export interface RollOptions {
  /** After each change of where the user looks. */
  onView?: (view: Viewport) => void;
  /** After each frame that painted something. */
  onPaint?: (workMs: number, layers: readonly LayerName[]) => void;
}

const emptyContent: RollContent = {
  score: { formatVersion: 1, title: '', tempos: [{ tick: 0, bpm: 120 }], metres: [], keys: [], tracks: [], lengthTicks: 0 },
  bars: [],
  activeTrackId: null,
  selection: new Set(),
  lockedBars: new Set(),
  loop: null,
};

export class RollEngine {
  readonly host: RollHost;
  readonly #options: RollOptions;
  #content = emptyContent;
  #view: Viewport = { widthPx: 0, heightPx: 0, scrollTicks: 0, pxPerTick: 0.1, scrollPx: 0, rowPx: 14, lowest: 21, highest: 108 };
  #theme: RollTheme | null = null;
  #preview: RollPreview | null = null;
  #layers: ReadonlyMap<LayerName, Layer> = new Map();
  #elements: RollElements | null = null;
  #frame = 0;
  #fits = true;
  /** Nobody has looked elsewhere since the piece was fitted: it stays fitted when the size changes. */
  #untouched = true;
  #newNote: GestureContext['newNote'] | null = null;
  #keyPitch: number | null = null;
  #laneHeightPx = 0;
  #snap: Snap = 'auto';
  tool: RollTool = 'select';

  constructor(host: RollHost, options: RollOptions = {}) {
    this.host = host;
    this.#options = options;
  }

  get view(): Viewport {
    return this.#view;
  }
  get content(): RollContent {
    return this.#content;
  }
  /** Ticks between two lines; null when notes are free. */
  get grid(): number | null {
    return gridTicks(this.#snap, this.#view.pxPerTick);
  }
  /** Whether a gesture goes on. */
  get busy(): boolean {
    return this.#preview !== null;
  }

  /** Paints into these elements and listens to them. @returns what ends that */
  attach(elements: RollElements): () => void {
    const { stage, ruler, keyboard, velocity } = elements;
    this.#elements = elements;
    this.#theme = readTheme(stage);
    const layer = (
      parent: HTMLElement,
      paint: (context: CanvasRenderingContext2D, scene: Scene, size: { width: number; height: number }) => void,
    ): Layer =>
      new Layer(parent, (context, size) => {
        const scene = this.#scene();
        if (scene !== null) paint(context, scene, size);
      });
    // Each goes before what is there: notes first, so that they lie above the grid.
    const notes = layer(stage, paintNotes);
    this.#layers = new Map([
      ['grid', layer(stage, paintGrid)],
      ['notes', notes],
      ['ruler', layer(ruler, paintRuler)],
      ['keyboard', layer(keyboard, (context, scene, { width }) => paintKeyboard(context, scene, width))],
      ['velocity', layer(velocity, (context, scene, { height }) => paintVelocity(context, scene, height))],
    ]);
    const sizes = new ResizeObserver(() => this.#measure());
    for (const element of [stage, ruler, keyboard, velocity]) sizes.observe(element);
    const stops = [
      new StageInput(this, stage, 'notes').listen(),
      new StageInput(this, velocity, 'velocity').listen(),
      new RulerInput(this, ruler).listen(),
      new KeyboardInput(this, keyboard).listen(),
      listenToWheel(this, [stage, ruler, keyboard, velocity]),
    ];
    this.#measure();
    return () => {
      sizes.disconnect();
      for (const stop of stops) stop();
      for (const one of this.#layers.values()) one.remove();
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      this.#layers = new Map();
      this.#elements = null;
    };
  }

  #measure(): void {
    const elements = this.#elements;
    if (elements === null) return;
    const { clientWidth: widthPx, clientHeight: heightPx } = elements.stage;
    const size = (name: LayerName, element: HTMLElement): void => this.#layers.get(name)?.resize(element.clientWidth, element.clientHeight);
    size('grid', elements.stage);
    size('notes', elements.stage);
    size('ruler', elements.ruler);
    size('keyboard', elements.keyboard);
    size('velocity', elements.velocity);
    this.#laneHeightPx = elements.velocity.clientHeight;
    const grows = heightPx - this.#view.heightPx;
    // What is in the middle stays there.
    this.#look({
      ...this.#view,
      widthPx,
      heightPx,
      scrollPx: this.#view.heightPx === 0 ? this.#view.scrollPx : this.#view.scrollPx - grows / 2,
    });
    if (this.#untouched && widthPx > 0 && heightPx > 0 && this.#content.bars.length > 0) this.fit();
    // At once: a canvas that was given a size is empty until then.
    this.#paint();
  }

  /** What is shown from now on. Fits the view when it is the first content, or after {@link fitNext}. */
  setContent(content: RollContent): void {
    const before = this.#content;
    this.#content = content;
    if (content.activeTrackId !== before.activeTrackId || content.score !== before.score) {
      if (content.activeTrackId !== before.activeTrackId) this.#newNote = null;
      const active = content.score.tracks.find(({ id }) => id === content.activeTrackId) ?? null;
      const { lowest, highest } = rowRange(active);
      const shifted = (highest - this.#view.highest) * this.#view.rowPx;
      const next = { ...this.#view, lowest, highest, scrollPx: this.#view.scrollPx + shifted };
      if (content.activeTrackId === before.activeTrackId || active === null) this.#look(next);
      else this.#look(this.#withTrackInView(next, active.notes));
    }
    if (this.#fits && this.#view.widthPx > 0 && this.#view.heightPx > 0 && content.bars.length > 0) this.fit();
    if (content.score !== before.score || content.lockedBars !== before.lockedBars || content.loop !== before.loop) {
      this.#soil('grid', 'ruler');
    }
    this.#soil('notes', 'velocity');
  }

  /** The notes in the middle when none of them is seen. */
  #withTrackInView(view: Viewport, notes: readonly { pitch: number }[]): Viewport {
    const span = pitchSpan(notes) ?? { low: view.lowest, high: view.highest };
    const top = (view.highest - span.high) * view.rowPx;
    const bottom = (view.highest - span.low + 1) * view.rowPx;
    if (bottom > view.scrollPx + view.rowPx && top < view.scrollPx + view.heightPx - view.rowPx) return view;
    return { ...view, scrollPx: (top + bottom - view.heightPx) / 2 };
  }

  /** The next content is another piece: it is looked at as a whole. */
  fitNext(): void {
    this.#fits = true;
  }

  setSnap(snap: Snap): void {
    this.#snap = snap;
    this.#newNote = null;
    this.#soil('grid');
  }

  /** Reads the page's colours again. */
  refreshTheme(): void {
    if (this.#elements === null) return;
    this.#theme = readTheme(this.#elements.stage);
    this.#soilAll();
  }

  #look(view: Viewport): void {
    const next = clamped(view, this.#content.score.lengthTicks);
    const same = (Object.keys(next) as (keyof Viewport)[]).every((key) => next[key] === this.#view[key]);
    if (same) return;
    this.#view = next;
    this.#soilAll();
    this.#options.onView?.(next);
  }

  #turn(view: Viewport): void {
    this.#untouched = false;
    this.#look(view);
  }

  scrollBy(xPx: number, yPx: number): void {
    this.#turn({ ...this.#view, scrollTicks: this.#view.scrollTicks + xPx / this.#view.pxPerTick, scrollPx: this.#view.scrollPx + yPx });
  }
  scrollTo(to: { ticks?: number; px?: number }): void {
    this.#turn({ ...this.#view, scrollTicks: to.ticks ?? this.#view.scrollTicks, scrollPx: to.px ?? this.#view.scrollPx });
  }
  zoomTime(factor: number, aroundX = this.#view.widthPx / 2): void {
    this.#turn(zoomedTime(this.#view, factor, aroundX));
  }
  zoomRows(factor: number, aroundY = this.#view.heightPx / 2): void {
    this.#turn(zoomedRows(this.#view, factor, aroundY));
  }
  /** The piece from its beginning, with the active track's notes in the middle. */
  fit(): void {
    this.#fits = false;
    this.#untouched = true;
    const { score, activeTrackId } = this.#content;
    const notes = score.tracks.find(({ id }) => id === activeTrackId)?.notes ?? [];
    this.#look(fitted(this.#view, score, notes));
  }
  reveal(range: TickRange, pitch: { low: number; high: number }): void {
    this.#turn(revealed(this.#view, range, pitch));
  }

  /** What gestures begin with; null without a track. */
  gestureContext(): GestureContext | null {
    const { score, activeTrackId, selection, bars } = this.#content;
    const track = score.tracks.find(({ id }) => id === activeTrackId);
    if (track === undefined) return null;
    return { track, selection, bars, grid: this.grid, newNote: this.newNote, laneHeightPx: this.#laneHeightPx };
  }
  /** The next note is like the last one that was touched; the first is a cell of the grid. */
  get newNote(): GestureContext['newNote'] {
    return this.#newNote ?? { durationTicks: this.grid ?? 240, velocity: 90 };
  }

  /** Shows what a gesture would do. */
  show(preview: RollPreview | null): void {
    if (preview?.hear != null && preview.hear !== this.#preview?.hear) this.host.hear(preview.hear);
    this.#preview = preview;
    this.#soil('notes', 'velocity');
  }

  /** A gesture's end. */
  finish({ label, track, selection }: Outcome): void {
    if (label === null) this.host.select(selection);
    else this.host.commit(label, track, selection);
    const touched = track.notes[[...selection].at(-1) ?? -1];
    if (touched !== undefined) this.#newNote = { durationTicks: touched.duration, velocity: touched.velocity };
  }

  /** The key under the pointer, to be seen on the keyboard. */
  pointAt(pitch: number | null): void {
    if (pitch === this.#keyPitch) return;
    this.#keyPitch = pitch;
    this.#soil('keyboard');
  }

  #scene(): Scene | null {
    if (this.#theme === null) return null;
    return {
      view: this.#view,
      content: this.#content,
      theme: this.#theme,
      preview: this.#preview,
      grid: this.grid,
      keyPitch: this.#keyPitch,
    };
  }

  #soilAll(): void {
    this.#soil(...this.#layers.keys());
  }
  #soil(...names: LayerName[]): void {
    for (const name of names) {
      const layer = this.#layers.get(name);
      if (layer !== undefined) layer.dirty = true;
    }
    if (this.#frame === 0 && this.#layers.size > 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }
  #paint(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const from = performance.now();
    const painted: LayerName[] = [];
    for (const [name, layer] of this.#layers) {
      if (!layer.dirty) continue;
      layer.paint();
      painted.push(name);
    }
    if (painted.length > 0) this.#options.onPaint?.(performance.now() - from, painted);
  }
}
