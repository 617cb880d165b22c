/** Documents on their way in: from files, pictures, the library; one after the other. */
import { deflateRaw, pixelSink, pixelSource } from '../api/pixels.ts';
import { studio } from '../api/studio.ts';
import { upload } from '../api/upload.ts';
import type { CanvasEngine } from '../canvas/canvas-api.ts';
import type { DocumentRecord, DocumentState } from '../../shared/domain/document.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import type { AssetHash, DocumentId } from '../../shared/domain/ids.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { blankDocument, pictureDocument, solidTile } from './new-document.ts';
import { offerPictureSettings } from './restore-settings.ts';

interface Opened {
  record: DocumentRecord;
  state: DocumentState;
}

export interface OpeningHooks {
  engine: CanvasEngine;
  /** Resolves when everything so far is in the library. */
  saveNow: () => Promise<void>;
  /** The engine holds the document now. */
  onOpened: (opened: Opened) => void;
}

export class DocumentOpening {
  readonly #hooks: OpeningHooks;
  #name: string | null = $state(null);
  #opens: Promise<unknown> = Promise.resolve();

  constructor(hooks: OpeningHooks) {
    this.#hooks = hooks;
  }

  /** What is being opened, for the user; null when nothing is. */
  get name(): string | null {
    return this.#name;
  }

  /** Imports a picture file as a new document. A picture that carries the settings it was made with offers them. */
  file(file: File): Promise<void> {
    return this.#open(file.name, async () => {
      const picture = await upload({ purpose: 'image', name: file.name.slice(0, 300) }, file);
      const opened = await create(file.name, pictureDocument(picture.image, picture));
      void offerPictureSettings(picture, file.name);
      return opened;
    });
  }

  document(id: DocumentId): Promise<void> {
    return this.#open('the document', () => studio.call('documents.get', { id }));
  }

  picture(ref: PictureRef): Promise<void> {
    return this.#open(ref.name, () => create(ref.name, pictureDocument(ref.hash, ref, ref.madeBy)));
  }

  blank(size: Size, background: string | null, name: string): Promise<void> {
    return this.#open(name, async () => {
      const fill = background === null ? null : await solid(background);
      return create(name, blankDocument(size, { fill }));
    });
  }

  snapshot(snapshot: AssetHash, name: string): Promise<void> {
    return this.#open(name, async () => create(name, await studio.call('documents.snapshot', { snapshot })));
  }

  #open(name: string, make: () => Promise<Opened>): Promise<void> {
    const { engine, saveNow, onOpened } = this.#hooks;
    const opened = this.#opens.then(async () => {
      this.#name = name;
      try {
        await saveNow();
        const made = await make();
        // Drawing may have gone on meanwhile.
        await saveNow();
        await engine.load(made.state, pixelSource);
        onOpened(made);
      } finally {
        this.#name = null;
      }
    });
    this.#opens = opened.catch(() => undefined);
    return opened;
  }
}

async function create(name: string, state: DocumentState): Promise<Opened> {
  const title = name.trim().slice(0, 200) || 'Untitled';
  return { record: await studio.call('documents.create', { projectId: null, name: title, state }), state };
}

async function solid(colour: string): Promise<AssetHash> {
  const deflated = await deflateRaw(solidTile(colour));
  return pixelSink.tile(new Uint8Array(await deflated.arrayBuffer()), 4);
}
