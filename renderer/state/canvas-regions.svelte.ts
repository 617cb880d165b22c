/** Up to four parts of the canvas with prompts of their own. Masks are of the canvas's size, as it was when they were drawn. */
import type { RawPixels } from '../canvas/canvas-api.ts';
import type { Size } from '../../shared/domain/geometry.ts';

export const mostRegions = 4;

export interface CanvasRegion {
  readonly id: number;
  readonly prompt: string;
  readonly weight: number;
  readonly mask: RawPixels;
}

export class CanvasRegions {
  items: readonly CanvasRegion[] = $state.raw([]);
  #lastId = 0;

  get full(): boolean {
    return this.items.length >= mostRegions;
  }

  add(mask: RawPixels, prompt = '', weight = 1): void {
    if (this.full) return;
    this.#lastId += 1;
    this.items = [...this.items, { id: this.#lastId, prompt, weight, mask }];
  }

  set(id: number, change: Partial<Pick<CanvasRegion, 'prompt' | 'weight' | 'mask'>>): void {
    this.items = this.items.map((region) => (region.id === id ? { ...region, ...change } : region));
  }

  remove(id: number): void {
    this.items = this.items.filter((region) => region.id !== id);
  }

  clear(): void {
    this.items = [];
  }

  /** Those with a prompt whose masks still fit the canvas: a mask of another size would lie somewhere else. */
  usable(canvas: Size | null): readonly CanvasRegion[] {
    return this.items.filter(({ prompt, mask }) => prompt.trim() !== '' && mask.width === canvas?.width && mask.height === canvas.height);
  }
}
