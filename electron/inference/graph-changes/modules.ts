/**
 * Which constant of an exported graph holds the weights of which torch module. Convolutions and Gemm keep their torch names
 * ("down_blocks.0.resnets.0.conv1.weight"); the exporter folds the transposition of other linear layers into constants called
 * "onnx::MatMul_1234", whose module is told by the node's path ("/down_blocks.0/attentions.0/.../to_q/MatMul") or, in old exports
 * without paths, by the bias that is added next. Olive's and Kiln's own storage adds Cast or Transpose nodes in between.
 */
import type { Constant, GraphNode, OnnxGraph } from './onnx-graph.ts';

export interface ModuleWeight {
  constant: Constant;
  /** Stored as [inputs, outputs] instead of torch's [outputs, inputs, ...]. */
  transposed: boolean;
  node: GraphNode;
}

/** What comes before a module's own path in some exports. */
const wrapper = /^.*?(?=(?:down_blocks|up_blocks|mid_block|conv_in|conv_out|time_embedding|add_embedding|text_model)(?:_|$))/;

const flat = (path: string): string =>
  path
    .replace(/^[/.]+/, '')
    .replace(/[/.]/g, '_')
    .replace(wrapper, '');

/** By module name, every dot as an underscore. Constants that several nodes share are left out: a change would reach them all. */
export function moduleWeights(graph: OnnxGraph): Map<string, ModuleWeight> {
  const found = new Map<string, ModuleWeight>();
  const users = new Map<string, number>();
  for (const node of graph.nodes) {
    const weight = weightOf(graph, node);
    if (weight === null) continue;
    users.set(weight.constant.name, (users.get(weight.constant.name) ?? 0) + 1);
    for (const name of namesOf(graph, node, weight.constant)) if (!found.has(name)) found.set(name, { ...weight, node });
  }
  for (const [name, { constant }] of found) if ((users.get(constant.name) ?? 0) > 1) found.delete(name);
  return found;
}

function weightOf(graph: OnnxGraph, node: GraphNode): { constant: Constant; transposed: boolean } | null {
  const [, weight] = node.inputs;
  if (weight === undefined) return null;
  let transposed: boolean;
  switch (node.op) {
    case 'Conv':
      transposed = false;
      break;
    case 'MatMul':
    case 'FusedMatMul':
      transposed = node.attributes['transB'] !== 1;
      break;
    case 'Gemm':
      transposed = node.attributes['transB'] !== 1;
      break;
    default:
      return null;
  }
  let at = weight;
  for (let steps = 0; steps < 8; steps += 1) {
    const constant = graph.constants.get(at);
    if (constant !== undefined) return { constant, transposed };
    const maker = graph.makerOf.get(at);
    const [input] = maker?.inputs ?? [];
    if (maker === undefined || input === undefined) return null;
    if (maker.op === 'Transpose') transposed = !transposed;
    else if (maker.op !== 'Cast' && maker.op !== 'Identity') return null;
    at = input;
  }
  return null;
}

function namesOf(graph: OnnxGraph, node: GraphNode, { name }: Constant): Set<string> {
  const names = new Set<string>();
  if (name.endsWith('.weight')) names.add(flat(name.slice(0, -'.weight'.length)));
  if (node.name.includes('/')) names.add(flat(node.name.slice(0, node.name.lastIndexOf('/'))));
  const bias = node.op === 'MatMul' ? biasAfter(graph, node) : node.inputs[2];
  if (bias?.endsWith('.bias') === true) names.add(flat(bias.slice(0, -'.bias'.length)));
  return names;
}

function biasAfter(graph: OnnxGraph, node: GraphNode): string | undefined {
  const [output] = node.outputs;
  const takers = output === undefined ? [] : (graph.takersOf.get(output) ?? []);
  const [add] = takers;
  if (takers.length !== 1 || add?.op !== 'Add') return undefined;
  return add.inputs.find((input) => graph.constants.has(input));
}
