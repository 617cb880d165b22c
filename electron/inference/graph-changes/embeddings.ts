/** Textual inversion: vectors become rows of the token table, under the ids the tokenizer was told. */
import { AppError } from '../../../shared/contract/errors.ts';
import { vectorsOf, embeddingVectors } from '../../../shared/weights/embedding-vectors.ts';
import { originOf, isFloat, type Constant, type GraphNode, type OnnxGraph } from './onnx-graph.ts';
import { nodeField, tensorField } from './proto-write.ts';
import type { Edit, Rewrite } from './rewrite.ts';
import { renamedInputs } from './renamed-inputs.ts';
import { constantBytes, type WeightsFile } from './weights-file.ts';

export interface EmbeddingSource {
  name: string;
  file: WeightsFile;
  /** 1: clip_l, 2: clip_g. */
  encoder: 1 | 2;
  /** The id of its first vector. */
  firstId: number;
}

/** @throws model-mismatch when the width differs or the graph has no token table */
export async function embeddingChanges(graph: OnnxGraph, sources: readonly EmbeddingSource[]): Promise<Rewrite> {
  const { node, table, direct } = tokenTable(graph);
  const [rows = 0, width = 0] = table.dims;
  const vectors = new Map<number, Float32Array>();
  for (const { name, file, encoder, firstId } of sources) {
    const found = embeddingVectors(file.header);
    const tensor = encoder === 2 ? found?.second : found?.first;
    if (tensor === null || tensor === undefined) throw mismatch(name, 'it has no vectors for this text encoder');
    const { vectors: count, width: own } = vectorsOf(tensor);
    if (own !== width) throw mismatch(name, `its vectors have ${String(own)} numbers, the model's ${String(width)}`);
    const values = await file.read(tensor);
    for (let index = 0; index < count; index += 1) vectors.set(firstId + index, values.slice(index * width, (index + 1) * width));
  }
  const edits: Edit[] = [];
  const { data } = table;
  const elementBytes = data === null ? 0 : (data.end - data.start) / (rows * width);
  for (const [id, values] of vectors) {
    if (id >= rows || data === null) continue;
    const start = data.start + id * width * elementBytes;
    edits.push({
      file: data.file,
      start,
      end: start + width * elementBytes,
      bytes: () => Promise.resolve(constantBytes(values, table.type)),
    });
  }
  const last = Math.max(...vectors.keys());
  if (last < rows) return { edits, added: [] };
  // Rows beyond the table are a constant of their own, joined to it when the graph is opened.
  const grown = new Float32Array((last + 1 - rows) * width);
  for (const [id, values] of vectors) if (id >= rows) grown.set(values, (id - rows) * width);
  const names = { rows: 'kiln_token_rows', table: 'kiln_token_table' };
  const joined = nodeField('Concat', [table.name, names.rows], [names.table], { axis: 0 });
  const taker = direct ?? node;
  edits.push(
    await renamedInputs(
      graph,
      taker,
      taker.inputs.map((input) => (input === table.name ? names.table : input)),
    ),
  );
  return { edits, added: [tensorField(names.rows, table.type, [last + 1 - rows, width], constantBytes(grown, table.type)), joined] };
}

/** `direct`: the node that takes the table itself, when that is not the lookup (a Cast of stored halves). */
function tokenTable(graph: OnnxGraph): { node: GraphNode; table: Constant; direct: GraphNode | null } {
  for (const node of graph.nodes) {
    const [value, indices] = node.inputs;
    if (node.op !== 'Gather' || (node.attributes['axis'] ?? 0) !== 0 || value === undefined || indices === undefined) continue;
    const table = graph.constants.get(originOf(graph, value));
    if (table?.dims.length !== 2 || !isFloat(table) || originOf(graph, indices) !== idsInput(graph)) continue;
    const direct = graph.takersOf.get(table.name)?.find((taker) => taker !== node) ?? null;
    return { node, table, direct: value === table.name ? null : direct };
  }
  throw new AppError('model-mismatch', 'This model’s text encoder has no token table that Kiln can extend.', {
    action: 'Leave the embedding out, or choose another model.',
  });
}

const idsInput = (graph: OnnxGraph): string => (graph.inputs.has('input_ids') ? 'input_ids' : ([...graph.inputs.keys()][0] ?? ''));

const mismatch = (name: string, why: string): AppError =>
  new AppError('model-mismatch', `The embedding "${name}" does not fit this model: ${why}.`, {
    action: 'Choose an embedding for this model’s family, or another model.',
  });
