/** Textual inversion: which rows of an encoder's token table hold an embedding's vectors, and which ids say so. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { EmbeddingConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { PackId } from '../../../shared/domain/ids.ts';
import type { ClipTokenizer } from '../../tokenizers/clip-tokenizer.ts';
import type { EmbeddingWord } from '../../tokenizers/prompt-chunks.ts';

export interface EmbeddingPack {
  packId: PackId;
  name: string;
  convention: EmbeddingConvention;
}

export interface PlacedEmbedding extends EmbeddingWord {
  packId: PackId;
  firstId: number;
}

/** Refuses embeddings of another kind of model by name, before a graph is changed for them. */
export function checkEmbeddings(packs: readonly EmbeddingPack[], architecture: 'sd' | 'sdxl' | 'sdxl-refiner'): void {
  for (const { name, convention } of packs) {
    if ((architecture === 'sd') === (convention.width2 === null)) continue;
    throw new AppError(
      'model-mismatch',
      `The embedding "${name}" is made for ${convention.width2 === null ? 'Stable Diffusion 1 or 2' : 'SDXL'}, not for this model.`,
      { action: 'Take it out of the request, or choose a model it fits.' },
    );
  }
}

/**
 * Places vectors over words that no prompt of the run uses, from the end of the vocabulary down, where the rarest are. Ids past
 * the vocabulary would do for the token table, but encoders find the end of the prompt as its largest id, which must stay EOS.
 * @param used ids that prompts of the run hold
 */
export function placeEmbeddings(
  packs: readonly EmbeddingPack[],
  tokenizer: Pick<ClipTokenizer, 'bos' | 'eos' | 'pad' | 'vocabularySize'>,
  used: ReadonlySet<number>,
): PlacedEmbedding[] {
  const taken = new Set([...used, tokenizer.bos, tokenizer.eos, tokenizer.pad]);
  let past = tokenizer.vocabularySize;
  return packs.map(({ packId, convention: { token, vectors } }) => {
    const free = freeRun(Math.min(tokenizer.eos, tokenizer.vocabularySize) - 1, vectors, taken);
    const firstId = free ?? past;
    if (free === null) past += vectors;
    const ids = Array.from({ length: vectors }, (_value, index) => firstId + index);
    for (const id of ids) taken.add(id);
    return { packId, firstId, word: token, ids };
  });
}

/** The first of `count` ids in a row that are not taken, as near below `last` as there are any. */
function freeRun(last: number, count: number, taken: ReadonlySet<number>): number | null {
  let found = 0;
  for (let id = last; id >= 0; id -= 1) {
    found = taken.has(id) ? 0 : found + 1;
    if (found === count) return id;
  }
  return null;
}
