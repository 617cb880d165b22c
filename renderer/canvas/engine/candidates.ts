/** Results that wait for the user's choice. They are shown over the document and are not part of it until accepted. */
import type { Candidate, CandidatesView } from '../canvas-api.ts';
import { pictureUrl } from './thumbnails.ts';

export class Candidates {
  #items: readonly Candidate[] = [];
  #view: CandidatesView | null = null;

  get view(): CandidatesView | null {
    return this.#view;
  }

  get shown(): Candidate | null {
    return this.#items[this.#view?.shownIndex ?? -1] ?? null;
  }

  replace(items: readonly Candidate[]): void {
    this.#items = items;
    this.#view =
      items.length === 0
        ? null
        : { items: items.map(({ id, patch }) => ({ id, thumbnailUrl: pictureUrl(patch, patch.width, patch.height) })), shownIndex: 0 };
  }

  show(index: number): void {
    if (this.#view === null) return;
    const count = this.#items.length;
    this.#view = { ...this.#view, shownIndex: ((Math.round(index) % count) + count) % count };
  }
}
