/** Parameters of the palette studio. */
import { z } from 'zod';

export const hexColourSchema = z.string().regex(/^#[0-9a-f]{6}$/);

export const paletteParamsSchema = z.object({
  /** sample: new palettes (locked colours stay); extract: the image's own palette; recolour: the image in `colours`. */
  mode: z.enum(['sample', 'extract', 'recolour']).default('sample'),
  /** One for each place: a colour to keep, or null to be chosen. */
  colours: z.array(hexColourSchema.nullable()).max(16).default([]),
  /** How many palettes to offer, best first. */
  count: z.int().min(1).max(64).default(8),
  /** 0 = the likeliest, 1 = as in the training pictures, above = bolder. */
  temperature: z.number().min(0).max(2).default(0.9),
  /** Recolouring: 0 = the image as it is. */
  strength: z.number().min(0).max(1).default(1),
});
export type PaletteParams = z.infer<typeof paletteParamsSchema>;
