/** Prompts to what the denoiser listens to: tokens, chunks, one or two CLIP encoders, weights. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { PackId } from '../../../shared/domain/ids.ts';
import { parsePromptWeights, type PromptPart } from '../../../shared/prompt/prompt-weights.ts';
import type { GraphChanges, PipelineContext } from '../../pipeline.ts';
import type { ClipTokenizer } from '../../tokenizers/clip-tokenizer.ts';
import { packTokenizer, tokenizerFolders, tokenizerMissing } from '../../tokenizers/pack-tokenizer.ts';
import { chunkPrompt, emptyChunk, type PromptChunk } from '../../tokenizers/prompt-chunks.ts';
import { createClipEncoder, type ClipStates, type WhichStates } from './clip-encoder.ts';
import { checkEmbeddings, placeEmbeddings, type EmbeddingPack, type PlacedEmbedding } from './embedding-words.ts';
import { applyEmphasis } from './emphasis.ts';
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

/** What one encoder made of one prompt. */
interface EncodedBy {
  states: Float32Array;
  tokens: number;
  width: number;
  pooled: Float32Array | null;
}

interface Part {
  file: string;
  folder: string | null;
  which: WhichStates;
  encoder: 1 | 2;
  label: string;
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
export async function encodePrompts(
  context: PipelineContext<'diffusion'>,
  prompts: readonly PromptToEncode[],
  options: EncodeOptions,
): Promise<EncodedPrompts> {
  const { convention } = context;
  const embeddings = embeddingPacks(context, options.embeddings);
  checkEmbeddings(embeddings, convention.architecture);
  const parsed = prompts.map(({ text }) => parsePromptWeights(text));
  const parts = partsOf(convention, options.clipSkip);
  let tokenCounts: number[] = [];
  const byPart: EncodedBy[][] = [];
  for (const [index, part] of parts.entries()) {
    const encoded = await encodeWith(context, part, parsed, embeddings, options.loras, index === 0);
    byPart.push(encoded.prompts);
    if (tokenCounts.length === 0) tokenCounts = encoded.tokenCounts;
  }
  const zeroes = convention.architecture !== 'sd' && convention.zeroEmptyNegative;
  const conditionings = prompts.map(({ text, negative }, index): Conditioning => {
    const both = joined(byPart.map((encoded) => encoded[index]).filter((one) => one !== undefined));
    const conditioning = convention.architecture === 'sd' ? { ...both, pooled: null } : both;
    if (!zeroes || !negative || text.trim() !== '') return conditioning;
    conditioning.states.fill(0);
    return { ...conditioning, pooled: conditioning.pooled === null ? null : new Float32Array(conditioning.pooled.length) };
  });
  return { conditionings, tokenCounts };
}

function partsOf(convention: PipelineContext<'diffusion'>['convention'], skip: number): Part[] {
  const { parts, architecture } = convention;
  const folders = tokenizerFolders(convention);
  const layer = architecture === 'sd' ? 'last' : 'beforeLast';
  const first = { file: parts.textEncoder, folder: folders.first, which: { layer, skip }, encoder: 1, label: 'text encoder' } as const;
  const second = {
    file: parts.textEncoder2,
    folder: folders.second,
    which: { layer, skip },
    encoder: 2,
    label: 'second text encoder',
  } as const;
  const wanted = architecture === 'sd' ? [first] : architecture === 'sdxl' ? [first, second] : [second];
  return wanted.map((part) => {
    if (part.file !== null) return { ...part, file: part.file };
    throw new AppError('pack-invalid', `The pack has no ${part.label}, which a model of its kind needs.`, {
      action: 'Import the pack again.',
    });
  });
}

function embeddingPacks(context: PipelineContext<'diffusion'>, ids: readonly PackId[]): EmbeddingPack[] {
  return ids.map((packId) => {
    const { manifest } = context.addOn(packId);
    const { convention, name } = manifest;
    if (convention.task === 'embedding') return { packId, name, convention };
    throw new AppError('model-mismatch', `"${name}" is no embedding.`, { action: 'Take it out of the request.' });
  });
}

async function encodeWith(
  context: PipelineContext<'diffusion'>,
  part: Part,
  prompts: readonly (readonly PromptPart[])[],
  embeddings: readonly EmbeddingPack[],
  loras: GraphChanges['loras'],
  notes: boolean,
): Promise<{ prompts: EncodedBy[]; tokenCounts: number[] }> {
  if (part.folder === null) throw tokenizerMissing();
  const tokenizer = await packTokenizer(context.manifest, part.folder, (file) => context.packText(file));
  const placed = placedFor(prompts, tokenizer, embeddings);
  // Said once, not for each encoder.
  if (notes) for (const { word } of placed.unused) context.note(`The embedding "${word}" was not used: its word is in no prompt.`);
  const changes: GraphChanges | undefined =
    loras.length === 0 && placed.used.length === 0
      ? undefined
      : { loras, freeU: null, embeddings: placed.used.map(({ packId, firstId }) => ({ packId, encoder: part.encoder, firstId })) };
  const session = await context.session(part.file, changes);
  try {
    const encoder = createClipEncoder(session, part.which, part.label);
    const sized: ClipTokenizer = encoder.fixedLength === null ? tokenizer : { ...tokenizer, length: encoder.fixedLength };
    const chunked = prompts.map((prompt) => chunkPrompt(prompt, sized, placed.used));
    const chunks = Math.max(...chunked.map((prompt) => prompt.chunks.length));
    // The same chunk is encoded once: most of a batch's prompts share their padding.
    const known = new Map<string, ClipStates>();
    const encoded: EncodedBy[] = [];
    for (const prompt of chunked) {
      const filled = [...prompt.chunks, ...Array.from({ length: chunks - prompt.chunks.length }, () => emptyChunk(sized))];
      encoded.push(await context.time('encode text', () => encodeChunks(filled)));
    }
    return { prompts: encoded, tokenCounts: chunked.map(({ tokens }) => tokens) };

    async function encodeChunks(all: readonly PromptChunk[]): Promise<EncodedBy> {
      const states: Float32Array[] = [];
      let first: ClipStates | null = null;
      for (const { ids, weights } of all) {
        context.signal.throwIfAborted();
        const key = ids.join(' ');
        const given = known.get(key) ?? (await encoder.encode(ids));
        known.set(key, given);
        first ??= given;
        if (weights === null) states.push(given.states);
        else {
          const weighted = given.states.slice();
          applyEmphasis(weighted, weights);
          states.push(weighted);
        }
      }
      return { states: concatenated(states), tokens: all.length * sized.length, width: first?.width ?? 0, pooled: first?.pooled ?? null };
    }
  } finally {
    context.letGo(part.file);
  }
}

/** Embeddings whose words the prompts hold, with their rows; and the others, which would only cost room. */
function placedFor(
  prompts: readonly (readonly PromptPart[])[],
  tokenizer: ClipTokenizer,
  embeddings: readonly EmbeddingPack[],
): { used: PlacedEmbedding[]; unused: { word: string }[] } {
  if (embeddings.length === 0) return { used: [], unused: [] };
  // Ids below zero stand for the words while it is not known which rows are free.
  const words = embeddings.map(({ convention }, index) => ({ word: convention.token, ids: [-1 - index] }));
  const ids = new Set(prompts.flatMap((prompt) => chunkPrompt(prompt, tokenizer, words).chunks.flatMap((chunk) => chunk.ids)));
  const used = embeddings.filter((_pack, index) => ids.has(-1 - index));
  return { used: placeEmbeddings(used, tokenizer, ids), unused: words.filter((_word, index) => !ids.has(-1 - index)) };
}

/** One array after the other; a single one is given back as a copy, because the cache of chunks keeps it. */
function concatenated(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** States of several encoders side by side, on their last axis. */
function joined(parts: readonly EncodedBy[]): Conditioning {
  const [first] = parts;
  const pooled = parts.at(-1)?.pooled ?? null;
  if (first === undefined) throw new AppError('internal', 'A prompt was encoded by no encoder.');
  if (parts.length === 1) return { states: first.states, tokens: first.tokens, width: first.width, pooled };
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  // Two encoders agree on chunks as long as their tokenizers do; where one cuts earlier, the rest is zeros.
  const tokens = Math.max(...parts.map((part) => part.tokens));
  const states = new Float32Array(tokens * width);
  let offset = 0;
  for (const part of parts) {
    for (let token = 0; token < part.tokens; token += 1) {
      states.set(part.states.subarray(token * part.width, (token + 1) * part.width), token * width + offset);
    }
    offset += part.width;
  }
  return { states, tokens, width, pooled };
}
