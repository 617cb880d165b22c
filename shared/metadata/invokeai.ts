/** InvokeAI's JSON: `invokeai_metadata` (3 and later), `sd-metadata` (2). */
import { field, foreignMetadata, isFields, modelName, numberIn, seedIn, textIn, type Fields, type ForeignMetadata } from './foreign.ts';
import { parseFields } from './parse-fields.ts';
import type { MadeWith } from './made-with.ts';
import { invokeScheduler, readSampler, samplerNote } from './samplers.ts';

const program = 'InvokeAI';

function nameIn(model: unknown): string {
  if (!isFields(model)) return modelName(textIn(model));
  for (const name of ['name', 'model_name', 'model']) {
    const found = field(model, name);
    if (isFields(found)) return nameIn(found);
    if (typeof found === 'string') return modelName(found);
  }
  return '';
}

function lorasIn(value: unknown): { name: string; weight: number }[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, 32).flatMap((entry: unknown) => {
    if (!isFields(entry)) return [];
    const name = nameIn(field(entry, 'model') ?? field(entry, 'lora') ?? entry);
    const weight = numberIn(field(entry, 'weight'));
    return name === '' ? [] : [{ name, weight: Number.isFinite(weight) ? weight : 1 }];
  });
}

/** Null when the text is no such JSON. */
export function readInvokeAi(text: string): ForeignMetadata | null {
  const made = parseFields(text);
  if (made === null) return null;
  if (isFields(field(made, 'image'))) return readVersion2(made);
  const known = ['positive_prompt', 'seed', 'cfg_scale', 'scheduler', 'steps'].filter((name) => field(made, name) !== undefined);
  if (known.length < 2) return null;
  const number = (name: string): number => numberIn(field(made, name));
  const scheduler = textIn(field(made, 'scheduler'));
  const choice = readSampler(scheduler);
  const notes = [samplerNote(scheduler, choice)];
  const mode = textIn(field(made, 'generation_mode'));
  if (/img2img|inpaint|outpaint/.test(mode))
    notes.push('It was made from another picture, which is not in the file: drop that in to repeat it.');
  if (hasEntries(made, 'controlnets') || hasEntries(made, 'control_layers'))
    notes.push('It used ControlNet: give the control picture again.');
  if (hasEntries(made, 'ipAdapters')) notes.push('It used reference pictures, which Kiln leaves out.');
  if (isFields(field(made, 'refiner_model'))) notes.push('It used a refiner, which Kiln leaves out.');
  return foreignMetadata({
    program,
    model: nameIn(field(made, 'model')),
    seed: seedIn(field(made, 'seed')),
    params: {
      prompt: joined(textIn(field(made, 'positive_prompt')), textIn(field(made, 'positive_style_prompt'))),
      negativePrompt: joined(textIn(field(made, 'negative_prompt')), textIn(field(made, 'negative_style_prompt'))),
      sampler: choice.sampler,
      sigmas: choice.sigmas,
      spacing: choice.spacing,
      // Its noise comes from torch on the CPU unless it says otherwise.
      noise: textIn(field(made, 'rand_device')) === 'cuda' ? 'philox' : 'torch-cpu',
      width: number('width'),
      height: number('height'),
      steps: number('steps'),
      guidanceScale: number('cfg_scale'),
      guidanceRescale: number('cfg_rescale_multiplier'),
      clipSkip: number('clip_skip'),
      strength: number('strength'),
    },
    loras: lorasIn(field(made, 'loras')),
    notes: notes.filter((note) => note !== ''),
  });
}

const joined = (prompt: string, style: string): string => (style === '' || style === prompt ? prompt : `${prompt}, ${style}`);

function hasEntries(fields: Fields, name: string): boolean {
  const value = field(fields, name);
  return Array.isArray(value) && value.length > 0;
}

/** Version 2 kept both prompts in one, the negative in square brackets. */
function readVersion2(made: Fields): ForeignMetadata | null {
  const image = field(made, 'image');
  if (!isFields(image)) return null;
  const prompts = field(image, 'prompt');
  const first: unknown = Array.isArray(prompts) ? prompts[0] : prompts;
  const written = isFields(first) ? textIn(field(first, 'prompt')) : textIn(first);
  const sampler = textIn(field(image, 'sampler'));
  if (written === '' && sampler === '') return null;
  const negative = [...written.matchAll(/\[([^[\]]{0,2000})\]/g)].map((found) => found[1] ?? '').join(', ');
  const choice = readSampler(sampler.replace(/^k_/, ''));
  const number = (name: string): number => numberIn(field(image, name));
  const note = samplerNote(sampler, choice);
  return foreignMetadata({
    program,
    model: modelName(textIn(field(made, 'model_weights'))),
    seed: seedIn(field(image, 'seed')),
    params: {
      prompt: written.replace(/\[[^[\]]{0,2000}\]/g, '').trim(),
      negativePrompt: negative,
      sampler: choice.sampler,
      sigmas: choice.sigmas,
      spacing: choice.spacing,
      width: number('width'),
      height: number('height'),
      steps: number('steps'),
      guidanceScale: number('cfg_scale'),
      strength: number('strength'),
    },
    notes: note === '' ? [] : [note],
  });
}

/** `invokeai_metadata` for one generation; undefined where InvokeAI has no name for the sampler. */
export function writeInvokeAi({ request, size, scheduler, model, software }: MadeWith): string | undefined {
  const { params, seed, inputs } = request;
  const name = invokeScheduler(params.sampler === 'pack' ? (scheduler ?? '') : params.sampler, params);
  if (name === undefined) return undefined;
  const mode = inputs.image === undefined ? 'txt2img' : inputs.mask === undefined ? 'img2img' : 'inpaint';
  const base = params.width > 0 && params.height > 0 ? params : size;
  return JSON.stringify({
    app_version: software,
    generation_mode: mode,
    positive_prompt: params.prompt,
    negative_prompt: params.negativePrompt,
    ...(base === null ? {} : { width: base.width, height: base.height }),
    seed,
    rand_device: params.noise === 'torch-cpu' ? 'cpu' : 'cuda',
    cfg_scale: params.guidanceScale,
    cfg_rescale_multiplier: params.guidanceRescale,
    steps: params.steps,
    scheduler: name,
    clip_skip: params.clipSkip,
    ...(mode === 'txt2img' ? {} : { strength: params.strength }),
    model: { name: model, type: 'main' },
    loras: params.loras.map(({ packId, weight }) => ({ model: { name: packId, type: 'lora' }, weight })),
  });
}
