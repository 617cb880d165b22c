/**
 * The open document and everything done to it: opening, saving, inpainting, results. Owns the canvas engine; rooms read
 * its view and call its commands. Pixels stay in the engine, the document's state in the studio.
 */
import { deflateRaw, pixelSink, pixelSource, uploadPixels } from '../api/pixels.ts';
import { studio } from '../api/studio.ts';
import { upload } from '../api/upload.ts';
import { createCanvasEngine } from '../canvas/canvas-engine.ts';
import type { CanvasEngine, CanvasView, LayerView, RawPixels } from '../canvas/canvas-api.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { DocumentRecord, DocumentState } from '../../shared/domain/document.ts';
import type { Generation } from '../../shared/domain/generation.ts';
import { containsRect, type Point, type Rect, type Size } from '../../shared/domain/geometry.ts';
import type { AssetHash, DocumentId, GenerationId, LayerId } from '../../shared/domain/ids.ts';
import { createAutosave, type Autosave } from './autosave.ts';
import { inpaintRequests } from './inpaint-request.ts';
import { InpaintRun, type ReadyCandidate } from './inpaint-run.svelte.ts';
import { InpaintSettings } from './inpaint-settings.svelte.ts';
import { Lineage } from './lineage.ts';
import { JointUndo } from './joint-undo.svelte.ts';
import * as masks from './mask-pictures.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { blankDocument, freeName, pictureDocument, solidTile } from './new-document.ts';
import { offerPictureSettings } from './restore-settings.ts';
import { studioState } from './studio-state.svelte.ts';
import { nothingMasked, nothingOpen } from './workspace-errors.ts';
import { keepToolSettings, restoreToolSettings } from './tool-settings.ts';

interface Opened {
  record: DocumentRecord;
  state: DocumentState;
}

class Workspace {
  readonly engine: CanvasEngine = createCanvasEngine();
  readonly settings = new InpaintSettings();
  readonly history = new JointUndo(this.engine, this.settings);
  #view: CanvasView = $state.raw(this.engine.view);
  #document: DocumentRecord | null = $state.raw(null);
  #opening: string | null = $state(null);
  #run: InpaintRun | null = $state.raw(null);
  #savedCount = $state(0);
  #failing = $state(false);
  #autosave: Autosave | null = null;
  #lineage = new Lineage();
  /** A run that a lifted pen started: what it was given, and whether more was drawn meanwhile. */
  #released: { mask: RawPixels; region: Rect; more: boolean } | null = null;
  #opens: Promise<unknown> = Promise.resolve();

  readonly layers: readonly LayerView[] = $derived(this.#view.layers);
  readonly activeLayer: LayerView | null = $derived(this.layers.find((layer) => layer.id === this.#view.activeLayerId) ?? null);
  /** Everything drawn so far is in the library. */
  readonly saved: boolean = $derived(this.#document === null || this.#savedCount === this.#view.changeCount);

  constructor() {
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
    return this.#opening;
  }
  get run(): InpaintRun | null {
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

  /** Imports a picture file as a new document. A picture that Kiln exported offers its parameters. */
  openFile(file: File): Promise<void> {
    return this.#open(file.name, async () => {
      const picture = await upload({ purpose: 'image', name: file.name.slice(0, 300) }, file);
      const opened = await this.#create(file.name, pictureDocument(picture.image, picture));
      void offerPictureSettings(picture, file.name);
      return opened;
    });
  }

  openDocument(id: DocumentId): Promise<void> {
    if (this.#document?.id === id) return Promise.resolve();
    return this.#open('the document', () => studio.call('documents.get', { id }));
  }

  /** A new document with this picture. */
  openPicture(ref: PictureRef): Promise<void> {
    return this.#open(ref.name, () => this.#create(ref.name, pictureDocument(ref.hash, ref, ref.madeBy)));
  }

  /** @param background "#rrggbb", or null for clear paper */
  newDocument(size: Size, background: string | null, name = 'Untitled'): Promise<void> {
    return this.#open(name, async () => {
      const fill = background === null ? null : await this.#solid(background);
      return this.#create(name, blankDocument(size, { fill }));
    });
  }

  /** Opens a past state as a new document; the document it came from stays as it is. */
  restoreSnapshot(snapshot: AssetHash, name: string): Promise<void> {
    return this.#open(name, async () => this.#create(name, await studio.call('documents.snapshot', { snapshot })));
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
    await run.start(async () => {
      const image = await uploadPixels(input.image);
      const mask = await uploadPixels(input.mask);
      await this.saveNow();
      const { region } = input;
      const parentId = this.#lineage.parentOf(this.engine.view.maskBounds ?? region, this.engine.view.layers);
      const { backend } = studioState.settings;
      const record = this.#requireDocument();
      return inpaintRequests({ record, region, image, mask, packId: pack.manifest.id, params, backend, parentId, seed, count });
    }, this.#wideningFrame());
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
  async reuse(generation: Generation): Promise<void> {
    const { request } = generation;
    if (request.kind !== 'inpaint') return;
    const { placement, inputs } = request;
    const size = placement?.region ?? generation.size;
    let region: Rect | null = placement?.region ?? null;
    if (this.#document === null) {
      const opened =
        placement !== null &&
        (await this.openDocument(placement.documentId).then(
          () => true,
          () => false,
        ));
      if (!opened && size !== null) {
        await this.openPicture({ name: request.title || 'Untitled', hash: inputs.image, width: size.width, height: size.height });
        region = { x: 0, y: 0, width: size.width, height: size.height };
      }
    } else if (placement?.documentId !== this.#document.id) region = null;
    const { canvas } = this.engine.view;
    const mask = region === null || canvas === null ? null : await masks.placedMask(inputs.mask, region, canvas);
    if (mask !== null) this.engine.importMask(mask);
    const packHere = this.settings.adopt(request);
    studioState.notify({
      level: packHere ? 'info' : 'warning',
      title: mask === null ? 'Parameters and seed are in the panel.' : 'Parameters, seed and mask are back.',
      text: packHere ? '' : `"${generation.pack.name}" is not installed: another model is chosen.`,
    });
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

  #open(name: string, make: () => Promise<Opened>): Promise<void> {
    const opened = this.#opens.then(async () => {
      this.#opening = name;
      try {
        await this.saveNow();
        const { record, state } = await make();
        // Drawing may have gone on meanwhile.
        await this.saveNow();
        await this.engine.load(state, pixelSource);
        this.#leave();
        this.#adopt(record, state);
      } finally {
        this.#opening = null;
      }
    });
    this.#opens = opened.catch(() => undefined);
    return opened;
  }

  async #create(name: string, state: DocumentState): Promise<Opened> {
    const title = name.trim().slice(0, 200) || 'Untitled';
    return { record: await studio.call('documents.create', { projectId: null, name: title, state }), state };
  }

  async #solid(colour: string): Promise<AssetHash> {
    const deflated = await deflateRaw(solidTile(colour));
    return pixelSink.tile(new Uint8Array(await deflated.arrayBuffer()), 4);
  }

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
    this.#failing = false;
    this.#autosave = createAutosave({ save: () => this.#save(), onError: (error) => this.#saveFailed(error) });
    this.#run = new InpaintRun(record.id, (candidates) => this.#ready(candidates));
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
