/** Counts a pack's tokens. No graph is opened: it is answered beside a run in progress. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/contract/errors.ts';
import type { PromptTokens } from '../../shared/contract/calls/diffusion-calls.ts';
import type { ToInference } from '../../shared/contract/inference.ts';
import { parsePromptWeights } from '../../shared/prompt/prompt-weights.ts';
import { packTokenizer, tokenizerFolders, tokenizerMissing } from '../../models/tokenizers/pack-tokenizer.ts';
import { chunkPrompt } from '../../models/tokenizers/prompt-chunks.ts';

export type TokenizeMessage = Extract<ToInference, { type: 'tokenize' }>;

/** @throws unsupported for packs without prompts, pack-invalid for packs without a readable tokenizer */
export async function tokenize({ pack, prompts, embeddings }: TokenizeMessage): Promise<PromptTokens[]> {
  const { convention, name, files } = pack.manifest;
  if (convention.task !== 'diffusion') {
    throw new AppError('unsupported', `"${name}" takes no prompts.`, { action: 'Choose a pack for diffusion.' });
  }
  const { first } = tokenizerFolders(convention);
  if (first === null) throw tokenizerMissing();
  const tokenizer = await packTokenizer({ files }, first, (file) => readFile(join(pack.folder, file), 'utf8'));
  // Which rows stand for a word does not matter to its length.
  const words = embeddings.map(({ token, vectors }) => ({ word: token, ids: new Array<number>(vectors).fill(-1) }));
  return prompts.map((prompt) => {
    const { tokens, chunks } = chunkPrompt(parsePromptWeights(prompt), tokenizer, words);
    return { tokens, chunks: chunks.length, limit: tokenizer.length - 2 };
  });
}
