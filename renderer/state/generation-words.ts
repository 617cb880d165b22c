/** Generations in words: kinds, states, parameters, and the results that are not pictures. */
import {
  isMusicKind,
  type Generation,
  type GenerationKind,
  type GenerationRequest,
  type GenerationStatus,
  type MusicKind,
} from '../../shared/domain/generation.ts';
import type { AddOnTask, PackTask } from '../../shared/domain/pack-manifest.ts';
import type { ParameterInfo } from '../../shared/pipelines/parameter-info.ts';
import { pipelineInfos } from '../../shared/pipelines/registry.ts';
import type { PackId } from '../../shared/domain/ids.ts';
import { diffusionFacts, diffusionLabels } from './diffusion-words.ts';
import { clipRows, musicFacts, musicLabels } from './music-words.ts';
import type { Room } from './navigation.svelte.ts';

export const kindLabel = (kind: GenerationKind): string => pipelineInfos[kind].label;

const addOnLabels: Record<AddOnTask, string> = { lora: 'LoRA', embedding: 'Textual inversion' };

export const packTaskLabel = (task: PackTask): string =>
  task === 'lora' || task === 'embedding' ? addOnLabels[task] : pipelineInfos[task].label;

export const statusLabels: Record<GenerationStatus, string> = {
  running: 'Running',
  succeeded: 'Finished',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
};

/** Where generations of a kind are made. */
export const roomOfKind: Record<GenerationKind, Room> = {
  inpaint: 'canvas',
  upscale: 'upscale',
  stylize: 'style',
  palette: 'palette',
  texture: 'texture',
  diffusion: 'generate',
  score: 'music',
  sound: 'music',
  audio: 'music',
};

export interface ParameterRow {
  name: string;
  label: string;
  value: string;
  /** When the value is a list of colours: "#rrggbb", or null for a place that was free. */
  colours: readonly (string | null)[] | null;
}

const ownLabel = (kind: GenerationKind, name: string): string | undefined => (isMusicKind(kind) ? musicLabels[name] : undefined);

/** contextPadding -> "Context padding" */
export function words(name: string): string {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const hexColour = /^#[0-9a-f]{6}$/i;
const isColour = (value: unknown): value is string => typeof value === 'string' && hexColour.test(value);

function valueText(value: unknown, info: ParameterInfo | undefined): string {
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (typeof value === 'number') {
    const number = String(Number(value.toFixed(4)));
    const unit = info?.kind === 'number' ? info.unit : '';
    return unit === '' ? number : `${number} ${unit}`;
  }
  if (typeof value === 'string') return info?.kind === 'choice' ? (info.choices.find((one) => one.value === value)?.label ?? value) : value;
  return value === null ? 'None' : JSON.stringify(value);
}

const isMusic = (request: GenerationRequest): request is Extract<GenerationRequest, { kind: MusicKind }> => isMusicKind(request.kind);

function factsOf(request: GenerationRequest, packName: (id: PackId) => string): [string, unknown][] {
  if (request.kind === 'diffusion') return diffusionFacts(request, packName);
  if (isMusic(request)) return musicFacts(request);
  return Object.entries(request.params);
}

/** Every parameter of a request that had a say in it, as its panel names it. */
export function parameterRows(request: GenerationRequest, packName: (id: PackId) => string = (id) => id): ParameterRow[] {
  const infos: readonly ParameterInfo[] = pipelineInfos[request.kind].parameters;
  const facts = factsOf(request, packName);
  return facts.map(([name, value]) => {
    const info = infos.find((one) => one.name === name);
    const label = ownLabel(request.kind, name) ?? info?.label ?? diffusionLabels[name] ?? words(name);
    if (Array.isArray(value) && value.every((one) => one === null || isColour(one))) {
      const colours = value as (string | null)[];
      return { name, label, value: colours.length === 0 ? 'None' : colours.map((one) => one ?? 'free').join(', '), colours };
    }
    return { name, label, value: valueText(value, info), colours: null };
  });
}

/** What differs between two generations, by label; a side without the parameter has a dash. */
export function differences(first: Generation, second: Generation): { label: string; first: string; second: string }[] {
  const facts = ({ request, pack }: Generation): Map<string, string> =>
    new Map([
      ['Kind', kindLabel(request.kind)],
      ['Model', `${pack.name} ${pack.version}`],
      ['Seed', String(request.seed)],
      ...parameterRows(request).map(({ label, value }): [string, string] => [label, value]),
    ]);
  const [left, right] = [facts(first), facts(second)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((label) => ({ label, first: left.get(label) ?? '–', second: right.get(label) ?? '–' }))
    .filter((row) => row.first !== row.second);
}

/** Every list of colours among a generation's details, however deep: palettes, best first. */
export function palettesIn(details: unknown): string[][] {
  if (Array.isArray(details)) {
    const items: unknown[] = details;
    if (items.length > 0 && items.every(isColour)) return [items];
    return items.flatMap(palettesIn);
  }
  return typeof details === 'object' && details !== null ? Object.values(details).flatMap(palettesIn) : [];
}

/** Details that are one word or number, for the list of facts. */
export function plainDetails(details: Generation['details']): { label: string; value: string }[] {
  const plain = Object.entries(details).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [{ label: words(name), value: valueText(value, undefined) }]
      : [],
  );
  return [...clipRows(details), ...plain];
}
