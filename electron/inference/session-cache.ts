/** Open sessions, one promise each, kept within a memory budget; the least recently used idle one goes first. */
import type { Backend } from '../../shared/domain/backend.ts';
import type { OnnxRuntime, OpenSession } from './runtimes/runtime.ts';
import { sessionMemoryOf } from './session-memory.ts';

interface Entry {
  session: Promise<OpenSession>;
  memoryBytes: number;
  users: number;
}

export interface SessionLease {
  session: OpenSession;
  /** Gives the session back; it stays open while there is room. */
  done(): void;
  /** Gives it back and closes it: for graphs that are not asked for again. */
  close(): Promise<void>;
}

export class SessionCache {
  /** In order of last use, oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #runtimeFor: (backend: Backend) => Promise<OnnxRuntime>;

  constructor(runtimeFor: (backend: Backend) => Promise<OnnxRuntime>) {
    this.#runtimeFor = runtimeFor;
  }

  get size(): number {
    return this.#entries.size;
  }

  async lease(model: { packHash: string; file: string; backend: Backend }, budgetBytes: number): Promise<SessionLease> {
    const key = `${model.backend} ${model.packHash} ${model.file}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const memoryBytes = await sessionMemoryOf(model.file, model.backend);
      entry = this.#entries.get(key);
      if (entry === undefined) {
        await this.#makeRoom(budgetBytes - memoryBytes);
        entry = { session: this.#runtimeFor(model.backend).then((runtime) => runtime.open(model.file)), memoryBytes, users: 0 };
      }
    }
    // Set again: a Map keeps the order of insertion, so the latest use goes last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const held = entry;
    held.users += 1;
    try {
      const session = await held.session;
      const done = (): void => void (held.users -= 1);
      const close = async (): Promise<void> => {
        done();
        if (held.users > 0 || this.#entries.get(key) !== held) return;
        this.#entries.delete(key);
        await session.release();
      };
      return { session, done, close };
    } catch (error) {
      held.users -= 1;
      this.#entries.delete(key);
      throw error;
    }
  }

  async #makeRoom(budgetBytes: number): Promise<void> {
    let used = 0;
    for (const entry of this.#entries.values()) used += entry.memoryBytes;
    for (const [key, entry] of [...this.#entries]) {
      if (used <= budgetBytes) return;
      if (entry.users > 0) continue;
      this.#entries.delete(key);
      used -= entry.memoryBytes;
      await (await entry.session).release();
    }
  }

  /** Closes every session that is not in use. */
  releaseIdle(): Promise<void> {
    return this.#makeRoom(-1);
  }
}
