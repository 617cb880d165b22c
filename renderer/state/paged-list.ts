/**
 * A long list behind opaque cursors, read by index. Pages are fetched one after the other from the nearest known cursor;
 * cursors stay, pages far from the view are dropped, so that memory is bounded however long the list is.
 */
export interface Page<Item> {
  items: readonly Item[];
  total: number;
  nextCursor: string | null;
}

export interface PagedListOptions<Item> {
  pageSize: number;
  fetchPage: (cursor: string | null, limit: number) => Promise<Page<Item>>;
  /** After every page that arrived. */
  onChange: () => void;
  onError: (error: unknown) => void;
  keepPages?: number;
}

export class PagedList<Item> {
  readonly #options: PagedListOptions<Item>;
  readonly #pages = new Map<number, readonly Item[]>();
  /** Cursor that leads to each page; the first needs none. */
  #cursors: (string | null)[] = [null];
  #total: number | null = null;
  #wanted: { first: number; end: number } = { first: 0, end: 0 };
  #loading = false;
  #closed = false;

  constructor(options: PagedListOptions<Item>) {
    this.#options = options;
  }

  /** Null until the first page came. */
  get total(): number | null {
    return this.#total;
  }

  get loading(): boolean {
    return this.#loading;
  }

  item(index: number): Item | undefined {
    const { pageSize } = this.#options;
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** Says which items are in view; what is missing is fetched. */
  want(first: number, end: number): void {
    this.#wanted = { first, end: Math.max(first + 1, end) };
    void this.#load();
  }

  /** Answers that are still on their way are dropped. */
  close(): void {
    this.#closed = true;
  }

  async #load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      for (let page = this.#nextMissing(); page !== null && !this.#isClosed(); page = this.#nextMissing()) await this.#fetch(page);
    } catch (error) {
      if (!this.#isClosed()) this.#options.onError(error);
    } finally {
      this.#loading = false;
    }
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  /** The page to fetch next: a wanted one, or the last known one before it that leads there. */
  #nextMissing(): number | null {
    const { pageSize } = this.#options;
    const lastPage = this.#total === null ? 0 : Math.max(0, Math.ceil(this.#total / pageSize) - 1);
    const from = Math.min(Math.floor(this.#wanted.first / pageSize), lastPage);
    const to = Math.min(Math.floor((this.#wanted.end - 1) / pageSize), lastPage);
    for (let page = from; page <= to; page += 1) {
      if (this.#pages.has(page)) continue;
      const reachable = Math.min(page, this.#cursors.length - 1);
      if (reachable === page || !this.#pages.has(reachable)) return reachable;
      // The list ended sooner than its total said.
      return null;
    }
    return null;
  }

  async #fetch(page: number): Promise<void> {
    const { pageSize, fetchPage, onChange, keepPages = 40 } = this.#options;
    const result = await fetchPage(this.#cursors[page] ?? null, pageSize);
    if (this.#isClosed()) return;
    this.#pages.set(page, result.items);
    this.#total = result.total;
    if (result.nextCursor !== null) this.#cursors[page + 1] = result.nextCursor;
    const here = Math.floor(this.#wanted.first / pageSize);
    const farthestFirst = [...this.#pages.keys()].sort((a, b) => Math.abs(b - here) - Math.abs(a - here));
    for (const far of farthestFirst.slice(0, Math.max(0, this.#pages.size - keepPages))) this.#pages.delete(far);
    onChange();
  }
}
