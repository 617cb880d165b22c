/** Prompts to what the denoiser listens to: tokens, chunks, one or two CLIP encoders, weights. */
import type { PackId } from '../../../shared/domain/ids.ts';
import type { GraphChanges, PipelineContext } from '../../pipeline.ts';
import type { Conditioning } from './types.ts';

export interface PromptToEncode {
  /** As the user wrote it: (word:1.3), [word], BREAK, words of embeddings. */
  text: string;
  /** It is what guidance leads away from: packs with `zeroEmptyNegative` take zeros for an empty one. */
  negative: boolean;
}

export interface EncodeOptions {
  /** Last layers left out. Of SDXL encoders this counts from the layer before the last, which they use anyway. */
  clipSkip: number;
  loras: GraphChanges['loras'];
  /** Textual-inversion packs of the request whose words the prompts may hold. */
  embeddings: readonly PackId[];
}

export interface EncodedPrompts {
  /** In the order of the prompts. All have the same `tokens` (77 for each chunk of the longest prompt) and `width`. */
  conditionings: Conditioning[];
  /** Tokens of each prompt as its author counts them: without BOS, EOS and padding. */
  tokenCounts: number[];
}

/**
 * Encodes every prompt of a run in one go and lets the encoders go afterwards.
 *
 * Chunks of 75 tokens are encoded apart and joined on the token axis; shorter prompts are filled with empty chunks. SD takes
 * `last_hidden_state`; SDXL joins the states before the last layer of both encoders on their last axis and takes `text_embeds`
 * of the first chunk as `pooled`; the refiner has the second encoder alone. A weighted token's states are multiplied and the
 * chunk's mean is restored (shared/prompt/prompt-weights.ts); without weights the states are the graph's own, bit for bit.
 *
 * @throws model-mismatch when a graph is no CLIP text encoder, model-output-invalid for NaN or a wrong shape,
 *   unsupported when `clipSkip` needs hidden states that the graph does not give out
 */
export function encodePrompts(
  context: PipelineContext<'diffusion'>,
  prompts: readonly PromptToEncode[],
  options: EncodeOptions,
): Promise<EncodedPrompts> {
  [context, prompts, options];
  return Promise.reject(new Error('Not written yet.'));
}
