/** What the Generate room is set to: kept while other rooms are open, and, but for its pictures, over a reload. */
import { z } from 'zod';
import { packIdSchema, type PackId } from '../../shared/domain/ids.ts';
import { seedSchema, type DiffusionRequest } from '../../shared/domain/generation.ts';
import type { DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import { presetValueSchema } from '../../shared/domain/settings.ts';
import { diffusionParameters } from '../../shared/pipelines/diffusion-parameters.ts';
import { diffusionParamsSchema, type DiffusionParams } from '../../shared/pipelines/diffusion.ts';
import { resolveWildcards, splitTopLevel, type WildcardLists } from '../../shared/prompt/wildcards.ts';
import { matrixSize } from '../../shared/prompt/prompt-matrix.ts';
import { assetSize } from './generate-asset-size.ts';
import { pastPromptsSchema, withPrompt, type PastPrompt } from './generate-prompts.ts';
import {
  countRequests,
  requestsOf,
  usesGuidance,
  type ControlSettings,
  type GenerateSettings,
  type PlainValues,
} from './generate-request.ts';
import { aspectSchema, sizeOf, sizeStepPx, type Aspect, type SizePx } from './generate-size.ts';
import { applyStyle, builtInStyles, type PromptStyle } from './generate-styles.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { recall, remember } from './remembered.ts';
import { randomSeed } from './seed.ts';
import { studioState } from './studio-state.svelte.ts';

const savedSchema = z.object({
  prompt: z.string(),
  negativePrompt: z.string(),
  matrix: z.boolean(),
  styleName: z.string().nullable(),
  packId: packIdSchema.nullable(),
  own: z.record(z.string(), presetValueSchema),
  aspect: aspectSchema,
  custom: z.object({ width: z.int().min(8).max(4096), height: z.int().min(8).max(4096) }),
  seed: seedSchema,
  seedLocked: z.boolean(),
  count: z.int().min(1).max(16),
  loras: diffusionParamsSchema.shape.loras,
  embeddings: diffusionParamsSchema.shape.embeddings,
  freeU: diffusionParamsSchema.shape.freeU,
});
type Saved = z.infer<typeof savedSchema>;

const listsSchema = z.record(z.string().max(60), z.array(z.string().max(1000)).max(10_000));
const starterLists: WildcardLists = {
  colour: ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'brown', 'black', 'white'],
  animal: ['cat', 'dog', 'fox', 'owl', 'fish', 'frog', 'bear', 'rabbit', 'horse', 'butterfly'],
  food: ['apple', 'banana', 'cherry', 'pizza', 'bread', 'cake', 'lemon', 'strawberry'],
  material: ['marble', 'wood', 'brick', 'stone', 'fur', 'water', 'metal'],
};

/** Names of `values` that a plain panel holds; the others have places of their own. */
const plainNames: readonly string[] = diffusionParameters.map(({ name }) => name);
const plainOf = (params: DiffusionParams): PlainValues =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, value]): [string, string | number | boolean][] =>
      plainNames.includes(name) && (typeof value === 'string' || typeof value === 'number') ? [[name, value]] : [],
    ),
  );
const schemaDefaults = plainOf(diffusionParamsSchema.parse({}));

export const freeUDefaults = { sd: { b1: 1.5, b2: 1.6, s1: 0.9, s2: 0.2 }, sdxl: { b1: 1.3, b2: 1.4, s1: 0.9, s2: 0.2 } } as const;

export interface ControlImage {
  picture: PictureRef;
  settings: ControlSettings;
}

class GenerateTool {
  prompt = $state('');
  negativePrompt = $state('');
  matrix = $state(false);
  styleName: string | null = $state(null);
  /** Null: the default pack. */
  packId: PackId | null = $state(null);
  /** Plain parameters that the user set himself: they stay when the model changes. */
  own: PlainValues = $state.raw({});
  aspect: Aspect = $state('square');
  custom: SizePx = $state.raw({ width: 512, height: 512 });
  seed = $state(randomSeed());
  seedLocked = $state(false);
  count = $state(1);
  image: PictureRef | null = $state.raw(null);
  controls: readonly ControlImage[] = $state.raw([]);
  loras: readonly { packId: PackId; weight: number }[] = $state.raw([]);
  embeddings: readonly PackId[] = $state.raw([]);
  freeU: DiffusionParams['freeU'] = $state.raw(null);
  lists: WildcardLists = $state.raw(recall('generate.wildcards', listsSchema) ?? starterLists);
  past: readonly PastPrompt[] = $state.raw(recall('generate.prompts', pastPromptsSchema) ?? []);

