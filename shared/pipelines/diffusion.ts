/**
 * Parameters of diffusion: text to image, image to image, inpainting, outpainting, variations. Details written: `steps` (what
 * ran), `scheduler`, `tokens`, and `resumedAtStep` after an interruption.
 */
import { z } from 'zod';
import { packIdSchema } from '../domain/ids.ts';
import type { ParameterInfo } from './parameter-info.ts';

/** diffusers' class names; `pack`: the one of the pack's scheduler_config.json. */
export const samplerSchema = z.enum([
  'pack',
  'DDIMScheduler',
  'DDPMScheduler',
  'PNDMScheduler',
  'EulerDiscreteScheduler',
  'EulerAncestralDiscreteScheduler',
  'HeunDiscreteScheduler',
  'DPMSolverMultistepScheduler',
  'DPMSolverSDE',
  'UniPCMultistepScheduler',
  'LCMScheduler',
  'TCDScheduler',
  'FlowMatchEulerDiscreteScheduler',
]);
export type Sampler = z.infer<typeof samplerSchema>;

export const promptSchema = z.string().max(10_000);
/** Longest side of a result, in pixels. */
export const largestDiffusionSidePx = 4096;

export const diffusionParamsSchema = z.object({
  /** (word:1.3) weighs, [word] weakens, BREAK starts a new chunk of 75 tokens. */
  prompt: promptSchema.default(''),
  negativePrompt: promptSchema.default(''),
  /** Pixels; 0 = the image's, or the size the pack was trained at. Rounded to what the pack can do. */
  width: z.int().min(0).max(largestDiffusionSidePx).default(0),
  height: z.int().min(0).max(largestDiffusionSidePx).default(0),
  sampler: samplerSchema.default('pack'),
  /** How noise levels are spaced; `pack`: as its configuration says. */
  sigmas: z.enum(['pack', 'karras', 'exponential', 'beta']).default('pack'),
  spacing: z.enum(['pack', 'leading', 'linspace', 'trailing']).default('pack'),
  steps: z.int().min(1).max(150).default(20),
  guidanceScale: z.number().min(0).max(30).default(7.5),
  /** Lin et al., arXiv:2305.08891: pulls over-exposed guidance back. 0 = off. */
  guidanceRescale: z.number().min(0).max(1).default(0),
  /** Saharia et al., arXiv:2205.11487: percentile of the clean latents that is kept. 1 = off. */
  dynamicThreshold: z.number().min(0.5).max(1).default(1),
  /** Both halves of the guidance in one run of the graph, or one after the other in half the memory. */
  guidanceRuns: z.enum(['auto', 'batched', 'sequential']).default('auto'),
  /** DDIM's eta, TCD's gamma. */
  eta: z.number().min(0).max(1).default(0),
  /** How far from the image: 1 forgets it but for its largest forms. Denoising strength of image-to-image and inpainting. */
  strength: z.number().min(0).max(1).default(0.75),
  /** Layers of the text encoder left out at its end, as "clip skip" counts them elsewhere minus one. */
  clipSkip: z.int().min(0).max(11).default(0),
  /** Which generator draws the noise: as CUDA torch (Philox), or as torch on the CPU. */
  noise: z.enum(['philox', 'torch-cpu']).default('philox'),
  /** Another seed's noise mixed in, by spherical interpolation. */
  variationSeed: z.int().min(0).max(0xffff_ffff).default(0),
  variationStrength: z.number().min(0).max(1).default(0),
  /** A second prompt the first one is blended into: steps of an animation. */
  blendPrompt: promptSchema.default(''),
  blendAmount: z.number().min(0).max(1).default(0),
  /** Soft: grey of the mask blends; differential: grey says for how many steps a pixel is free (arXiv:2306.00950). */
  maskMode: z.enum(['soft', 'differential']).default('soft'),
  maskGrow: z.int().min(0).max(128).default(4),
  feather: z.int().min(0).max(256).default(16),
  /** Surroundings the model sees around the mask, relative to the masked area; the crop is worked on at the pack's size. */
  contextPadding: z.number().min(0).max(4).default(0.5),
  /** What lies under the mask at the start: the picture, a blur of its surroundings, or nothing but noise. */
  maskFill: z.enum(['original', 'surroundings', 'noise']).default('original'),
  /** High-resolution fix: made at the pack's size first, enlarged by this, and gone over with `highResStrength`. 1 = off. */
  highResScale: z.number().min(1).max(4).default(1),
  highResStrength: z.number().min(0.05).max(1).default(0.45),
  highResSteps: z.int().min(0).max(150).default(0),
  /** Large pictures through the VAE in parts. */
  vaeTiling: z.enum(['auto', 'on', 'off']).default('auto'),
  /** Si et al., arXiv:2309.11497: scales of backbone (b) and skip (s) features of the last two decoder stages; 1 = off. */
  freeU: z
    .object({ b1: z.number().min(0).max(3), b2: z.number().min(0).max(3), s1: z.number().min(0).max(3), s2: z.number().min(0).max(3) })
    .nullable()
    .default(null),
  loras: z
    .array(z.object({ packId: packIdSchema, weight: z.number().min(-4).max(4) }))
    .max(8)
    .default([]),
  embeddings: z.array(packIdSchema).max(16).default([]),
  /** For control1, control2: how much, and over which share of the steps. */
  controls: z
    .array(
      z.object({
        weight: z.number().min(0).max(2),
        start: z.number().min(0).max(1),
        end: z.number().min(0).max(1),
        preprocess: z.enum(['none', 'edges', 'invert', 'grey']).default('none'),
      }),
    )
    .max(2)
    .default([]),
  /** For region1..region4: what is there, and how strongly it holds against the main prompt. */
  regions: z
    .array(z.object({ prompt: promptSchema, weight: z.number().min(0).max(4).default(1) }))
    .max(4)
    .default([]),
});
export type DiffusionParams = z.infer<typeof diffusionParamsSchema>;

