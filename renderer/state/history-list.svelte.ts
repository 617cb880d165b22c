/* eslint-disable svelte/prefer-svelte-reactivity -- a selection is replaced as a whole: it may hold the whole library */
/**
 * The history as a grid shows it: what is listed, what is selected, where the keyboard is. Rows are read by index and come
 * when they are wanted; when the library changes, the list is read again and stays at the same picture.
 */
import type { Transport } from '../../shared/contract/transport.ts';
import type { CallOutput } from '../../shared/contract/calls.ts';
import { mostHistoryIds } from '../../shared/contract/calls/history-calls.ts';
import type { GenerationSummary } from '../../shared/domain/generation.ts';
import type { GenerationId } from '../../shared/domain/ids.ts';
import { filterOf, wholeHistory, type HistoryView } from './history-view.ts';
import { PagedList } from './paged-list.ts';

export type Facets = CallOutput<'history.facets'>;

export interface HistoryListOptions {
  studio: Pick<Transport, 'call'>;
  onError: (error: unknown) => void;
  /** Rows came or went above the ones in view: the grid scrolls by as many items, so that nothing moves. */
  onShift?: (from: number, to: number) => void;
}

const pageSize = 120;
const refreshAfterMs = 150;
const mostSelected = 200_000;

export class HistoryList {
  readonly #options: HistoryListOptions;
  #view: HistoryView = $state.raw(wholeHistory);
  #list: PagedList<GenerationSummary>;
  /** Rises with everything that arrives; reading it makes a reader follow. */
  #version = $state(0);
  #facets: Facets | null = $state.raw(null);
  #focus = $state(0);
  /** Where a range begins. */
  #anchor = 0;
  #wanted = { first: 0, end: pageSize };
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #selected: ReadonlySet<GenerationId> = $state.raw(new Set<GenerationId>());

  constructor(options: HistoryListOptions) {
    this.#options = options;
    this.#list = this.#newList();
  }

  get view(): HistoryView {
    return this.#view;
  }

  /** Null until the first page came. */
  get total(): number | null {
    return this.#version < 0 ? null : this.#list.total;
  }

  get facets(): Facets | null {
    return this.#facets;
  }

  /** Index the keyboard is at. */
  get focus(): number {
    return this.#focus;
  }

  get selected(): ReadonlySet<GenerationId> {
    return this.#selected;
  }

  clearSelection(): void {
    this.#selected = new Set();
  }

  item(index: number): GenerationSummary | undefined {
    return this.#version < 0 ? undefined : this.#list.item(index);
  }

