/** How long the prompt is for the model's text encoder, counted a moment after typing stops. */
import { studio } from '../api/studio.ts';
import type { PromptTokens } from '../../shared/contract/calls/diffusion-calls.ts';
import type { PackId } from '../../shared/domain/ids.ts';

const typingMs = 250;

class TokenCounter {
  /** Null until it is known. */
  count: PromptTokens | null = $state.raw(null);
  #asked = 0;

  /** Gives what takes the question back. */
  ask(packId: PackId, prompt: string, embeddings: readonly PackId[]): () => void {
    this.#asked += 1;
    const asked = this.#asked;
    const timer = setTimeout(() => {
      studio.call('diffusion.tokens', { packId, prompts: [prompt], embeddings: [...embeddings] }).then(
        ([count]) => {
          if (asked === this.#asked) this.count = count ?? null;
        },
        () => {
          // A count is a convenience: a pack without a tokenizer, or a studio that is away, has none.
          if (asked === this.#asked) this.count = null;
        },
      );
    }, typingMs);
    return () => clearTimeout(timer);
  }
}

export const tokenCounter = new TokenCounter();