const defaults = diffusionParamsSchema.parse({});

export const samplerLabels: Record<Sampler, string> = {
  pack: 'The pack’s own',
  DDIMScheduler: 'DDIM',
  DDPMScheduler: 'DDPM',
  PNDMScheduler: 'PNDM',
  EulerDiscreteScheduler: 'Euler',
  EulerAncestralDiscreteScheduler: 'Euler ancestral',
  HeunDiscreteScheduler: 'Heun',
  DPMSolverMultistepScheduler: 'DPM-Solver++ 2M',
  DPMSolverSDE: 'DPM-Solver++ 2M SDE',
  UniPCMultistepScheduler: 'UniPC',
  LCMScheduler: 'LCM',
  TCDScheduler: 'TCD',
  FlowMatchEulerDiscreteScheduler: 'Flow-match Euler',
};

/** Those that a plain panel and the command line offer; prompts, add-ons, regions and controls have panels of their own. */
export const diffusionParameters = [
  {
    kind: 'number',
    name: 'steps',
    label: 'Steps',
    help: 'Calls of the model: more are slower and finer.',
    min: 1,
    max: 150,
    step: 1,
    unit: '',
    default: defaults.steps,
  },
  {
    kind: 'number',
    name: 'guidanceScale',
    label: 'Guidance',
    help: 'How closely the prompt is followed (classifier-free guidance scale).',
    min: 0,
    max: 30,
    step: 0.5,
    unit: '',
    default: defaults.guidanceScale,
  },
  {
    kind: 'choice',
    name: 'sampler',
    label: 'Sampler',
    help: 'The arithmetic between two calls of the model.',
    choices: samplerSchema.options.map((value) => ({ value, label: samplerLabels[value] })),
    default: defaults.sampler,
  },
  {
    kind: 'choice',
    name: 'sigmas',
    label: 'Noise levels',
    help: 'How the noise levels are spaced.',
    choices: [
      { value: 'pack', label: 'The pack’s own' },
      { value: 'karras', label: 'Karras' },
      { value: 'exponential', label: 'Exponential' },
      { value: 'beta', label: 'Beta' },
    ],
    default: defaults.sigmas,
  },
  {
    kind: 'choice',
    name: 'spacing',
    label: 'Step spacing',
    help: 'Which of the training steps are used.',
    choices: [
      { value: 'pack', label: 'The pack’s own' },
      { value: 'leading', label: 'Leading' },
      { value: 'linspace', label: 'Evenly (linspace)' },
      { value: 'trailing', label: 'Trailing' },
    ],
    default: defaults.spacing,
  },
  {
    kind: 'number',
    name: 'width',
    label: 'Width',
    help: 'Pixels; 0 takes the image’s or the pack’s own.',
    min: 0,
    max: largestDiffusionSidePx,
    step: 8,
    unit: 'px',
    default: defaults.width,
  },
  {
    kind: 'number',
    name: 'height',
    label: 'Height',
    help: 'Pixels; 0 takes the image’s or the pack’s own.',
    min: 0,
    max: largestDiffusionSidePx,
    step: 8,
    unit: 'px',
    default: defaults.height,
  },
  {
    kind: 'number',
    name: 'strength',
    label: 'Denoising strength',
    help: 'How far from the image: 1 keeps hardly anything of it.',
    min: 0,
    max: 1,
    step: 0.05,
    unit: '',
    default: defaults.strength,
  },
  {
    kind: 'number',
    name: 'guidanceRescale',
    label: 'Guidance rescale',
    help: 'Takes over-exposure from strong guidance. 0 = off.',
    min: 0,
    max: 1,
    step: 0.05,
    unit: '',
    default: defaults.guidanceRescale,
  },
  {
    kind: 'number',
    name: 'dynamicThreshold',
    label: 'Dynamic threshold',
    help: 'Percentile of the values that is kept at each step. 1 = off.',
    min: 0.5,
    max: 1,
    step: 0.005,
    unit: '',
    default: defaults.dynamicThreshold,
  },
  {
    kind: 'number',
    name: 'eta',
    label: 'Eta',
    help: 'DDIM’s eta, TCD’s gamma: noise added at each step.',
    min: 0,
    max: 1,
    step: 0.05,
    unit: '',
    default: defaults.eta,
  },
  {
    kind: 'number',
    name: 'clipSkip',
    label: 'Clip skip',
    help: 'Last layers of the text encoder left out.',
    min: 0,
    max: 11,
    step: 1,
    unit: '',
    default: defaults.clipSkip,
  },
  {
    kind: 'choice',
    name: 'noise',
    label: 'Noise source',
    help: 'Whose seeds are meant.',
    choices: [
      { value: 'philox', label: 'As on CUDA' },
      { value: 'torch-cpu', label: 'As torch on the CPU' },
    ],
    default: defaults.noise,
  },
  {
    kind: 'number',
    name: 'variationSeed',
    label: 'Variation seed',
    help: 'The seed whose noise is mixed in.',
    min: 0,
    max: 0xffff_ffff,
    step: 1,
    unit: '',
    default: defaults.variationSeed,
  },
  {
    kind: 'number',
    name: 'variationStrength',
    label: 'Variation strength',
    help: 'How much of the variation seed.',
    min: 0,
    max: 1,
    step: 0.01,
    unit: '',
    default: defaults.variationStrength,
  },
  {
    kind: 'choice',
    name: 'guidanceRuns',
    label: 'Guidance runs',
    help: 'Sequential needs half the memory.',
    choices: [
      { value: 'auto', label: 'By memory' },
      { value: 'batched', label: 'Batched' },
      { value: 'sequential', label: 'Sequential' },
    ],
    default: defaults.guidanceRuns,
  },
  {
    kind: 'choice',
    name: 'maskMode',
    label: 'Grey of the mask',
    help: 'Soft blends; differential frees a pixel for more or fewer steps.',
    choices: [
      { value: 'soft', label: 'Soft' },
      { value: 'differential', label: 'Differential' },
    ],
    default: defaults.maskMode,
  },
  {
    kind: 'choice',
    name: 'maskFill',
    label: 'Under the mask',
    help: 'What the run starts from there.',
    choices: [
      { value: 'original', label: 'The picture' },
      { value: 'surroundings', label: 'Its surroundings' },
      { value: 'noise', label: 'Noise' },
    ],
    default: defaults.maskFill,
  },
  {
    kind: 'number',
    name: 'maskGrow',
    label: 'Mask grow',
    help: 'Widens the mask so that rims go too.',
    min: 0,
    max: 128,
    step: 1,
    unit: 'px',
    default: defaults.maskGrow,
  },
  {
    kind: 'number',
    name: 'feather',
    label: 'Feather',
    help: 'Width of the soft edge between what is new and the picture.',
    min: 0,
    max: 256,
    step: 1,
    unit: 'px',
    default: defaults.feather,
  },
  {
    kind: 'number',
    name: 'contextPadding',
    label: 'Context padding',
    help: 'Surroundings the model sees, relative to the masked area.',
    min: 0,
    max: 4,
    step: 0.1,
    unit: '×',
    default: defaults.contextPadding,
  },
  {
    kind: 'number',
    name: 'highResScale',
    label: 'High-resolution fix',
    help: 'Made small first, enlarged by this and gone over again. 1 = off.',
    min: 1,
    max: 4,
    step: 0.25,
    unit: '×',
    default: defaults.highResScale,
  },
  {
    kind: 'number',
    name: 'highResStrength',
    label: 'High-resolution strength',
    help: 'Denoising strength of going over it again.',
    min: 0.05,
    max: 1,
    step: 0.05,
    unit: '',
    default: defaults.highResStrength,
  },
  {
    kind: 'number',
    name: 'highResSteps',
    label: 'High-resolution steps',
    help: '0 = as many as before.',
    min: 0,
    max: 150,
    step: 1,
    unit: '',
    default: defaults.highResSteps,
  },
  {
    kind: 'choice',
    name: 'vaeTiling',
    label: 'VAE in tiles',
    help: 'Less memory for large pictures.',
    choices: [
      { value: 'auto', label: 'For large pictures' },
      { value: 'on', label: 'Always' },
      { value: 'off', label: 'Never' },
    ],
    default: defaults.vaeTiling,
  },
] as const satisfies readonly ParameterInfo[];
