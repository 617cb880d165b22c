/**
 * When to save: soon after a change, and at most `maxDelayMs` after the first unsaved one, however busy the pen is.
 * One save runs at a time; changes made meanwhile cause another.
 */
export interface AutosaveOptions {
  save: () => Promise<void>;
  /** Quiet time after the last change. */
  quietMs?: number;
  /** Longest time a change stays unsaved before a save begins. */
  maxDelayMs?: number;
  /** After a failed save, before the next attempt. */
  retryMs?: number;
  onError: (error: unknown) => void;
}

export interface Autosave {
  changed(): void;
  /** Saves now if anything is unsaved; resolves when nothing is. Rejects when the save fails. */
  flush(): Promise<void>;
  readonly dirty: boolean;
  dispose(): void;
}

export function createAutosave(options: AutosaveOptions): Autosave {
  const quietMs = options.quietMs ?? 600;
  const maxDelayMs = options.maxDelayMs ?? 1_500;
  const retryMs = options.retryMs ?? 4_000;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let firstChangeMs: number | null = null;
  let running: Promise<void> | null = null;
  let disposed = false;

  function schedule(delayMs: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      run().catch((error: unknown) => options.onError(error));
    }, delayMs);
  }

  async function run(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (running !== null) return running;
    if (firstChangeMs === null || disposed) return;
    firstChangeMs = null;
    running = options.save();
    try {
      await running;
    } catch (error) {
      firstChangeMs ??= Date.now();
      if (!isDisposed()) schedule(retryMs);
      throw error;
    } finally {
      running = null;
    }
    if (isDirty() && !isDisposed()) schedule(quietMs);
  }

  // Functions, because they change while `run` waits.
  const isDisposed = (): boolean => disposed;
  const isDirty = (): boolean => firstChangeMs !== null;

  return {
    changed() {
      if (disposed) return;
      const nowMs = Date.now();
      firstChangeMs ??= nowMs;
      if (running === null) schedule(Math.max(0, Math.min(quietMs, firstChangeMs + maxDelayMs - nowMs)));
    },
    async flush() {
      if (running !== null) await running;
      while (isDirty()) await run();
    },
    get dirty() {
      return firstChangeMs !== null || running !== null;
    },
    dispose() {
      disposed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
