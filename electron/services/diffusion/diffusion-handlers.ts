import type { Handlers } from '../../../shared/contract/calls.ts';
import type { diffusionCalls } from '../../../shared/contract/calls/diffusion-calls.ts';
import type { InferenceService, PackService } from '../service-types.ts';

export interface DiffusionServices {
  packs: Pick<PackService, 'resolve'>;
  inference: Pick<InferenceService, 'tokenize'>;
}

export function diffusionHandlers({ packs, inference }: DiffusionServices): Handlers<keyof typeof diffusionCalls> {
  return {
    'diffusion.tokens': ({ packId, prompts, embeddings }) => {
      const words = embeddings.flatMap((id) => {
        const { convention } = packs.resolve(id).manifest;
        return convention.task === 'embedding' ? [{ token: convention.token, vectors: convention.vectors }] : [];
      });
      return inference.tokenize(packs.resolve(packId), prompts, words);
    },
  };
}
