/** Which generations made the pixels of which layer: lineage of new results, and the metadata of exports. */
import type { DocumentState } from '../../shared/domain/document.ts';
import { intersectRects, type Rect } from '../../shared/domain/geometry.ts';
import type { GenerationId, LayerId } from '../../shared/domain/ids.ts';

interface PlacedLayer {
  id: LayerId;
  bounds: Rect;
  visible: boolean;
}

/** A state's limit. */
const mostPerLayer = 1000;

export class Lineage {
  readonly #madeWith: Map<LayerId, GenerationId[]>;

  constructor(madeWith: DocumentState['madeWith'] = {}) {
    this.#madeWith = new Map(Object.entries(madeWith) as [LayerId, GenerationId[]][]);
  }

  add(layer: LayerId, ids: readonly GenerationId[]): void {
    if (ids.length === 0) return;
    const known = this.#madeWith.get(layer) ?? [];
    this.#madeWith.set(layer, [...new Set([...known, ...ids])].slice(-mostPerLayer));
  }

  of(layer: LayerId): readonly GenerationId[] {
    return this.#madeWith.get(layer) ?? [];
  }

  /** A duplicate, or the layer that another was merged into, holds the other's pixels too. */
  copy(from: LayerId, to: LayerId): void {
    this.add(to, this.of(from));
  }

  /**
   * What a repaint of `region` continues: the latest generation of the topmost visible layer that lies there and was made
   * by one. @param layers bottom to top
   */
  parentOf(region: Rect, layers: readonly PlacedLayer[]): GenerationId | null {
    for (const layer of layers.toReversed()) {
      const latest = this.of(layer.id).at(-1);
      if (latest !== undefined && layer.visible && intersectRects(layer.bounds, region) !== null) return latest;
    }
    return null;
  }

  /** Everything in the visible layers, bottom to top. */
  inLayers(layers: readonly PlacedLayer[]): GenerationId[] {
    return [...new Set(layers.filter((layer) => layer.visible).flatMap((layer) => this.of(layer.id)))];
  }

  /** For the document's state. */
  toState(): NonNullable<DocumentState['madeWith']> {
    return Object.fromEntries(this.#madeWith);
  }
}
