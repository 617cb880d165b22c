/** Parameters and details of the texture lab. */
import { z } from 'zod';
import type { ParameterInfo } from './parameter-info.ts';

/** The decoder's regular patterns repeat every 64 px: a tile of another size would cut them. */
export const textureSizeStepPx = 64;

const unit = z.number().min(0).max(1);

export const textureParamsSchema = z.object({
  /** Where on the map of textures. */
  x: unit.default(0.5),
  y: unit.default(0.5),
  /** A second place on the map, and how far to go towards it. */
  toX: unit.default(0.5),
  toY: unit.default(0.5),
  blend: unit.default(0),
  /** Side of the square tile in pixels. */
  sizePx: z.int().min(64).max(2048).multipleOf(textureSizeStepPx).default(512),
  /** Turns every hue by as much (in OKLCh). */
  hueDegrees: z.number().min(-180).max(180).default(0),
  saturation: z.number().min(0).max(2).default(1),
  contrast: z.number().min(0).max(2).default(1),
  /** Steepness of the normal map. */
  normalStrength: z.number().min(0).max(8).default(2),
  /** Also make normal, roughness and height maps. */
  maps: z.boolean().default(true),
});
export type TextureParams = z.infer<typeof textureParamsSchema>;

/** What the pipeline writes into the generation's details under the name `texture`. */
export const textureDetailsSchema = z.object({
  /** Kinds of texture around the place, nearest first, for captions: "wood", "weave" ... */
  kinds: z.array(z.string()),
  /** The latent that was decoded. */
  latent: z.array(z.number()),
});
export type TextureDetails = z.infer<typeof textureDetailsSchema>;

/** A pack's map file: a grid of latents over the unit square, row by row from the top, first column at x = 0. */
export const textureMapSchema = z.object({
  columns: z.int().min(2).max(256),
  rows: z.int().min(2).max(256),
  /** columns*rows latents of the convention's latentSize. */
  latents: z.array(z.array(z.number())),
  /** The kind of texture at each place, for captions. */
  kinds: z.array(z.string().max(40)),
});
export type TextureMap = z.infer<typeof textureMapSchema>;

const defaults = textureParamsSchema.parse({});

function numberInfo(
  name: keyof typeof defaults,
  label: string,
  help: string,
  range: { min: number; max: number; step: number; unit?: '' | 'px' | '×' | '%' },
): ParameterInfo {
  return { kind: 'number', name, label, help, unit: '', ...range, default: Number(defaults[name]) };
}

export const textureParameterInfos: readonly ParameterInfo[] = [
  numberInfo('x', 'Across the map', 'Where on the map of textures, from left to right.', { min: 0, max: 1, step: 0.001 }),
  numberInfo('y', 'Down the map', 'Where on the map of textures, from top to bottom.', { min: 0, max: 1, step: 0.001 }),
  numberInfo('toX', 'Second point across', 'The place to go towards.', { min: 0, max: 1, step: 0.001 }),
  numberInfo('toY', 'Second point down', 'The place to go towards.', { min: 0, max: 1, step: 0.001 }),
  numberInfo('blend', 'Blend', 'How far to go towards the second point.', { min: 0, max: 1, step: 0.01 }),
  numberInfo('sizePx', 'Tile size', 'Side of the tile.', { min: 64, max: 2048, step: textureSizeStepPx, unit: 'px' }),
  numberInfo('hueDegrees', 'Hue', 'Turns all hues by so many degrees.', { min: -180, max: 180, step: 1 }),
  numberInfo('saturation', 'Saturation', '0 is grey.', { min: 0, max: 2, step: 0.01, unit: '×' }),
  numberInfo('contrast', 'Contrast', 'Spreads or gathers light and dark.', { min: 0, max: 2, step: 0.01, unit: '×' }),
  numberInfo('normalStrength', 'Normal strength', 'Steepness of the normal map.', { min: 0, max: 8, step: 0.1, unit: '×' }),
  { kind: 'boolean', name: 'maps', label: 'Maps', help: 'Also make normal, roughness and height maps.', default: defaults.maps },
];
