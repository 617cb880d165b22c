/**
 * A page with unsaved changes refuses to be unloaded. Browsers then ask; Electron silently keeps the window, which would look
 * as if closing it were broken. The page saves by itself within moments, so closing or reloading is tried again, and only a
 * document that will not save leads to a question.
 */
export interface UnloadGuard {
  /** Call from the contents' `will-prevent-unload` event, whose default is to stay. */
  onPrevented(event: { preventDefault(): void }): void;
  /** The page was left or loaded anew. */
  reset(): void;
}

export interface UnloadGuardOptions {
  /** Closes or reloads once more. */
  again: () => void;
  /** Resolves to whether to leave although something is unsaved. */
  confirm: () => Promise<boolean>;
  /** Told when the user stays. */
  stayed: () => void;
  retryMs?: number;
  /** How often it is tried before asking. */
  attempts?: number;
}

export function createUnloadGuard({ again, confirm, stayed, retryMs = 500, attempts = 8 }: UnloadGuardOptions): UnloadGuard {
  let tried = 0;
  let state: 'open' | 'waiting' | 'leaving' = 'open';

  async function ask(): Promise<void> {
    if (await confirm()) {
      state = 'leaving';
      again();
    } else {
      state = 'open';
      tried = 0;
      stayed();
    }
  }

  return {
    onPrevented(event) {
      if (state === 'leaving') event.preventDefault();
      if (state !== 'open') return;
      state = 'waiting';
      if (tried === attempts) {
        void ask();
        return;
      }
      tried += 1;
      setTimeout(() => {
        if (state !== 'waiting') return;
        state = 'open';
        again();
      }, retryMs);
    },
    reset() {
      tried = 0;
      state = 'open';
    },
  };
}

export const unsavedQuestion = {
  message: 'The last changes to the document are not saved.',
  detail: 'Saving them does not succeed at the moment: see the message in the window.',
};
