/** X/Y/Z grids: one request varied along up to three axes, every combination once, with labels for a sheet. */
import type { DiffusionRequest } from '../domain/generation.ts';
import type { PackId } from '../domain/ids.ts';
import { diffusionParameters, samplerLabels } from '../pipelines/diffusion-parameters.ts';
import { samplerSchema, type DiffusionParams } from '../pipelines/diffusion.ts';
import { GridError, numberValues, wordValues } from './grid-values.ts';

export { GridError } from './grid-values.ts';

/** More pictures than this are refused: they would keep the queue for hours, and no sheet holds them. */
export const mostGridCells = 400;

/** What an axis varies; its values as the user writes them. */
export type GridAxis =
  | { kind: 'seed' | 'prompt' | 'pack'; values: string }
  | { kind: 'parameter'; name: string; values: string }
  | { kind: 'lora'; packId: PackId; values: string };

export interface GridChoice {
  /** Stable, for a select and for being remembered. */
  id: string;
  label: string;
  /** What to write, for an empty field. */
  example: string;
}

export interface GridContext {
  /** Diffusion packs by their names, for the pack axis. */
  packs: readonly { id: PackId; name: string }[];
  /** LoRAs that can be weighed. */
  loras: readonly { id: PackId; name: string }[];
}

export interface GridPlan {
  /** Page by page, each row by row. */
  requests: DiffusionRequest[];
  /** Labels along x, y and z; a missing axis has the one label ''. */
  columns: string[];
  rows: string[];
  pages: string[];
}

interface Step {
  label: string;
  apply: (request: DiffusionRequest) => DiffusionRequest;
}

const examples: Record<string, string> = {
  steps: '4, 8, 16',
  guidanceScale: '1-9 (+2)',
  strength: '0.2-0.8 [4]',
  variationStrength: '0-0.5 [6]',
};

/** Everything an axis can vary. */
export function gridChoices({ loras, packs }: GridContext): GridChoice[] {
  return [
    { id: 'seed', label: 'Seed', example: '1-4' },
    { id: 'prompt', label: 'Words of the prompt', example: 'red, blue, "green, bright"' },
    ...diffusionParameters.map(({ name, label, ...info }) => ({
      id: `parameter:${name}`,
      label,
      example:
        examples[name] ??
        (info.kind === 'number'
          ? `${String(info.min)}-${String(info.max)} [3]`
          : info.choices
              .slice(0, 3)
              .map((choice) => choice.label)
              .join(', ')),
    })),
    ...loras.map(({ id, name }) => ({ id: `lora:${id}`, label: `Weight of ${name}`, example: '0-1 [5]' })),
    ...(packs.length > 1 ? [{ id: 'pack', label: 'Model', example: packs.map(({ name }) => name).join(', ') }] : []),
  ];
}

/** The axis that a choice's id and the written values stand for; null: none is chosen. */
export function gridAxis(id: string, values: string): GridAxis | null {
  const [kind = '', name = ''] = id.includes(':') ? [id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1)] : [id];
  if (kind === 'seed' || kind === 'prompt' || kind === 'pack') return { kind, values };
  if (kind === 'parameter') return { kind, name, values };
  if (kind === 'lora') return { kind, packId: name as PackId, values };
  return null;
}

/** @throws GridError in words for the user: values that cannot be read, words that are not in the prompt, too many pictures */
export function planGrid(
  base: DiffusionRequest,
  axes: { x: GridAxis | null; y: GridAxis | null; z: GridAxis | null },
  context: GridContext,
): GridPlan {
  const [x, y, z] = [axes.x, axes.y, axes.z].map((axis) => (axis === null ? [unchanged] : stepsOf(axis, base, context)));
  const [columns, rows, pages] = [x ?? [unchanged], y ?? [unchanged], z ?? [unchanged]];
  const count = columns.length * rows.length * pages.length;
  if (count > mostGridCells) {
    throw new GridError(`${String(count)} pictures are too many for one grid: stay below ${String(mostGridCells + 1)}.`);
  }
  const requests = pages.flatMap((page) =>
    rows.flatMap((row) => columns.map((column) => [column, row, page].reduce((request, { apply }) => apply(request), base))),
  );
  const labels = (steps: readonly Step[]): string[] => steps.map(({ label }) => label);
  return { requests, columns: labels(columns), rows: labels(rows), pages: labels(pages) };
}

const unchanged: Step = { label: '', apply: (request) => request };

