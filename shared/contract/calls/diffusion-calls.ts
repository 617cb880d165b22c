import { z } from 'zod';
import { packIdSchema } from '../../domain/ids.ts';
import { promptSchema } from '../../pipelines/diffusion.ts';
import type { CallDefinition } from '../call.ts';

export const promptTokensSchema = z.object({
  /** Tokens as the prompt's author counts them: without the markers of a chunk; an embedding counts as its vectors. */
  tokens: z.int(),
  /** Pieces of `limit` tokens the prompt is encoded in; more than one is slower. */
  chunks: z.int(),
  /** Tokens that fit into one chunk: 75 for CLIP. */
  limit: z.int(),
});
export type PromptTokens = z.infer<typeof promptTokensSchema>;

export const diffusionCalls = {
  /** How long prompts are for a pack. Answered at once, also while a run is in progress. */
  'diffusion.tokens': {
    input: z.object({
      packId: packIdSchema,
      prompts: z.array(promptSchema).max(32),
      /** Textual-inversion packs whose words the prompts may hold. */
      embeddings: z.array(packIdSchema).max(16).default([]),
    }),
    /** One for each prompt, in order. */
    output: z.array(promptTokensSchema),
  },
} as const satisfies Record<string, CallDefinition>;
