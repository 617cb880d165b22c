/** Small pictures for lists. */
import { intersectRects, type Rect } from '../../../shared/domain/geometry.ts';
import type { LayerId } from '../../../shared/domain/ids.ts';
import { canvas2d } from '../document/source-image.ts';
import type { DocumentModel, LayerModel } from '../document/model.ts';
import type { RawPixels } from '../canvas-api.ts';
import { Compositor, type Drawable } from '../view/compositor.ts';
import { TilePictures } from '../view/tile-pictures.ts';
import { tileSize } from '../document/tile.ts';
import { levelFor } from '../view/viewport.ts';

const sidePx = 96;
const afterMs = 250;

/** A data: URL of a picture, its longer side at most 96 pixels. */
export function pictureUrl(picture: CanvasImageSource, width: number, height: number): string {
  const scale = Math.min(1, sidePx / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (context === null) return 'data:,';
  context.imageSmoothingQuality = 'medium';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL();
}

/** Layers over a rectangle, drawn at most `longestPx` wide or high. */
export function smallPicture(layers: readonly Drawable[], rect: Rect, longestPx: number, pictures: TilePictures): OffscreenCanvas {
  const scale = Math.min(1, longestPx / Math.max(rect.width, rect.height));
  const level = levelFor(scale);
  const moved = layers.map((layer) => ({ ...layer, bounds: { ...layer.bounds, x: layer.bounds.x - rect.x, y: layer.bounds.y - rect.y } }));
  const compositor = new Compositor(pictures, 64 * 1024 * 1024);
  compositor.show(moved, { width: rect.width, height: rect.height });
  const context = canvas2d(Math.max(1, Math.round(rect.width * scale)), Math.max(1, Math.round(rect.height * scale)));
  context.imageSmoothingQuality = 'medium';
  const drawnSide = tileSize * 2 ** level * scale;
  for (let row = 0; row * tileSize < rect.height >> level || row === 0; row += 1) {
    for (let column = 0; column * tileSize < rect.width >> level || column === 0; column += 1) {
      const picture = compositor.tile(level, column, row, () => true);
      if (picture !== null) context.drawImage(picture, column * drawnSide, row * drawnSide, drawnSide, drawnSide);
    }
  }
  return context.canvas;
}

export function documentThumbnail({ canvas, layers }: DocumentModel, longestPx: number, pictures: TilePictures): RawPixels | null {
  const visible = layers.filter((layer) => layer.visible && layer.opacity > 0);
  const small = smallPicture(visible, { x: 0, y: 0, ...canvas }, longestPx, pictures);
  const data = small.getContext('2d')?.getImageData(0, 0, small.width, small.height).data;
  return data === undefined ? null : { width: small.width, height: small.height, channels: 4, data: new Uint8Array(data.buffer) };
}

/** Layer thumbnails, redrawn a moment after a layer's pixels changed. */
export class LayerThumbnails {
  readonly #onChange: () => void;
  readonly #pictures = new TilePictures(16 * 1024 * 1024);
  readonly #urls = new Map<LayerId, { url: string; of: LayerModel }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  url(id: LayerId): string | null {
    return this.#urls.get(id)?.url ?? null;
  }

  update(shown: DocumentModel | null): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(shown), this.#urls.size === 0 ? 0 : afterMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#urls.clear();
  }

  #draw(shown: DocumentModel | null): void {
    let changed = false;
    for (const layer of shown?.layers ?? []) {
      const known = this.#urls.get(layer.id)?.of;
      if (known?.tiles === layer.tiles && known.source === layer.source && sameRect(known.bounds, layer.bounds)) continue;
      const plain = { ...layer, opacity: 1, blendMode: 'normal' as const };
      const picture = smallPicture([plain], layer.bounds, sidePx, this.#pictures);
      this.#urls.set(layer.id, { url: pictureUrl(picture, picture.width, picture.height), of: layer });
      changed = true;
    }
    for (const id of this.#urls.keys()) {
      if (shown?.layers.some((layer) => layer.id === id) !== true) this.#urls.delete(id);
    }
    this.#pictures.clear();
    if (changed) this.#onChange();
  }
}

function sameRect(a: Rect, b: Rect): boolean {
  const common = intersectRects(a, b);
  return (
    common !== null && common.width === a.width && common.height === a.height && common.width === b.width && common.height === b.height
  );
}
