/**
 * The open document and everything done to it: opening, saving, inpainting, results. Owns the canvas engine; rooms read
 * its view and call its commands. Pixels stay in the engine, the document's state in the studio.
 */
import { pixelSink, pixelSource, uploadPixels } from '../api/pixels.ts';
import { studio } from '../api/studio.ts';
import { createCanvasEngine } from '../canvas/canvas-engine.ts';
import type { CanvasEngine, CanvasView, LayerView, RawPixels } from '../canvas/canvas-api.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { BackendPreference } from '../../shared/domain/backend.ts';
import type { DocumentRecord, DocumentState } from '../../shared/domain/document.ts';
import type { Generation, GenerationRequest } from '../../shared/domain/generation.ts';
import { containsRect, type Point, type Rect, type Size } from '../../shared/domain/geometry.ts';
import type { AssetHash, DocumentId, GenerationId, LayerId } from '../../shared/domain/ids.ts';
import { createAutosave, type Autosave } from './autosave.ts';
import { canvasInput, maskWithin } from './canvas-generate-input.ts';
import { generateRequests } from './canvas-generate-request.ts';
import { CanvasGenerate } from './canvas-generate.svelte.ts';
import { CanvasRun, type ReadyCandidate } from './canvas-run.svelte.ts';
import { inpaintRequests } from './inpaint-request.ts';
import { InpaintSettings } from './inpaint-settings.svelte.ts';
import { Lineage } from './lineage.ts';
import { JointUndo } from './joint-undo.svelte.ts';
import * as masks from './mask-pictures.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { freeName } from './new-document.ts';
import { studioState } from './studio-state.svelte.ts';
import { nothingMasked, nothingOpen } from './workspace-errors.ts';
import { keepToolSettings, restoreToolSettings } from './tool-settings.ts';
import { DocumentOpening } from './workspace-open.svelte.ts';
import { reuseOnCanvas } from './workspace-reuse.ts';

/** The document as saved right before a run, and where on it the run works. */
interface Moment {
  record: DocumentRecord;
  region: Rect;
  parentId: GenerationId | null;
  backend: BackendPreference;
}

class Workspace {
  readonly engine: CanvasEngine = createCanvasEngine();
  readonly settings = new InpaintSettings();
  readonly generating = new CanvasGenerate();
  readonly history = new JointUndo(this.engine, this.settings);
  #view: CanvasView = $state.raw(this.engine.view);
  #document: DocumentRecord | null = $state.raw(null);
  readonly #opening: DocumentOpening;
  #run: CanvasRun | null = $state.raw(null);
  #savedCount = $state(0);
  #failing = $state(false);
  #autosave: Autosave | null = null;
  #lineage = new Lineage();
  /** A run that a lifted pen started: what it was given, and whether more was drawn meanwhile. */
  #released: { mask: RawPixels; region: Rect; more: boolean } | null = null;