  readonly pack: Pack | null = $derived(
    studioState.packsFor('diffusion').find(({ manifest }) => manifest.id === this.packId) ?? studioState.defaultPack('diffusion'),
  );
  readonly convention: DiffusionConvention | null = $derived(
    this.pack?.manifest.convention.task === 'diffusion' ? this.pack.manifest.convention : null,
  );
  /** What the model is made for, before the user changes anything. */
  readonly packValues: PlainValues = $derived({ ...schemaDefaults, ...(this.convention?.defaults ?? {}) });
  readonly values: PlainValues = $derived({ ...this.packValues, ...this.own });
  readonly stepPx: number = $derived(this.convention === null ? 64 : sizeStepPx(this.convention));
  readonly native: SizePx = $derived(this.convention?.nativeSize ?? { width: 512, height: 512 });
  readonly size: SizePx = $derived(sizeOf(this.aspect, this.custom, this.image, this.native, this.stepPx));
  readonly guided: boolean = $derived(this.convention === null || usesGuidance(this.convention, Number(this.values['guidanceScale'])));
  readonly startsFromPictures: boolean = $derived(this.convention !== null && this.convention.parts.vaeEncoder !== null);
  readonly ownStyles: readonly PromptStyle[] = $derived(stylesIn(studioState.settings.presets));
  readonly style: PromptStyle | null = $derived([...this.ownStyles, ...builtInStyles].find(({ name }) => name === this.styleName) ?? null);
  readonly total: number = $derived(countRequests(this, matrixSize));
  /** As the text encoder will read it: styled, drawn by the present seed, with every part of a matrix. */
  readonly longestPrompt: string = $derived.by(() => {
    const whole = this.matrix ? splitTopLevel(this.prompt).join(', ') : this.prompt;
    const { text } = resolveWildcards(whole, this.lists, this.seed);
    return applyStyle(this.style, text, '').prompt.slice(0, 10_000);
  });

  constructor() {
    const saved = recall('generate', savedSchema);
    if (saved !== null) Object.assign(this, saved);
  }

  /** For `remember`; reading it in an effect follows every part of it. */
  get saved(): Saved {
    const { prompt, negativePrompt, matrix, styleName, packId, own, aspect, custom, seed, seedLocked, count, freeU } = this;
    const loras = [...this.loras];
    const embeddings = [...this.embeddings];
    return { prompt, negativePrompt, matrix, styleName, packId, own, aspect, custom, seed, seedLocked, count, loras, embeddings, freeU };
  }

  save(saved: Saved): void {
    remember('generate', saved);
  }

  /** Takes up values of the panel or a preset: those that are not the model's own become the user's. */
  take(values: PlainValues): void {
    const { packValues, own } = this;
    this.own = Object.fromEntries(
      Object.entries(values).filter(([name, value]) => plainNames.includes(name) && (name in own || packValues[name] !== value)),
    );
  }

  set(name: string, value: string | number | boolean): void {
    this.take({ ...this.values, [name]: value });
  }

  /** Everything but the prompts as the model has it; gives what takes that back. */
  reset(): () => void {
    const { own, aspect, loras, embeddings, freeU, styleName, matrix } = this;
    Object.assign(this, {
      own: {},
      aspect: this.image === null ? 'square' : 'image',
      loras: [],
      embeddings: [],
      freeU: null,
      styleName: null,
      matrix: false,
    });
    return () => Object.assign(this, { own, aspect, loras, embeddings, freeU, styleName, matrix });
  }

  setImage(picture: PictureRef | null): void {
    this.image = picture;
    if (picture !== null) this.aspect = 'image';
    else if (this.aspect === 'image') this.aspect = 'square';
  }

  setLists(lists: WildcardLists): void {
    this.lists = lists;
    remember('generate.wildcards', lists);
  }

  forgetPrompts(): void {
    this.past = [];
    remember('generate.prompts', null);
  }

