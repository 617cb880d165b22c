/** How long the prompt is for the model's text encoder, counted a moment after typing stops. */
export interface TokenCount {
  tokens: number;
  /** Parts the text encoder reads one after the other. */
  chunks: number;
  /** Tokens of a part. */
  limit: number;
}

class Tokens {
  /** Null until it is known. */
  prompt: TokenCount | null = $state.raw(null);
}

export const tokenCount = new Tokens();
