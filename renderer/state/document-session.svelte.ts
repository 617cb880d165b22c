/**
 * The open document: its layers, undo, and saving. A state is small JSON that names pixels by hash, so undo keeps whole
 * states and saving is one call; every change is saved within half a second.
 */
import { studio } from '../api/studio.ts';
import { upload } from '../api/upload.ts';
import { uploadPixels } from '../api/pixels.ts';
import { assetPath } from '../../shared/domain/asset.ts';
import { documentFormatVersion, type DocumentRecord, type DocumentState, type Layer } from '../../shared/domain/document.ts';
import { layerIdSchema, ulidFrom, type AssetHash, type DocumentId } from '../../shared/domain/ids.ts';
import type { Rect } from '../../shared/domain/geometry.ts';

const saveAfterMs = 400;
const mostUndo = 200;

function newLayer(name: string, source: AssetHash, bounds: Rect): Layer {
  const id = layerIdSchema.parse(ulidFrom(Date.now(), crypto.getRandomValues(new Uint8Array(16))));
  return { id, name, bounds, visible: true, locked: false, opacity: 1, blendMode: 'normal', source, tiles: {} };
}

export class DocumentSession {
  #record: DocumentRecord;
  #state: DocumentState;
  #past: DocumentState[] = $state.raw([]);
  #future: DocumentState[] = $state.raw([]);
  #saved = $state(true);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  readonly #onError: (error: unknown) => void;

  private constructor(record: DocumentRecord, state: DocumentState, onError: (error: unknown) => void) {
    this.#record = record;
    this.#state = $state.raw(state);
    this.#onError = onError;
  }

  /** Imports a picture file and opens it as a new document. */
  static async fromFile(file: File, onError: (error: unknown) => void): Promise<DocumentSession> {
    const picture = await upload({ purpose: 'image', name: file.name.slice(0, 300) }, file);
    return DocumentSession.fromImage(file.name, picture.image, picture, onError);
  }

  static async fromImage(
    name: string,
    image: AssetHash,
    { width, height }: { width: number; height: number },
    onError: (error: unknown) => void,
  ): Promise<DocumentSession> {
    const layer = newLayer('Background', image, { x: 0, y: 0, width, height });
    const state: DocumentState = {
      formatVersion: documentFormatVersion,
      canvas: { width, height },
      layers: [layer],
      activeLayerId: layer.id,
      mask: { tiles: {} },
    };
    const title = name.trim().slice(0, 200) || 'Untitled';
    const record = await studio.call('documents.create', { projectId: null, name: title, state });
    return new DocumentSession(record, state, onError);
  }

  static async open(id: DocumentId, onError: (error: unknown) => void): Promise<DocumentSession> {
    const { record, state } = await studio.call('documents.get', { id });
    return new DocumentSession(record, state, onError);
  }

  get id(): DocumentId {
    return this.#record.id;
  }

  get record(): DocumentRecord {
    return this.#record;
  }

  get state(): DocumentState {
    return this.#state;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  get saved(): boolean {
    return this.#saved;
  }

  addResult(name: string, patch: AssetHash, bounds: Rect): void {
    const layer = newLayer(name, patch, bounds);
    this.#change({ ...this.#state, layers: [...this.#state.layers, layer], activeLayerId: layer.id });
  }

  toggleVisible(id: Layer['id']): void {
    this.#change({
      ...this.#state,
      layers: this.#state.layers.map((layer) => (layer.id === id ? { ...layer, visible: !layer.visible } : layer)),
    });
  }

  remove(id: Layer['id']): void {
    this.#change({ ...this.#state, layers: this.#state.layers.filter((layer) => layer.id !== id) });
  }

  undo(): void {
    const previous = this.#past.at(-1);
    if (previous === undefined) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, this.#state];
    this.#state = previous;
    this.#saveSoon();
  }

  redo(): void {
    const next = this.#future.at(-1);
    if (next === undefined) return;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, this.#state];
    this.#state = next;
    this.#saveSoon();
  }

  /** Everything visible as one picture. Pixels that no result covers come through bit for bit. */
  async flatten(): Promise<AssetHash> {
    const visible = this.#state.layers.filter((layer) => layer.visible);
    const [only] = visible;
    const { width, height } = this.#state.canvas;
    if (visible.length === 1 && only?.source != null && only.bounds.width === width && only.bounds.height === height) return only.source;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('The browser gives no canvas.');
    for (const layer of visible) {
      if (layer.source === null) continue;
      const blob = await (await fetch(assetPath(layer.source))).blob();
      const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' });
      context.drawImage(bitmap, layer.bounds.x, layer.bounds.y);
      bitmap.close();
    }
    const { data } = context.getImageData(0, 0, width, height);
    return uploadPixels({ width, height, channels: 4, data: new Uint8Array(data.buffer) });
  }

  /** Resolves when everything so far is on disk. */
  async saveNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#saving = this.#saving.then(() => this.#save());
    await this.#saving;
  }

  #change(next: DocumentState): void {
    this.#past = [...this.#past, this.#state].slice(-mostUndo);
    this.#future = [];
    this.#state = next;
    this.#saveSoon();
  }

  #saveSoon(): void {
    this.#saved = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.saveNow(), saveAfterMs);
  }

  async #save(): Promise<void> {
    const state = this.#state;
    if (this.#saved) return;
    try {
      this.#record = await studio.call('documents.save', { id: this.id, baseRevision: this.#record.revision, state, thumbnail: null });
      if (this.#state === state) this.#saved = true;
    } catch (error) {
      this.#onError(error);
    }
  }
}
