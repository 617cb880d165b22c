/** What the canvas's Generate panel is set to. Knows no canvas: the workspace sends what it says. */
import { z } from 'zod';
import type { DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import { seedSchema, type DiffusionRequest } from '../../shared/domain/generation.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import { packIdSchema, type PackId } from '../../shared/domain/ids.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import { presetValueSchema } from '../../shared/domain/settings.ts';
import { diffusionParameters } from '../../shared/pipelines/diffusion-parameters.ts';
import { diffusionParamsSchema, type DiffusionParams } from '../../shared/pipelines/diffusion.ts';
import { packDefaults } from '../../shared/pipelines/diffusion-defaults.ts';
import { CanvasRegions } from './canvas-regions.svelte.ts';
import { usesGuidance, type PlainValues } from './generate-request.ts';
import { recall, remember } from './remembered.ts';
import { randomSeed } from './seed.ts';
import { studioState } from './studio-state.svelte.ts';

const savedSchema = z.object({
  prompt: z.string(),
  negativePrompt: z.string(),
  packId: packIdSchema.nullable(),
  own: z.record(z.string(), presetValueSchema),
  seed: seedSchema,
  seedLocked: z.boolean(),
  count: z.int().min(1).max(8),
});
type Saved = z.infer<typeof savedSchema>;

const panelNames: readonly string[] = [
  'steps',
  'guidanceScale',
  'sampler',
  'sigmas',
  'maskMode',
  'maskFill',
  'maskGrow',
  'feather',
  'contextPadding',
  'guidanceRescale',
  'clipSkip',
];
/** Of the panel; strength has a place of its own. */
export const canvasParameters = diffusionParameters.filter(({ name }) => panelNames.includes(name));
const keptNames = [...panelNames, 'strength'];

const plainOf = (params: DiffusionParams): PlainValues =>
  Object.fromEntries(
    Object.entries(params).filter(
      (entry): entry is [string, string | number] => keptNames.includes(entry[0]) && typeof entry[1] !== 'object',
    ),
  );
/** A part of the picture is usually replaced, not varied. */
const canvasDefaults: PlainValues = { ...plainOf(diffusionParamsSchema.parse({})), strength: 1 };

export class CanvasGenerate {
  readonly regions = new CanvasRegions();
  #saved: Saved = $state.raw(
    recall('canvas.generate', savedSchema) ?? {
      prompt: '',
      negativePrompt: '',
      packId: null,
      own: {},
      seed: randomSeed(),
      seedLocked: false,
      count: 2,
    },
  );
  /** LoRAs and the like of a run that was taken up again. */
  #extras: Partial<DiffusionParams> = $state.raw({});

  readonly pack: Pack | null = $derived(
    studioState.packsFor('diffusion').find(({ manifest }) => manifest.id === this.#saved.packId) ?? studioState.defaultPack('diffusion'),
  );
  readonly convention: DiffusionConvention | null = $derived(
    this.pack?.manifest.convention.task === 'diffusion' ? this.pack.manifest.convention : null,
  );
  readonly packValues: PlainValues = $derived.by(() => {
    if (this.convention === null) return canvasDefaults;
    const { steps, guidanceScale } = packDefaults(this.convention);
    return { ...canvasDefaults, steps, guidanceScale };
  });
  readonly values: PlainValues = $derived({ ...this.packValues, ...this.#saved.own });
  readonly guided: boolean = $derived(this.convention === null || usesGuidance(this.convention, Number(this.values['guidanceScale'])));
  /** Without a VAE encoder a pack cannot start from what is on the canvas. */
  readonly seesCanvas: boolean = $derived(this.convention !== null && this.convention.parts.vaeEncoder !== null);

  get prompt(): string {
    return this.#saved.prompt;
  }
  set prompt(prompt: string) {
    this.#save({ prompt });
  }

  get negativePrompt(): string {
    return this.#saved.negativePrompt;
  }
  set negativePrompt(negativePrompt: string) {
    this.#save({ negativePrompt });
  }

  get packId(): PackId | null {
    return this.#saved.packId;
  }
  set packId(packId: PackId | null) {
    this.#extras = {};
    this.#save({ packId });
  }

  get strength(): number {
    return Number(this.values['strength']);
  }
  set strength(strength: number) {
    this.take({ ...this.values, strength });
  }

  get seed(): number {
    return this.#saved.seed;
  }
  set seed(seed: number) {
    const valid = seedSchema.safeParse(seed).data;
    if (valid !== undefined) this.#save({ seed: valid });
  }

  /** Locked: every run uses this seed. Unlocked: every run draws a new one. */
  get seedLocked(): boolean {
    return this.#saved.seedLocked;
  }
  set seedLocked(seedLocked: boolean) {
    this.#save({ seedLocked });
  }

  get count(): number {
    return this.#saved.count;
  }
  set count(count: number) {
    if (Number.isInteger(count) && count >= 1 && count <= 8) this.#save({ count });
  }

  /** Values of the panel: those that are not the model's own become the user's. */
  take(values: PlainValues): void {
    const { packValues } = this;
    const { own } = this.#saved;
    this.#save({
      own: Object.fromEntries(
        Object.entries(values).filter(([name, value]) => keptNames.includes(name) && (name in own || packValues[name] !== value)),
      ),
    });
  }

  reset(): void {
    this.#extras = {};
    this.#save({ own: {} });
  }

  drawSeed(): void {
    this.seed = randomSeed();
  }

  seedForRun(): number {
    if (!this.seedLocked) this.drawSeed();
    return this.seed;
  }

  /** What a run is given; regions that do not fit the canvas are left out. */
  paramsFor(canvas: Size | null): DiffusionParams {
    return diffusionParamsSchema.parse({
      ...this.#extras,
      ...this.values,
      prompt: this.prompt,
      negativePrompt: this.guided ? this.negativePrompt : '',
      regions: this.regions.usable(canvas).map(({ prompt, weight }) => ({ prompt, weight })),
    });
  }

  /** Takes over a request but for its regions, whose masks have to be fetched. False when its pack is not here. */
  adopt({ params, seed, packId }: DiffusionRequest): boolean {
    const here = studioState.packsFor('diffusion').some(({ manifest }) => manifest.id === packId);
    if (here) this.packId = packId;
    const { loras, embeddings, freeU, noise, variationSeed, variationStrength, eta, dynamicThreshold, blendPrompt, blendAmount, spacing } =
      params;
    this.#extras = {
      loras,
      embeddings,
      freeU,
      noise,
      variationSeed,
      variationStrength,
      eta,
      dynamicThreshold,
      blendPrompt,
      blendAmount,
      spacing,
    };
    this.#save({ prompt: params.prompt, negativePrompt: params.negativePrompt, seed, seedLocked: true, own: {} });
    this.take(plainOf(params));
    return here;
  }

  #save(change: Partial<Saved>): void {
    this.#saved = { ...this.#saved, ...change };
    remember('canvas.generate', this.#saved);
  }
}
