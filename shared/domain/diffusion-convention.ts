/**
 * How a diffusion pack is called: which file plays which part, and the numbers its configuration files give. Names, element
 * types and ranks of inputs are not here: they are read from the graphs when they are opened.
 */
import { z } from 'zod';
import { packPathSchema } from './pack-path.ts';

/** sd: SD 1.x, 2.x, SD-Turbo, LCM and Kiln's own; sdxl: two text encoders; sdxl-refiner: only the second of them. */
export const diffusionArchitectureSchema = z.enum(['sd', 'sdxl', 'sdxl-refiner']);

export const diffusionConventionSchema = z.object({
  task: z.literal('diffusion'),
  architecture: diffusionArchitectureSchema,
  /** Graph files. Packs without a VAE encoder cannot start from pictures. */
  parts: z.object({
    textEncoder: packPathSchema.nullable(),
    textEncoder2: packPathSchema.nullable(),
    denoiser: packPathSchema,
    vaeEncoder: packPathSchema.nullable(),
    vaeDecoder: packPathSchema,
  }),
  /** Folders with vocab.json and merges.txt, or tokenizer.json; their files are among the manifest's. */
  tokenizer: packPathSchema.nullable(),
  tokenizer2: packPathSchema.nullable(),
  /** scheduler_config.json as diffusers writes it. */
  schedulerConfig: packPathSchema,
  vae: z.object({
    /** Pipeline latents = (VAE latents - shift) * scaling. */
    scalingFactor: z.number().positive(),
    shiftFactor: z.number().default(0),
    latentsMean: z.array(z.number()).nullable().default(null),
    latentsStd: z.array(z.number().positive()).nullable().default(null),
    latentChannels: z.int().min(1).max(64),
    /** Pixels of a side that share one latent. */
    scale: z.int().min(1).max(64),
  }),
  /** Linear approximation for previews: rows are latent channels, values R, G, B of -1..1; null: none is known. */
  latentRgb: z
    .object({ factors: z.array(z.tuple([z.number(), z.number(), z.number()])), bias: z.tuple([z.number(), z.number(), z.number()]) })
    .nullable()
    .default(null),
  /** 4: text to image; 9: latents, mask and masked latents (an inpainting model). */
  inChannels: z.int().min(1).max(64),
  /** Length of the guidance embedding of consistency models (their UNet has `timestep_cond`); null: ordinary guidance. */
  timestepCondDim: z.int().min(2).max(4096).nullable().default(null),
  /** How many ControlNets are fused into the UNet (`controlnet_conds`, `conditioning_scales`). */
  controls: z.int().min(0).max(8).default(0),
  /** SDXL: an empty negative prompt is zeros instead of an encoded "". */
  zeroEmptyNegative: z.boolean().default(true),
  /** SDXL refiner: time_ids hold an aesthetic score. */
  aestheticScore: z.boolean().default(false),
  /** The size the model was trained at, in pixels of the picture. */
  nativeSize: z.object({ width: z.int().min(8).max(4096), height: z.int().min(8).max(4096) }),
  /** What the room starts from: few steps and no guidance for turbo models, and so on. */
  defaults: z.object({ steps: z.int().min(1).max(150), guidanceScale: z.number().min(0).max(30) }),
  /** What it can make, in words of its prompts, for the room: "icons, patterns, textures"; empty: anything. */
  world: z.string().max(300).default(''),
  /** Prompts that show what it does. */
  examplePrompts: z.array(z.string().max(200)).max(40).default([]),
});
export type DiffusionConvention = z.infer<typeof diffusionConventionSchema>;

/** Low-rank changes to a diffusion pack's weights (.safetensors); merged into the graph's weights when it is opened. */
export const loraConventionSchema = z.object({
  task: z.literal('lora'),
  weights: packPathSchema,
  /** What it was trained on, as far as its shapes tell; null: unknown. */
  architecture: diffusionArchitectureSchema.nullable(),
  triggerWords: z.array(z.string().max(100)).max(50).default([]),
});
export type LoraConvention = z.infer<typeof loraConventionSchema>;

/** Textual inversion: vectors that stand for a word of the prompt. */
export const embeddingConventionSchema = z.object({
  task: z.literal('embedding'),
  weights: packPathSchema,
  /** The word of the prompt it stands for. */
  token: z.string().min(1).max(100),
  vectors: z.int().min(1).max(75),
  /** Width for the first and, for SDXL, the second text encoder. */
  width: z.int().min(1).max(8192),
  width2: z.int().min(1).max(8192).nullable().default(null),
});
export type EmbeddingConvention = z.infer<typeof embeddingConventionSchema>;
