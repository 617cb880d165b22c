/**
 * ComfyUI keeps the whole graph in `prompt` (what ran) and `workflow` (what the interface shows). A graph can do anything; read
 * is the usual chain: the sampler that made the saved picture, its prompts, latents, model and LoRAs.
 */
import type { DiffusionParams } from '../pipelines/diffusion.ts';
import { withoutLoraTags } from './a1111.ts';
import { graphOfPrompt, graphOfWorkflow, linked, upstream, type ComfyGraph, type ComfyNode } from './comfy-graph.ts';
import { field, foreignMetadata, modelName, numberIn, seedIn, textIn, type ForeignMetadata } from './foreign.ts';
import { parseFields } from './parse-fields.ts';
import { readSampler, samplerNote } from './samplers.ts';

const isSampler = ({ type }: ComfyNode): boolean =>
  /^KSampler(?:Advanced)?\b|^SamplerCustom|KSampler/.test(type) && type !== 'KSamplerSelect';
const isOutput = ({ type }: ComfyNode): boolean => /save|preview|output/i.test(type);

/** A value of a node, or of the primitive node that it is linked to. */
function valueOf(graph: ComfyGraph, node: ComfyNode | null, ...names: string[]): unknown {
  let at = node;
  for (let step = 0; at !== null && step < 20; step += 1) {
    for (const name of names) {
      const value = field(at.inputs, name);
      if (value !== undefined && !Array.isArray(value)) return value;
    }
    const next: ComfyNode | null = names.map((name) => linked(graph, at as ComfyNode, name)).find((found) => found !== null) ?? null;
    if (next === null) return undefined;
    names = [...names, 'value', 'text', 'string', 'seed', 'int', 'float', 'number', 'Value', 'STRING'];
    at = next;
  }
  return undefined;
}

/** The sampler whose result was saved; where several follow each other, the last. */
function lastSampler(graph: ComfyGraph): ComfyNode | null {
  for (const node of graph.values()) {
    if (!isOutput(node)) continue;
    for (const before of upstream(graph, node)) if (isSampler(before)) return before;
  }
  return [...graph.values()].find(isSampler) ?? null;
}

/** The words of a conditioning: of the nearest text encoder, or of all that are put together there. */
function wordsOf(graph: ComfyGraph, sampler: ComfyNode, input: string): string {
  const guider = linked(graph, sampler, 'guider');
  const start = guider ?? sampler;
  const name = guider !== null && field(guider.inputs, 'conditioning') !== undefined && input === 'positive' ? 'conditioning' : input;
  const words: string[] = [];
  const seen = new Set<string>();
  const visit = (node: ComfyNode | null): void => {
    if (node === null || seen.has(node.id) || seen.size > 200) return;
    seen.add(node.id);
    if (/zeroout/i.test(node.type)) return;
    if (/textencode/i.test(node.type)) {
      const [text, global, local] = ['text', 'text_g', 'text_l'].map((key) => textIn(valueOf(graph, node, key)));
      const found = [text, global, local === global ? '' : local].filter((part) => part !== undefined && part !== '');
      if (found.length > 0) words.push(found.join(', '));
      return;
    }
    // ControlNet's node has both conditionings; the one asked for goes on.
    const names =
      field(node.inputs, input) !== undefined
        ? [input]
        : Object.keys(node.inputs).filter((key) => /conditioning|^positive|^cond/.test(key));
    for (const key of names) visit(linked(graph, node, key));
  };
  visit(linked(graph, start, name));
  return words.join(', ');
}

interface Found {
  params: Partial<DiffusionParams>;
  notes: string[];
}

/** Size, and what the picture began from: nothing, a picture, or a smaller one of the same run. */
function startOf(graph: ComfyGraph, sampler: ComfyNode): Found & { first: ComfyNode } {
  const notes: string[] = [];
  const params: Partial<DiffusionParams> = {};
  const denoise = numberIn(valueOf(graph, sampler, 'denoise') ?? valueOf(graph, linked(graph, sampler, 'sigmas'), 'denoise'));
  const before = [...upstream(graph, sampler, ['latent_image', 'latent', 'samples'])];
  const earlier = before.findLast(isSampler);
  const chain = earlier === undefined ? before : before.slice(0, before.indexOf(earlier));
  const empty = before.find(({ type }) => /^Empty.*Latent/.test(type));
  if (empty !== undefined) {
    params.width = numberIn(valueOf(graph, empty, 'width'));
    params.height = numberIn(valueOf(graph, empty, 'height'));
  }
  if (earlier !== undefined) {
    const by = chain.map((node) => numberIn(valueOf(graph, node, 'scale_by', 'upscale_by'))).find((factor) => factor > 1);
    const to = chain.filter(({ type }) => /upscale|scale/i.test(type)).map((node) => numberIn(valueOf(graph, node, 'width')));
    const factor = by ?? (to.find((width) => width > (params.width ?? Infinity)) ?? NaN) / (params.width ?? NaN);
    if (factor > 1) {
      params.highResScale = factor;
      params.highResStrength = denoise;
      params.highResSteps = numberIn(valueOf(graph, sampler, 'steps'));
    } else notes.push('It went through several samplers; the first is taken.');
    return { first: earlier, params, notes };
  }
  if (empty === undefined && before.some(({ type }) => /VAEEncode|LoadImage/.test(type))) {
    params.strength = denoise;
    notes.push('It was made from another picture, which is not in the file: drop that in to repeat it.');
  }
  return { first: sampler, params, notes };
}

