/** A copy of one of a pack's graphs with add-ons merged in: LoRA, textual inversion, FreeU. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { LoraTarget } from '../../../shared/weights/lora-modules.ts';
import { embeddingChanges, type EmbeddingSource } from './embeddings.ts';
import { freeUChanges, type FreeU } from './free-u.ts';
import { loraEdits, type LoraSource, type Multiply } from './lora.ts';
import { readOnnxGraph, type OnnxGraph } from './onnx-graph.ts';
import { writeChanged, type Rewrite } from './rewrite.ts';

export interface ChangeSources {
  /** Which part of the pack the graph is; null: none that add-ons change. */
  target: LoraTarget | null;
  loras: readonly LoraSource[];
  embeddings: readonly EmbeddingSource[];
  freeU: FreeU | null;
}

/**
 * @param target the new graph's path; its data files are written beside it
 * @returns whether there was anything to change (if not, nothing is written), and remarks for the user
 * @throws model-mismatch when an add-on does not fit
 */
export async function writeChangedGraph(
  source: string,
  sources: ChangeSources,
  multiply: Multiply,
  target: string,
): Promise<{ changed: boolean; notes: string[] }> {
  const notes: string[] = [];
  const graph = await opened(source);
  const rewrite: Rewrite = { edits: [], added: [] };
  if (sources.target !== null)
    rewrite.edits.push(...loraEdits(graph, sources.target, sources.loras, multiply, (text) => void notes.push(text)));
  if (sources.embeddings.length > 0) add(rewrite, await embeddingChanges(graph, sources.embeddings));
  if (sources.freeU !== null) {
    const changes = await freeUChanges(graph, sources.freeU);
    if (changes === null) notes.push('FreeU was left out: the joins it changes cannot be found in this model’s graph.');
    else add(rewrite, changes);
  }
  const changed = rewrite.edits.length > 0 || rewrite.added.length > 0;
  if (changed) await writeChanged(graph, rewrite, target);
  return { changed, notes };
}

function add(rewrite: Rewrite, { edits, added }: Rewrite): void {
  rewrite.edits.push(...edits);
  rewrite.added.push(...added);
}

async function opened(source: string): Promise<OnnxGraph> {
  try {
    return await readOnnxGraph(source);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AppError('pack-invalid', `The model's graph cannot be changed: ${error.message}`, {
      action: 'Import the pack again.',
      cause: error,
    });
  }
}
