/** From what the Generate room is set to, to the requests of one press of the button. */
import type { CallInput } from '../../shared/contract/calls.ts';
import type { DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import type { DiffusionRequest } from '../../shared/domain/generation.ts';
import type { PackId } from '../../shared/domain/ids.ts';
import { diffusionParamsSchema, type DiffusionParams } from '../../shared/pipelines/diffusion.ts';
import { matrixPrompts } from '../../shared/prompt/prompt-matrix.ts';
import { resolveWildcards, type WildcardLists } from '../../shared/prompt/wildcards.ts';
import type { SizePx } from './generate-size.ts';
import { applyStyle, type PromptStyle } from './generate-styles.ts';
import type { PictureRef } from './navigation.svelte.ts';

/** Plain parameters by name: what a panel and a preset hold. */
export type PlainValues = Record<string, string | number | boolean>;
type RequestInput = CallInput<'jobs.enqueue'>['requests'][number];
export type RequestBase = Pick<DiffusionRequest, 'projectId' | 'packId' | 'backend' | 'placement'>;
export type ControlSettings = DiffusionParams['controls'][number];

export interface GenerateSettings {
  prompt: string;
  negativePrompt: string;
  matrix: boolean;
  style: PromptStyle | null;
  lists: WildcardLists;
  /** The plain parameters: numbers and choices. */
  values: PlainValues;
  size: SizePx;
  seed: number;
  /** Pictures for each prompt. */
  count: number;
  image: PictureRef | null;
  controls: readonly { picture: PictureRef; settings: ControlSettings }[];
  loras: readonly { packId: PackId; weight: number }[];
  embeddings: readonly PackId[];
  freeU: DiffusionParams['freeU'];
}

/** More pictures of one press than this are a slip of the hand. */
export const mostRequests = 256;
const titleLength = 200;

/** Whether a negative prompt can change anything: guidance has to compare with something. */
export function usesGuidance(convention: DiffusionConvention, guidanceScale: number): boolean {
  return convention.timestepCondDim === null && guidanceScale > 1;
}

/** How many pictures one press makes; `seeds` and the combinations of the prompt matrix. */
export function countRequests(
  { prompt, matrix, count }: Pick<GenerateSettings, 'prompt' | 'matrix' | 'count'>,
  size: (prompt: string) => number,
): number {
  return (matrix ? size(prompt) : 1) * count;
}

/**
 * Seeds rise by one from picture to picture, as they do elsewhere; with a variation they stay, and the variation's seed rises.
 * Wildcards are drawn by the seed that varies, so that a picture's prompt is the same whenever its seed is.
 * By seed, and then by combination. Wildcards whose list is missing stay as typed.
 */
export function requestsOf(settings: GenerateSettings, convention: DiffusionConvention, base: RequestBase): RequestInput[] {
  const { image, count, values } = settings;
  const templates = settings.matrix ? matrixPrompts(settings.prompt) : [settings.prompt];
  const varies = Number(values['variationStrength'] ?? 0) > 0;
  const requests: RequestInput[] = [];
  for (let index = 0; index < count; index += 1) {
    const seed = varies ? settings.seed : (settings.seed + index) >>> 0;
    const variationSeed = varies ? (Number(values['variationSeed'] ?? 0) + index) >>> 0 : 0;
    for (const template of templates) {
      const drawn = { prompt: resolved(template), negative: resolved(settings.negativePrompt) };
      const { prompt, negative } = applyStyle(settings.style, drawn.prompt, drawn.negative);
      const params = paramsOf(settings, convention, { prompt, negative, variationSeed });
      requests.push({
        ...base,
        kind: 'diffusion',
        seed,
        parentId: image?.madeBy ?? null,
        title: titleOf(prompt, image),
        inputs: inputsOf(settings),
        params,
      });
    }
    function resolved(template: string): string {
      return resolveWildcards(template, settings.lists, varies ? variationSeed : seed).text;
    }
  }
  return requests;
}

function paramsOf(
  settings: GenerateSettings,
  convention: DiffusionConvention,
  { prompt, negative, variationSeed }: { prompt: string; negative: string; variationSeed: number },
): DiffusionParams {
  const { values, size, controls, loras, embeddings, freeU } = settings;
  return diffusionParamsSchema.parse({
    ...values,
    prompt,
    negativePrompt: usesGuidance(convention, Number(values['guidanceScale'] ?? 0)) ? negative : '',
    width: size.width,
    height: size.height,
    variationSeed,
    loras,
    embeddings,
    freeU,
    controls: controls.slice(0, convention.controls).map((control) => control.settings),
  });
}

function inputsOf({ image, controls }: GenerateSettings): DiffusionRequest['inputs'] {
  const [first, second] = controls;
  return {
    ...(image === null ? {} : { image: image.hash }),
    ...(first === undefined ? {} : { control1: first.picture.hash }),
    ...(second === undefined ? {} : { control2: second.picture.hash }),
  };
}

function titleOf(prompt: string, image: PictureRef | null): string {
  const words = prompt.replace(/\s+/g, ' ').trim().slice(0, titleLength);
  return words === '' ? (image?.name ?? 'Untitled').slice(0, titleLength) : words;
}

/** How far a variation goes from the picture: Fooocus' strengths. */
export const variationStrengths = { subtle: 0.5, strong: 0.85 } as const;

/**
 * The same prompt again, started from its own result; for packs that cannot start from pictures, its noise mixed with another
 * seed's.
 */
export function variationsOf(
  made: { request: DiffusionRequest; picture: PictureRef },
  how: keyof typeof variationStrengths,
  seeds: readonly number[],
  startsFromPictures: boolean,
): RequestInput[] {
  const { request, picture } = made;
  const common = { ...request, placement: null, parentId: picture.madeBy ?? null };
  return seeds.map((seed) =>
    startsFromPictures
      ? {
          ...common,
          seed,
          inputs: { ...controlInputs(request), image: picture.hash },
          params: {
            ...withoutRegions(request.params),
            strength: variationStrengths[how],
            width: picture.width,
            height: picture.height,
            variationStrength: 0,
            highResScale: 1,
          },
        }
      : {
          ...common,
          inputs: controlInputs(request),
          params: {
            ...withoutRegions(request.params),
            variationSeed: seed,
            variationStrength: how === 'subtle' ? 0.2 : 0.55,
          },
        },
  );
}

function controlInputs({ inputs }: DiffusionRequest): DiffusionRequest['inputs'] {
  return {
    ...(inputs.control1 === undefined ? {} : { control1: inputs.control1 }),
    ...(inputs.control2 === undefined ? {} : { control2: inputs.control2 }),
  };
}

/** Regions and masks belong to a canvas. */
const withoutRegions = (params: DiffusionParams): DiffusionParams => ({ ...params, regions: [] });
