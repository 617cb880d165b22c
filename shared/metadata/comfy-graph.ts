/** A ComfyUI graph as its `prompt` chunk has it, or made from the `workflow` chunk: nodes by id, inputs that are values or links. */
import { field, isFields, type Fields } from './foreign.ts';

export interface ComfyNode {
  id: string;
  type: string;
  inputs: Fields;
}
export type ComfyGraph = ReadonlyMap<string, ComfyNode>;

const mostNodes = 5000;

/** From `prompt`: { "3": { class_type, inputs } }. */
export function graphOfPrompt(prompt: Fields): ComfyGraph {
  const graph = new Map<string, ComfyNode>();
  for (const [id, node] of Object.entries(prompt).slice(0, mostNodes)) {
    if (!isFields(node)) continue;
    const type = field(node, 'class_type');
    const inputs = field(node, 'inputs');
    if (typeof type === 'string' && isFields(inputs)) graph.set(id, { id, type, inputs });
  }
  return graph;
}

/** The values that a node of the interface keeps in order, under the names they have in a prompt. */
const widgets: Record<string, readonly string[]> = {
  KSampler: ['seed', '', 'steps', 'cfg', 'sampler_name', 'scheduler', 'denoise'],
  KSamplerAdvanced: ['add_noise', 'noise_seed', '', 'steps', 'cfg', 'sampler_name', 'scheduler', 'start_at_step', 'end_at_step'],
  CLIPTextEncode: ['text'],
  EmptyLatentImage: ['width', 'height', 'batch_size'],
  EmptySD3LatentImage: ['width', 'height', 'batch_size'],
  CheckpointLoaderSimple: ['ckpt_name'],
  UNETLoader: ['unet_name'],
  LoraLoader: ['lora_name', 'strength_model', 'strength_clip'],
  LoraLoaderModelOnly: ['lora_name', 'strength_model'],
  CLIPSetLastLayer: ['stop_at_clip_layer'],
  LatentUpscaleBy: ['upscale_method', 'scale_by'],
  LatentUpscale: ['upscale_method', 'width', 'height', 'crop'],
  RandomNoise: ['noise_seed'],
  KSamplerSelect: ['sampler_name'],
  BasicScheduler: ['scheduler', 'steps', 'denoise'],
  CFGGuider: ['cfg'],
  PrimitiveNode: ['value'],
};

/** From `workflow`: { nodes: [{ id, type, mode, inputs: [{ name, link }], widgets_values }], links: [[id, from, slot, to, ...]] }. */
export function graphOfWorkflow(workflow: Fields): ComfyGraph {
  const nodes = field(workflow, 'nodes');
  const links = field(workflow, 'links');
  const graph = new Map<string, ComfyNode>();
  if (!Array.isArray(nodes) || !Array.isArray(links)) return graph;
  const origins = new Map<unknown, readonly [string, number]>();
  for (const link of links as unknown[]) {
    if (Array.isArray(link)) origins.set(link[0], [String(link[1]), Number(link[2])]);
  }
  for (const node of (nodes as unknown[]).slice(0, mostNodes)) {
    if (!isFields(node)) continue;
    const type = field(node, 'type');
    // Muted (2) and bypassed (4) nodes did nothing.
    if (typeof type !== 'string' || field(node, 'mode') === 2 || field(node, 'mode') === 4) continue;
    const inputs = new Map<string, unknown>();
    const values = field(node, 'widgets_values');
    if (Array.isArray(values)) {
      const names = Object.hasOwn(widgets, type) ? (widgets[type] ?? []) : [];
      names.forEach((name, index) => name !== '' && inputs.set(name, values[index]));
    }
    const slots = field(node, 'inputs');
    for (const slot of Array.isArray(slots) ? (slots as unknown[]) : []) {
      if (!isFields(slot)) continue;
      const [name, from] = [field(slot, 'name'), origins.get(field(slot, 'link'))];
      if (typeof name === 'string' && from !== undefined) inputs.set(name, from);
    }
    const id = String(field(node, 'id'));
    graph.set(id, { id, type, inputs: Object.fromEntries(inputs) });
  }
  return graph;
}

/** The node an input is linked to; null when it is a value, or leads nowhere. */
export function linked(graph: ComfyGraph, node: ComfyNode, input: string): ComfyNode | null {
  const value = field(node.inputs, input);
  if (!Array.isArray(value) || value.length !== 2) return null;
  const id: unknown = value[0];
  return typeof id === 'string' || typeof id === 'number' ? (graph.get(String(id)) ?? null) : null;
}

/** All nodes an input depends on, nearest first; each once, so that a graph that bites its tail ends too. */
export function* upstream(graph: ComfyGraph, start: ComfyNode, inputs?: readonly string[]): Generator<ComfyNode> {
  const seen = new Set<string>([start.id]);
  let level: ComfyNode[] = [];
  const add = (node: ComfyNode, names: readonly string[]): void => {
    for (const name of names) {
      const next = linked(graph, node, name);
      if (next === null || seen.has(next.id)) continue;
      seen.add(next.id);
      level.push(next);
    }
  };
  add(start, inputs ?? Object.keys(start.inputs));
  while (level.length > 0) {
    const now = level;
    level = [];
    for (const node of now) {
      yield node;
      add(node, Object.keys(node.inputs));
    }
  }
}
