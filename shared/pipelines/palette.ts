/** Parameters and details of the palette studio. */
import { z } from 'zod';
import type { ParameterInfo } from './parameter-info.ts';

export const hexColourSchema = z.string().regex(/^#[0-9a-f]{6}$/);

export const paletteParamsSchema = z.object({
  /** sample: new palettes (locked colours stay); extract: the image's own palette; recolour: the image in `colours`. */
  mode: z.enum(['sample', 'extract', 'recolour']).default('sample'),
  /**
   * sample, extract: one for each place, a colour to keep or null to be chosen; places not named are to be chosen.
   * recolour: the colours to use; nulls are left out.
   */
  colours: z.array(hexColourSchema.nullable()).max(16).default([]),
  /** How many palettes to offer, best first. */
  count: z.int().min(1).max(64).default(8),
  /** 0 = the likeliest, 1 = as in the training pictures, above = bolder. */
  temperature: z.number().min(0).max(2).default(0.9),
  /** Recolouring: 0 = the image as it is. */
  strength: z.number().min(0).max(1).default(1),
  /** Recolouring: how much of each pixel's own lightness stays; 0 takes the palette's. */
  keepLightness: z.number().min(0).max(1).default(0.6),
});
export type PaletteParams = z.infer<typeof paletteParamsSchema>;

/** What the pipeline writes into the generation's details under the name `palettes`, likeliest first. */
export const paletteDetailsSchema = z.array(
  z.object({
    /** In their places; locked colours exactly as given. */
    colours: z.array(hexColourSchema),
    /** Natural log of the model's density in OKLab, exact, averaged over the orders of the colours. Null: not of the model's size. */
    logLikelihood: z.number().nullable(),
    /** The same as bits a coordinate at a resolution of 1/256 of an OKLab unit: lower is likelier. */
    bitsPerDimension: z.number().nullable(),
    /** extract: the share of the image each colour stands for; otherwise null. */
    shares: z.array(z.number()).nullable(),
  }),
);
export type PaletteDetails = z.infer<typeof paletteDetailsSchema>;

const defaults = paletteParamsSchema.parse({});

export const paletteParameterInfos: readonly ParameterInfo[] = [
  {
    kind: 'choice',
    name: 'mode',
    label: 'Do',
    help: 'Make new palettes, take the picture’s own, or recolour the picture.',
    choices: [
      { value: 'sample', label: 'New palettes' },
      { value: 'extract', label: 'From picture' },
      { value: 'recolour', label: 'Recolour' },
    ],
    default: defaults.mode,
  },
  {
    kind: 'number',
    name: 'count',
    label: 'Palettes',
    help: 'How many palettes to offer.',
    min: 1,
    max: 64,
    step: 1,
    unit: '',
    default: defaults.count,
  },
  {
    kind: 'number',
    name: 'temperature',
    label: 'Temperature',
    help: 'Low keeps to the most usual combinations, high is bolder.',
    min: 0,
    max: 2,
    step: 0.05,
    unit: '',
    default: defaults.temperature,
  },
  {
    kind: 'number',
    name: 'strength',
    label: 'Strength',
    help: 'Recolouring: how far the picture moves towards the palette.',
    min: 0,
    max: 1,
    step: 0.01,
    unit: '',
    default: defaults.strength,
  },
  {
    kind: 'number',
    name: 'keepLightness',
    label: 'Keep lightness',
    help: 'Recolouring: how much of the picture’s own light and shade stays.',
    min: 0,
    max: 1,
    step: 0.01,
    unit: '',
    default: defaults.keepLightness,
  },
];