function withParams(request: DiffusionRequest, params: Partial<DiffusionParams>): DiffusionRequest {
  return { ...request, params: { ...request.params, ...params } };
}

function stepsOf(axis: GridAxis, base: DiffusionRequest, context: GridContext): Step[] {
  switch (axis.kind) {
    case 'seed':
      return numberValues(axis.values, { whole: true, min: 0, max: 0xffff_ffff }).map((seed) => ({
        label: `Seed ${String(seed)}`,
        apply: (request) => ({ ...request, seed }),
      }));
    case 'prompt':
      return replacements(wordValues(axis.values), base);
    case 'parameter':
      return parameterSteps(axis.name, axis.values);
    case 'lora':
      return loraSteps(axis.packId, axis.values, context);
    case 'pack':
      return wordValues(axis.values).map((word) => {
        const pack = chosen(word, context.packs, ({ id, name }) => [id, name], 'model');
        return { label: pack.name, apply: (request) => ({ ...request, packId: pack.id }) };
      });
  }
}

/** The first word is what is searched for: it stands in the prompt, or in the negative one. */
function replacements(words: readonly string[], { params }: DiffusionRequest): Step[] {
  const [first = ''] = words;
  if (!params.prompt.includes(first) && !params.negativePrompt.includes(first)) {
    throw new GridError(`"${first.slice(0, 60)}" is not in the prompt: the first value is what is searched for and replaced.`);
  }
  return words.map((word) => ({
    label: word === '' ? '(nothing)' : word,
    apply: (request) =>
      withParams(request, {
        prompt: request.params.prompt.replaceAll(first, word),
        negativePrompt: request.params.negativePrompt.replaceAll(first, word),
      }),
  }));
}

function parameterSteps(name: string, values: string): Step[] {
  const info = diffusionParameters.find((parameter) => parameter.name === name);
  if (info === undefined) throw new GridError(`There is no parameter "${name}".`);
  if (info.kind === 'number') {
    const whole = Number.isInteger(info.step);
    return numberValues(values, { whole, min: info.min, max: info.max }).map((value) => ({
      label: `${info.label} ${String(value)}${info.unit === '' ? '' : ` ${info.unit}`}`,
      apply: (request) => withParams(request, { [info.name]: value }),
    }));
  }
  return wordValues(values).map((word) => {
    const choice = chosen<{ value: string; label: string }>(
      word,
      info.choices,
      ({ value, label }) => [value, label, ...samplerWords(value)],
      info.label.toLowerCase(),
    );
    return { label: choice.label, apply: (request) => withParams(request, { [info.name]: choice.value }) };
  });
}

/** "Euler a" is what people type. */
function samplerWords(value: string): string[] {
  const label = samplerLabel(value);
  return label === null ? [] : [label.replace('DPM-Solver++', 'DPM++'), label.replace(' ancestral', ' a')];
}

function samplerLabel(value: string): string | null {
  const sampler = samplerSchema.safeParse(value).data;
  return sampler === undefined ? null : samplerLabels[sampler];
}

function loraSteps(packId: PackId, values: string, { loras }: GridContext): Step[] {
  const name = loras.find(({ id }) => id === packId)?.name;
  if (name === undefined) throw new GridError('That LoRA is not installed.');
  return numberValues(values, { whole: false, min: -4, max: 4 }).map((weight) => ({
    label: `${name} ${String(weight)}`,
    apply: (request) => {
      const others = request.params.loras.filter((lora) => lora.packId !== packId);
      if (others.length > 7) throw new GridError('A picture takes at most eight LoRAs.');
      return withParams(request, { loras: [...others, { packId, weight }] });
    },
  }));
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9+]+/g, '');

/** The one of that name, or the only one whose name begins so. */
function chosen<Option>(word: string, options: readonly Option[], namesOf: (option: Option) => readonly string[], what: string): Option {
  const wanted = plain(word);
  const exact = options.find((option) => namesOf(option).some((name) => plain(name) === wanted));
  if (exact !== undefined) return exact;
  const begun = options.filter((option) => wanted !== '' && namesOf(option).some((name) => plain(name).startsWith(wanted)));
  if (begun.length === 1 && begun[0] !== undefined) return begun[0];
  const known = options.map((option) => namesOf(option).at(1) ?? namesOf(option)[0] ?? '').join(', ');
  throw new GridError(`There is no ${what} "${word.slice(0, 60)}". Known: ${known.slice(0, 300)}.`);
}
