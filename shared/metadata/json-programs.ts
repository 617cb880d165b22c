/** Programs that write plain JSON: Fooocus (`parameters`), Draw Things (EXIF UserComment), SwarmUI (`sui_image_params`). */
import { field, foreignMetadata, isFields, modelName, numberIn, seedIn, textIn, type Fields, type ForeignMetadata } from './foreign.ts';
import { parseFields } from './parse-fields.ts';
import { readSampler, samplerNote } from './samplers.ts';
import { withoutLoraTags } from './a1111.ts';

type Lora = { name: string; weight: number };

function pairOf(text: string): { width?: number; height?: number } {
  const found = /(\d{1,5})\D{1,5}(\d{1,5})/.exec(text.slice(0, 60));
  return found === null ? {} : { width: Number(found[1]), height: Number(found[2]) };
}

/** Null when the text is none of these. */
export function readJsonPrograms(text: string): ForeignMetadata | null {
  if (!text.trimStart().startsWith('{')) return null;
  const made = parseFields(text);
  if (made === null) return null;
  const swarm = field(made, 'sui_image_params');
  if (isFields(swarm)) return readSwarm(swarm);
  if (field(made, 'base_model') !== undefined && field(made, 'prompt') !== undefined) return readFooocus(made);
  if (field(made, 'c') !== undefined && field(made, 'sampler') !== undefined) return readDrawThings(made);
  return null;
}

function readFooocus(made: Fields): ForeignMetadata | null {
  const sampler = textIn(field(made, 'sampler'));
  const choice = readSampler(sampler, textIn(field(made, 'scheduler')));
  const loras: Lora[] = [];
  const listed = field(made, 'loras');
  for (const entry of Array.isArray(listed) ? (listed as unknown[]) : []) {
    if (Array.isArray(entry)) loras.push({ name: modelName(textIn(entry[0])), weight: numberIn(entry[1]) });
  }
  for (const [name, value] of Object.entries(made)) {
    const parts = /^lora_combined_\d+$/.test(name) ? textIn(value).split(' : ') : [];
    if (parts.length === 2) loras.push({ name: modelName(parts[0] ?? ''), weight: numberIn(parts[1]) });
  }
  const note = samplerNote(sampler, choice);
  return foreignMetadata({
    program: 'Fooocus',
    model: modelName(textIn(field(made, 'base_model'))),
    seed: seedIn(field(made, 'seed')),
    params: {
      prompt: textIn(field(made, 'prompt')),
      negativePrompt: textIn(field(made, 'negative_prompt')),
      sampler: choice.sampler,
      sigmas: choice.sigmas,
      spacing: choice.spacing,
      ...pairOf(textIn(field(made, 'resolution'))),
      steps: numberIn(field(made, 'steps')),
      guidanceScale: numberIn(field(made, 'guidance_scale')),
      clipSkip: numberIn(field(made, 'clip_skip')) - 1,
    },
    loras,
    notes: note === '' ? [] : [note],
  });
}

function readDrawThings(made: Fields): ForeignMetadata | null {
  const sampler = textIn(field(made, 'sampler'));
  const choice = readSampler(sampler);
  const listed = field(made, 'lora');
  const loras = (Array.isArray(listed) ? (listed as unknown[]) : []).flatMap((entry) =>
    isFields(entry) ? [{ name: modelName(textIn(field(entry, 'model'))), weight: numberIn(field(entry, 'weight')) }] : [],
  );
  const note = samplerNote(sampler, choice);
  return foreignMetadata({
    program: 'Draw Things',
    model: modelName(textIn(field(made, 'model'))),
    seed: seedIn(field(made, 'seed')),
    params: {
      prompt: textIn(field(made, 'c')),
      negativePrompt: textIn(field(made, 'uc')),
      sampler: choice.sampler,
      sigmas: choice.sigmas,
      spacing: choice.spacing,
      ...pairOf(textIn(field(made, 'size'))),
      steps: numberIn(field(made, 'steps')),
      guidanceScale: numberIn(field(made, 'scale')),
      strength: numberIn(field(made, 'strength')),
    },
    loras,
    notes: ['Draw Things makes its noise in its own way: the picture will be another one.', ...(note === '' ? [] : [note])],
  });
}

function readSwarm(made: Fields): ForeignMetadata | null {
  const sampler = textIn(field(made, 'sampler'));
  const choice = readSampler(sampler === '' ? 'euler' : sampler, textIn(field(made, 'scheduler')));
  const { prompt, loras } = withoutLoraTags(textIn(field(made, 'prompt')));
  const [names, weights] = [field(made, 'loras'), field(made, 'loraweights')].map((value) =>
    Array.isArray(value) ? (value as unknown[]) : typeof value === 'string' && value !== '' ? value.split(',') : [],
  );
  const listed = (names ?? []).map((name, index) => ({ name: modelName(textIn(name)), weight: numberIn(weights?.[index] ?? 1) }));
  const note = samplerNote(sampler, choice);
  return foreignMetadata({
    program: 'SwarmUI',
    model: modelName(textIn(field(made, 'model'))),
    seed: seedIn(field(made, 'seed')),
    params: {
      prompt,
      negativePrompt: textIn(field(made, 'negativeprompt')),
      sampler: choice.sampler,
      sigmas: choice.sigmas,
      spacing: choice.spacing,
      noise: 'torch-cpu',
      width: numberIn(field(made, 'width')),
      height: numberIn(field(made, 'height')),
      steps: numberIn(field(made, 'steps')),
      guidanceScale: numberIn(field(made, 'cfgscale')),
      variationSeed: numberIn(field(made, 'variationseed')),
      variationStrength: numberIn(field(made, 'variationseedstrength')),
    },
    loras: [...loras, ...listed],
    notes: note === '' ? [] : [note],
  });
}
