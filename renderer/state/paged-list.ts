/**
 * A long list behind opaque cursors, read by index. A page is fetched from the nearest known cursor before it, leaving out
 * the rows between, so that a scroll bar dragged to the end costs one call. Cursors stay; pages far from the view are
 * dropped, so that memory is bounded however long the list is.
 */
export interface Page<Item> {
  items: readonly Item[];
  total: number;
  nextCursor: string | null;
}

export interface PagedListOptions<Item> {
  pageSize: number;
  /** @param skip rows to leave out after the cursor */
  fetchPage: (cursor: string | null, limit: number, skip: number) => Promise<Page<Item>>;
  /** After every page that arrived. */
  onChange: () => void;
  onError: (error: unknown) => void;
  keepPages?: number;
}

export class PagedList<Item> {
  readonly #options: PagedListOptions<Item>;
  readonly #pages = new Map<number, readonly Item[]>();
  /** Cursors that lead to pages; the first needs none. */
  readonly #cursors = new Map<number, string | null>([[0, null]]);
  #total: number | null = null;
  #wanted: { first: number; end: number } = { first: 0, end: 0 };
  #loading: Promise<void> | null = null;
  #closed = false;

  constructor(options: PagedListOptions<Item>) {
    this.#options = options;
  }

  /** Null until the first page came. */
  get total(): number | null {
    return this.#total;
  }

  get loading(): boolean {
    return this.#loading !== null;
  }

  item(index: number): Item | undefined {
    const { pageSize } = this.#options;
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** Says which items are in view; what is missing is fetched. Resolves when it is here, or could not be had. */
  want(first: number, end: number): Promise<void> {
    this.#wanted = { first, end: Math.max(first + 1, end) };
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** Where an item is among those that are here; -1 when it is not. */
  indexOf(matches: (item: Item) => boolean): number {
    for (const [page, items] of this.#pages) {
      const at = items.findIndex(matches);
      if (at >= 0) return page * this.#options.pageSize + at;
    }
    return -1;
  }

  /** Answers that are still on their way are dropped. */
  close(): void {
    this.#closed = true;
  }

  async #load(): Promise<void> {
    try {
      for (let page = this.#nextMissing(); page !== null && !this.#isClosed(); page = this.#nextMissing()) await this.#fetch(page);
    } catch (error) {
      if (!this.#isClosed()) this.#options.onError(error);
    }
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #nextMissing(): number | null {
    const { pageSize } = this.#options;
    const lastPage = this.#total === null ? Infinity : Math.max(0, Math.ceil(this.#total / pageSize) - 1);
    const from = Math.min(Math.floor(this.#wanted.first / pageSize), lastPage);
    const to = Math.min(Math.floor((this.#wanted.end - 1) / pageSize), lastPage);
    for (let page = from; page <= to; page += 1) if (!this.#pages.has(page)) return page;
    return null;
  }

  async #fetch(page: number): Promise<void> {
    const { pageSize, fetchPage, onChange, keepPages = 40 } = this.#options;
    const nearest = Math.max(...[...this.#cursors.keys()].filter((known) => known <= page));
    const result = await fetchPage(this.#cursors.get(nearest) ?? null, pageSize, (page - nearest) * pageSize);
    if (this.#isClosed()) return;
    this.#pages.set(page, result.items);
    this.#total = result.total;
    if (result.nextCursor !== null) this.#cursors.set(page + 1, result.nextCursor);
    const here = Math.floor(this.#wanted.first / pageSize);
    const farthestFirst = [...this.#pages.keys()].sort((a, b) => Math.abs(b - here) - Math.abs(a - here));
    for (const far of farthestFirst.slice(0, Math.max(0, this.#pages.size - keepPages))) this.#pages.delete(far);
    onChange();
  }
}