function modelOf(graph: ComfyGraph, sampler: ComfyNode): { model: string; loras: { name: string; weight: number }[]; clipSkip: number } {
  const loras: { name: string; weight: number }[] = [];
  let model = '';
  let clipSkip = 0;
  for (const node of upstream(graph, sampler)) {
    if (/lora/i.test(node.type)) {
      const name = textIn(valueOf(graph, node, 'lora_name'));
      const weight = numberIn(valueOf(graph, node, 'strength_model', 'strength'));
      if (name !== '') loras.push({ name: modelName(name), weight: Number.isFinite(weight) ? weight : 1 });
    }
    if (model === '') model = modelName(textIn(valueOf(graph, node, 'ckpt_name', 'unet_name')));
    if (node.type === 'CLIPSetLastLayer') clipSkip = -1 - numberIn(valueOf(graph, node, 'stop_at_clip_layer'));
  }
  return { model, loras: loras.reverse(), clipSkip };
}

/**
 * @param prompt the `prompt` chunk, when there is one
 * @param workflow the `workflow` chunk: read when the other one is missing
 * @returns null when neither holds a sampler
 */
export function readComfyUi(prompt: string | null, workflow: string | null): ForeignMetadata | null {
  const ran = prompt === null ? null : parseFields(prompt);
  const shown = ran !== null || workflow === null ? null : parseFields(workflow);
  const graph = ran !== null ? graphOfPrompt(ran) : shown !== null ? graphOfWorkflow(shown) : null;
  const last = graph === null ? null : lastSampler(graph);
  if (graph === null || last === null) return null;
  const { first, params, notes } = startOf(graph, last);
  const noise = linked(graph, first, 'noise');
  const sigmas = linked(graph, first, 'sigmas');
  const guider = linked(graph, first, 'guider');
  const sampler = textIn(valueOf(graph, first, 'sampler_name') ?? valueOf(graph, linked(graph, first, 'sampler'), 'sampler_name'));
  const scheduler = textIn(valueOf(graph, first, 'scheduler') ?? valueOf(graph, sigmas, 'scheduler'));
  const choice = readSampler(sampler, scheduler === '' && /karras/i.test(sigmas?.type ?? '') ? 'karras' : scheduler);
  const positive = withoutLoraTags(wordsOf(graph, first, 'positive'));
  const { model, loras, clipSkip } = modelOf(graph, first);
  if ([...graph.values()].some(({ type }) => /ControlNetApply/.test(type)))
    notes.push('It used ControlNet: give the control picture again.');
  if ([...graph.values()].some(({ type }) => /IPAdapter|unCLIP|StyleModel/i.test(type)))
    notes.push('It used reference pictures, which Kiln leaves out.');
  notes.push(samplerNote(sampler, choice));
  return foreignMetadata({
    program: 'ComfyUI',
    model,
    seed: seedIn(valueOf(graph, first, 'seed', 'noise_seed') ?? valueOf(graph, noise, 'noise_seed', 'seed')),
    params: {
      ...params,
      prompt: positive.prompt,
      negativePrompt: wordsOf(graph, first, 'negative'),
      sampler: choice.sampler,
      sigmas: choice.sigmas,
      spacing: choice.spacing,
      noise: 'torch-cpu',
      clipSkip,
      steps: numberIn(valueOf(graph, first, 'steps') ?? valueOf(graph, sigmas, 'steps')),
      guidanceScale: numberIn(valueOf(graph, first, 'cfg') ?? valueOf(graph, guider, 'cfg')),
    },
    loras: [...loras, ...positive.loras],
    notes: notes.filter((note) => note !== ''),
  });
}
