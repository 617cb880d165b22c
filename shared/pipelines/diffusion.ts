/**
 * Parameters of diffusion: text to image, image to image, inpainting, outpainting, variations. Details written: `steps` (what
 * ran), `scheduler`, `tokens`, and `resumedAtStep` after an interruption.
 */
import { z } from 'zod';
import { packIdSchema } from '../domain/ids.ts';

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