  /** Requests for one press of the button; a fresh seed first, unless it is locked. Null: there is no model. */
  nextRequests(): ReturnType<typeof requestsOf> | null {
    const { pack, convention } = this;
    if (pack === null || convention === null) return null;
    if (!this.seedLocked) this.seed = randomSeed();
    this.past = withPrompt(this.past, { prompt: this.prompt, negativePrompt: this.negativePrompt });
    remember('generate.prompts', this.past);
    return requestsOf(this.settings, convention, this.#base(pack));
  }

  /** What one picture would be asked for with now, its seed as it stands; null: there is no model. */
  oneRequest(): ReturnType<typeof requestsOf>[number] | null {
    const { pack, convention } = this;
    if (pack === null || convention === null) return null;
    return requestsOf({ ...this.settings, count: 1, matrix: false }, convention, this.#base(pack))[0] ?? null;
  }

  get settings(): GenerateSettings {
    const { prompt, negativePrompt, matrix, style, lists, values, size, seed, count, loras, embeddings, freeU } = this;
    return {
      prompt,
      negativePrompt,
      matrix,
      style,
      lists,
      values,
      size,
      seed,
      count,
      image: this.startsFromPictures ? this.image : null,
      controls: this.controls.slice(0, this.convention?.controls ?? 0),
      loras: loras.filter(({ packId }) => studioState.packsFor('lora').some(({ manifest }) => manifest.id === packId)),
      embeddings: embeddings.filter((id) => studioState.packsFor('embedding').some(({ manifest }) => manifest.id === id)),
      freeU,
    };
  }

  /** Takes up every parameter of a request; `size`: what came of it. Rejects when a picture it was made from is gone. */
  async restore(request: DiffusionRequest, size: SizePx | null): Promise<void> {
    const { params, inputs } = request;
    this.packId = request.packId;
    this.prompt = params.prompt;
    this.negativePrompt = params.negativePrompt;
    // The prompt is the one that was sent: styled, drawn and combined already.
    Object.assign(this, { styleName: null, matrix: false, seed: request.seed, seedLocked: true, count: 1 });
    this.own = {};
    this.take(plainOf(params));
    this.loras = params.loras;
    this.embeddings = params.embeddings;
    this.freeU = params.freeU;
    const made = params.width > 0 && params.height > 0 ? { width: params.width, height: params.height } : size;
    this.image = null;
    this.controls = [];
    if (made !== null) this.#fitSize(made);
    await this.#restorePictures(inputs, params);
  }

  #fitSize(made: SizePx): void {
    const isNow = (aspect: Aspect): boolean => {
      const { width, height } = sizeOf(aspect, made, this.image, this.native, this.stepPx);
      return width === made.width && height === made.height;
    };
    this.custom = made;
    this.aspect = aspectSchema.options.find((aspect) => aspect !== 'image' && isNow(aspect)) ?? 'custom';
  }

  async #restorePictures(inputs: DiffusionRequest['inputs'], params: DiffusionParams): Promise<void> {
    const name = 'From the history';
    if (inputs.image !== undefined) this.image = { name, hash: inputs.image, ...(await assetSize(inputs.image)) };
    const hashes = [inputs.control1, inputs.control2].flatMap((hash) => hash ?? []);
    this.controls = await Promise.all(
      hashes.map(async (hash, index) => ({
        picture: { name, hash, ...(await assetSize(hash)) },
        settings: params.controls[index] ?? { weight: 1, start: 0, end: 1, preprocess: 'none' as const },
      })),
    );
  }

  #base(pack: Pack) {
    return { projectId: null, packId: pack.manifest.id, backend: studioState.settings.backend, placement: null };
  }
}

/** Own styles are presets that hold a prompt template and nothing else. */
export const isStylePreset = (params: PlainValues): boolean => 'stylePrompt' in params;

function stylesIn(presets: readonly { kind: string; name: string; params: PlainValues }[]): PromptStyle[] {
  return presets
    .filter(({ kind, params }) => kind === 'diffusion' && isStylePreset(params))
    .map(({ name, params }) => ({ name, prompt: String(params['stylePrompt']), negative: String(params['styleNegative'] ?? '') }));
}

export const generateTool = new GenerateTool();