  readonly layers: readonly LayerView[] = $derived(this.#view.layers);
  readonly activeLayer: LayerView | null = $derived(this.layers.find((layer) => layer.id === this.#view.activeLayerId) ?? null);
  /** Everything drawn so far is in the library. */
  readonly saved: boolean = $derived(this.#document === null || this.#savedCount === this.#view.changeCount);

  constructor() {
    this.#opening = new DocumentOpening({
      engine: this.engine,
      saveNow: () => this.saveNow(),
      onOpened: ({ record, state }) => {
        this.#leave();
        this.#adopt(record, state);
      },
    });
    restoreToolSettings(this.engine);
    this.#view = this.engine.view;
    this.engine.subscribe((view) => {
      const before = this.#view;
      this.#view = view;
      keepToolSettings(before, view);
      this.history.heard(view, before);
      if (view.changeCount !== this.#savedCount && view.changeCount !== before.changeCount) this.#autosave?.changed();
    });
  }

  /** Null when nothing is open. */
  get document(): DocumentRecord | null {
    return this.#document;
  }
  get view(): CanvasView {
    return this.#view;
  }
  /** What is being opened, for the user; null when nothing is. */
  get opening(): string | null {
    return this.#opening.name;
  }
  get run(): CanvasRun | null {
    return this.#run;
  }
  /** The last attempt to save failed. */
  get savingFails(): boolean {
    return this.#failing;
  }
  /** Generations whose pixels are in the visible layers, for the metadata of exports. */
  get madeWith(): GenerationId[] {
    return this.#lineage.inLayers(this.#view.layers);
  }
  /** Of one layer, for exports layer by layer. */
  madeWithOf(layer: LayerId): readonly GenerationId[] {
    return this.#lineage.of(layer);
  }

  // ---- opening and closing ----

  // From here on the engine's own view is read: ours follows a moment later.

  /** Imports a picture file as a new document. A picture that carries the settings it was made with offers them. */
  openFile(file: File): Promise<void> {
    return this.#opening.file(file);
  }

  openDocument(id: DocumentId): Promise<void> {
    return this.#document?.id === id ? Promise.resolve() : this.#opening.document(id);
  }

  /** A new document with this picture. */
  openPicture(ref: PictureRef): Promise<void> {
    return this.#opening.picture(ref);
  }

  /** @param background "#rrggbb", or null for clear paper */
  newDocument(size: Size, background: string | null, name = 'Untitled'): Promise<void> {
    return this.#opening.blank(size, background, name);
  }

  /** Opens a past state as a new document; the document it came from stays as it is. */
  restoreSnapshot(snapshot: AssetHash, name: string): Promise<void> {
    return this.#opening.snapshot(snapshot, name);
  }

  async closeDocument(): Promise<void> {
    await this.saveNow();
    this.#leave();
    this.engine.close();
    this.#document = null;
  }

  async rename(name: string): Promise<void> {
    const title = name.trim().slice(0, 200);
    if (this.#document === null || title === '' || title === this.#document.name) return;
    // The save that may be under way must not bring the old record back.
    await this.saveNow();
    this.#document = await studio.call('documents.rename', { id: this.#document.id, name: title });
  }

  /** Resolves when everything so far is in the library. */
  async saveNow(): Promise<void> {
    await this.#autosave?.flush();
  }

  // ---- layers and pictures ----

  /** @param at where its corner goes, in canvas pixels; the middle of the canvas when absent */
  async addPictureAsLayer(ref: PictureRef, at?: Point): Promise<void> {
    const { canvas } = this.engine.view;
    if (canvas === null) return this.openPicture(ref);
    const image = await pixelSource.image(ref.hash);
    const x = at?.x ?? Math.round((canvas.width - ref.width) / 2);
    const y = at?.y ?? Math.round((canvas.height - ref.height) / 2);
    const id = this.engine.addLayer({ name: ref.name, image, bounds: { x, y, width: ref.width, height: ref.height }, source: ref.hash });
    if (ref.madeBy !== undefined) this.#lineage.add(id, [ref.madeBy]);
  }

  duplicateLayer(id: LayerId): void {
    const before = new Set(this.engine.view.layers.map((layer) => layer.id));
    this.engine.duplicateLayer(id);
    for (const layer of this.engine.view.layers) if (!before.has(layer.id)) this.#lineage.copy(id, layer.id);
  }

  mergeDown(id: LayerId): void {
    const before = this.engine.view.layers;
    const below = before[before.findIndex((layer) => layer.id === id) - 1];
    if (below === undefined) return;
    this.engine.mergeDown(id);
    const known = new Set(before.map((layer) => layer.id));
    const merged = this.engine.view.layers.find((layer) => !known.has(layer.id))?.id ?? below.id;
    for (const from of [below.id, id]) this.#lineage.copy(from, merged);
  }

  /** Everything visible as one picture of the library. */
  async flattened(): Promise<PictureRef> {
    const pixels = this.engine.flatten();
    if (pixels === null || this.#document === null) throw nothingOpen();
    return { name: this.#document.name, hash: await uploadPixels(pixels), width: pixels.width, height: pixels.height };
  }

  /** One layer's own pixels, without its opacity and blend mode. */
  async layerPicture(id: LayerId): Promise<PictureRef> {
    const pixels = this.engine.layerPixels(id);
    const layer = this.layers.find((entry) => entry.id === id);
    if (pixels === null || layer === undefined) throw new AppError('not-found', 'That layer has no pixels.', { action: 'Choose another.' });
    return { name: layer.name, hash: await uploadPixels(pixels), width: pixels.width, height: pixels.height };
  }

  // ---- inpainting ----

  /** Sends the masked part to the chosen model; with results still waiting, adds more with the seeds that follow. */
  async inpaint(count = this.settings.candidateCount): Promise<void> {
    const run = this.#run;
    if (run === null || this.#document === null) throw nothingOpen();
    if (run.busy) return;
    const { pack, params } = this.settings;
    if (pack === null) {
      throw new AppError('pack-missing', 'No model for inpainting is installed.', { action: 'Drop a model pack on the window.' });
    }
    const input = this.engine.inpaintInput(params);
    if (input === null) throw nothingMasked();
    this.#released = null;
    const seed = (this.settings.seedForRun() + (this.engine.view.candidates?.items.length ?? 0)) >>> 0;
    await this.#press(run, input.region, async (moment) => {
      const image = await uploadPixels(input.image);
      const mask = await uploadPixels(input.mask);
      return inpaintRequests({ ...(await moment()), image, mask, packId: pack.manifest.id, params, seed, count });
    });
  }

  /** "Generate here": the mask, the outpaint frame, or else the whole canvas, from the panel's words. */
  async generateHere(count = this.generating.count): Promise<void> {
    const run = this.#run;
    if (run === null || this.#document === null) throw nothingOpen();
    if (run.busy) return;
    const { pack, convention, regions } = this.generating;
    if (pack === null || convention === null) {
      throw new AppError('pack-missing', 'No model that makes pictures from words is installed.', { action: 'Add one under Models.' });
    }
    const { canvas, candidates } = this.engine.view;
    const params = this.generating.paramsFor(canvas);
    const input = canvasInput(this.engine, params);
    if (input === null) throw nothingOpen();
    this.#released = null;
    const seed = (this.generating.seedForRun() + (candidates?.items.length ?? 0)) >>> 0;
    await this.#press(run, input.region, async (moment) => {
      const image = input.image === null ? null : await uploadPixels(input.image);
      const mask = input.mask === null ? null : await uploadPixels(input.mask);
      const masked: AssetHash[] = [];
      for (const region of regions.usable(canvas)) masked.push(await uploadPixels(maskWithin(region.mask, input.region)));
      const { empty } = input;
      return generateRequests({
        ...(await moment()),
        image,
        mask,
        empty,
        regions: masked,
        packId: pack.manifest.id,
        convention,
        params,
        seed,
        count,
      });
    });
  }

  /** Starts a run; `moment` saves the document and gives what a request says of it. */
  #press(run: CanvasRun, region: Rect, prepare: (moment: () => Promise<Moment>) => Promise<GenerationRequest[]>): Promise<void> {
    const moment = async (): Promise<Moment> => {
      await this.saveNow();
      const parentId = this.#lineage.parentOf(this.engine.view.maskBounds ?? region, this.engine.view.layers);
      return { record: this.#requireDocument(), region, parentId, backend: studioState.settings.backend };
    };
    return run.start(() => prepare(moment), this.#wideningFrame());
  }

  /** "Remove on release": runs at once and keeps the result. What is drawn while it runs follows right after. */
  async inpaintOnRelease(): Promise<void> {
    if (this.#run?.busy === true) {
      if (this.#released !== null) this.#released.more = true;
      return;
    }
    const input = this.engine.inpaintInput(this.settings.params);
    const started = this.inpaint(1);
    if (input !== null) this.#released = { mask: input.mask, region: input.region, more: false };
    await started;
  }

  /** The shown result becomes a layer. */
  keepCandidate(): void {
    const { candidates } = this.engine.view;
    const shown = candidates?.items[candidates.shownIndex];
    if (shown === undefined) return;
    const generation = this.#run?.candidate(shown.id)?.generation;
    this.engine.setComparison(null);
    const layer = this.engine.acceptCandidate();
    if (layer !== null && generation !== undefined) this.#lineage.add(layer, [generation.id]);
    this.#run?.forget();
    this.saveNow().catch((error: unknown) => studioState.fail(error));
  }

  discardCandidates(): void {
    this.engine.setComparison(null);
    this.engine.discardCandidates();
    this.#run?.forget();
  }

  flick(by: number): void {
    const { candidates } = this.engine.view;
    if (candidates === null || candidates.items.length === 0) return;
    const count = candidates.items.length;
    this.engine.showCandidate((candidates.shownIndex + by + count) % count);
  }

  /**
   * Puts a generation's parameters, seed and pack into the panel, and its mask onto the canvas where that fits. With
   * nothing open, the document it came from is opened, or else the crop it was made of.
   */
  reuse(generation: Generation): Promise<void> {
    return reuseOnCanvas(generation, this);
  }

  #ready(candidates: readonly ReadyCandidate[]): void {
    const shown = this.engine.view.candidates?.shownIndex ?? 0;
    const taken = this.engine.view.layers.map((layer) => layer.name);
    this.engine.showCandidates(candidates.map((candidate) => ({ ...candidate, name: freeName(candidate.name, taken) })));
    if (this.#released !== null) this.#keepReleased(this.#released);
    else if (shown > 0) this.engine.showCandidate(shown);
  }

  #keepReleased({ mask, region, more }: { mask: RawPixels; region: Rect; more: boolean }): void {
    this.#released = null;
    const drawn = more ? this.engine.maskPixels() : null;
    this.keepCandidate();
    const rest = drawn === null ? null : masks.without(drawn, mask, region);
    if (rest === null) return;
    this.engine.importMask(rest);
    this.inpaintOnRelease().catch((error: unknown) => studioState.fail(error));
  }

  // ---- the document's life ----

  #leave(): void {
    this.#autosave?.dispose();
    this.#autosave = null;
    this.#run?.dispose();
    this.#run = null;
  }

  #adopt(record: DocumentRecord, state: DocumentState): void {
    this.#document = record;
    this.#lineage = new Lineage(state.madeWith);
    this.#savedCount = this.engine.view.changeCount;
    this.history.clear();
    this.generating.regions.clear();
    this.#failing = false;
    this.#autosave = createAutosave({ save: () => this.#save(), onError: (error) => this.#saveFailed(error) });
    this.#run = new CanvasRun(record.id, (candidates) => this.#ready(candidates));
    this.#run.reconnect().catch((error: unknown) => studioState.fail(error));
  }

  async #save(): Promise<void> {
    const { state, changeCount } = await this.engine.save(pixelSink);
    const small = this.engine.documentThumbnail();
    const thumbnail = small === null ? null : await uploadPixels(small);
    const { id, revision, name, projectId } = this.#requireDocument();
    const whole = { ...state, madeWith: this.#lineage.toState() };
    try {
      this.#document = await studio.call('documents.save', { id, baseRevision: revision, state: whole, thumbnail });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
      // Another window saved this document meanwhile: neither side's work is lost.
      this.#document = await studio.call('documents.create', { projectId, name: `${name} (copy)`.slice(0, 200), state: whole });
      studioState.notify({
        level: 'warning',
        title: `"${name}" was changed in another window.`,
        text: 'Your work goes on in a copy of its own.',
      });
    }
    this.#savedCount = changeCount;
    this.#failing = false;
  }

  #saveFailed(error: unknown): void {
    if (!this.#failing) studioState.fail(error);
    this.#failing = true;
  }

  /** The outpaint frame where it is not the canvas itself. */
  #wideningFrame(): Rect | null {
    const { canvas, outpaintFrame } = this.engine.view;
    if (canvas === null || outpaintFrame === null) return null;
    return containsRect({ x: 0, y: 0, ...canvas }, outpaintFrame) ? null : outpaintFrame;
  }

  #requireDocument(): DocumentRecord {
    if (this.#document === null) throw nothingOpen();
    return this.#document;
  }
}

export const workspace = new Workspace();