  get focused(): GenerationSummary | null {
    return this.item(this.#focus) ?? null;
  }

  want(first: number, end: number): void {
    this.#wanted = { first, end };
    void this.#list.want(first, end);
  }

  /** Starts over at the top with another view. */
  show(change: Partial<HistoryView>): void {
    this.#view = { ...this.#view, ...change };
    this.clearSelection();
    this.#focus = 0;
    this.#anchor = 0;
    this.#wanted = { first: 0, end: pageSize };
    const next = this.#newList();
    // The old rows stay on the screen until the new ones are here: no flicker while typing.
    void next.want(0, pageSize).then(() => {
      if (this.#newest === next) this.#take(next);
    });
  }

  /** Rows changed in the library. Changes that come in a row are answered together. */
  changed(): void {
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = setTimeout(() => {
      this.#refreshing = this.#refreshing.then(() => this.#refresh());
    }, refreshAfterMs);
  }

  async loadFacets(): Promise<void> {
    try {
      this.#facets = await this.#options.studio.call('history.facets', undefined);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  dispose(): void {
    clearTimeout(this.#refreshTimer);
    this.#newest.close();
    this.#list.close();
  }

  // ---- selecting ----

  /** One click or its keyboard twin: alone it selects one, with Ctrl it adds or takes away, with Shift it selects a range. */
  async select(index: number, keys: { ctrl: boolean; shift: boolean }): Promise<void> {
    const item = this.item(index);
    this.#focus = index;
    if (keys.shift) {
      const ids = await this.#range(Math.min(this.#anchor, index), Math.max(this.#anchor, index) + 1);
      this.#selected = new Set(keys.ctrl ? [...this.#selected, ...ids] : ids);
      return;
    }
    this.#anchor = index;
    if (item === undefined) return;
    const selected = new Set(keys.ctrl ? this.#selected : []);
    if (!keys.ctrl || !selected.delete(item.id)) selected.add(item.id);
    this.#selected = selected;
  }

  /** Moves the keyboard without selecting: Ctrl with an arrow. */
  focusOn(index: number): void {
    this.#focus = index;
  }

  async selectAll(): Promise<void> {
    this.#selected = new Set(await this.#range(0, this.total ?? 0));
  }

  /** The selected ids in chunks a call takes. */
  chunks(ids: readonly GenerationId[] = [...this.#selected]): GenerationId[][] {
    const parts: GenerationId[][] = [];
    for (let from = 0; from < ids.length; from += mostHistoryIds) parts.push(ids.slice(from, from + mostHistoryIds));
    return parts;
  }

  async #range(first: number, end: number): Promise<GenerationId[]> {
    const here = Array.from({ length: end - first }, (_, offset) => this.#list.item(first + offset)?.id);
    if (here.every((id) => id !== undefined)) return here;
    try {
      const { filter, sort } = this.#query();
      const limit = Math.min(mostSelected, end - first);
      return (await this.#options.studio.call('history.ids', { filter, sort, skip: first, limit })).ids;
    } catch (error) {
      this.#options.onError(error);
      return [];
    }
  }

  // ---- reading ----

  #query(): { filter: ReturnType<typeof filterOf>; sort: HistoryView['sort'] } {
    return { filter: filterOf(this.#view), sort: this.#view.sort };
  }

  /** The list that was asked for last; it becomes the shown one when its rows are here. */
  #newest!: PagedList<GenerationSummary>;

  #newList(): PagedList<GenerationSummary> {
    const query = this.#query();
    const list: PagedList<GenerationSummary> = new PagedList<GenerationSummary>({
      pageSize,
      fetchPage: (cursor, limit, skip) => this.#options.studio.call('history.list', { ...query, cursor, limit, skip }),
      onChange: () => {
        if (this.#list === list) this.#version += 1;
      },
      onError: (error) => this.#options.onError(error),
    });
    this.#newest = list;
    return list;
  }

  #take(list: PagedList<GenerationSummary>): void {
    if (this.#list !== list) this.#list.close();
    this.#list = list;
    this.#version += 1;
  }

  /** Reads the rows in view again and puts them where they were. */
  async #refresh(): Promise<void> {
    const old = this.#list;
    // Another view is on its way; it will be fresh.
    if (this.#newest !== old) return;
    const { first, end } = this.#wanted;
    const at = (index: number): GenerationId | undefined => old.item(index)?.id;
    const [topId, focusId, anchorId] = [at(first), at(this.#focus), at(this.#anchor)];
    const next = this.#newList();
    await next.want(first, end);
    if (next.total === null) {
      // It could not be read (and that was said): go on with what is here.
      if (this.#newest === next) this.#newest = old;
      return;
    }
    const grown = next.total - (old.total ?? next.total);
    const place = (id: GenerationId | undefined, otherwise: number): number => {
      const found = id === undefined ? -1 : next.indexOf((item) => item.id === id);
      return found >= 0 ? found : Math.max(0, Math.min(otherwise, (next.total ?? 1) - 1));
    };
    let top = place(topId, first);
    if (first > 0 && grown !== 0 && next.indexOf((item) => item.id === topId) < 0) {
      await next.want(Math.max(0, first + grown), Math.max(1, end + grown));
      top = place(topId, first);
    }
    if (this.#newest !== next) return;
    // At the very top, new rows are to be seen.
    const shift = first === 0 ? 0 : top - first;
    this.#take(next);
    this.#focus = place(focusId, this.#focus);
    this.#anchor = place(anchorId, this.#anchor);
    if (shift !== 0) this.#options.onShift?.(first, first + shift);
  }
}
