/** Parameters of upscaling. */
import { z } from 'zod';
import type { Size } from '../domain/geometry.ts';
import type { NumberParameterInfo } from './parameter-info.ts';

/** Smallest side, in pixels, of a picture that can be upscaled. */
export const smallestUpscaleSidePx = 8;
/** Largest result, in pixels. */
export const largestUpscalePixels = 100_000_000;

export const upscaleParamsSchema = z.object({
  /** Output side over input side, any number; the model runs at its own factor and the rest is resampled. */
  factor: z.number().min(1).max(16).default(2),
  /**
   * 0 = the faithful result, 1 = the sharpened one, where the pack has both. Packs with one graph: 0.5 and above is the
   * graph's own result, below that more and more plain interpolation is mixed in.
   */
  sharpness: z.number().min(0).max(1).default(0.5),
  /** How much of the cleaned-up result is used, for pictures with noise, blur or JPEG marks. */
  denoise: z.number().min(0).max(1).default(0),
  /** Longest side of a tile in input pixels; 0 = chosen for the model. Smaller tiles need less memory and take longer. */
  tileSize: z.int().min(0).max(4096).default(0),
});
export type UpscaleParams = z.infer<typeof upscaleParamsSchema>;

const defaults = upscaleParamsSchema.parse({});

export const upscaleParameters = [
  {
    kind: 'number',
    name: 'factor',
    label: 'Factor',
    help: 'How many times as wide and high the result is; any number.',
    min: 1,
    max: 16,
    step: 0.5,
    unit: '×',
    default: defaults.factor,
  },
  {
    kind: 'number',
    name: 'sharpness',
    label: 'Sharpness',
    help: 'From faithful (0) to crisp, with invented detail (1).',
    min: 0,
    max: 1,
    step: 0.05,
    unit: '',
    default: defaults.sharpness,
  },
  {
    kind: 'number',
    name: 'denoise',
    label: 'Clean up',
    help: 'Takes away noise, blur and JPEG marks of poor originals.',
    min: 0,
    max: 1,
    step: 0.05,
    unit: '',
    default: defaults.denoise,
  },
  {
    kind: 'number',
    name: 'tileSize',
    label: 'Tile size',
    help: 'Longest side of the parts the picture is worked on in; 0 chooses by itself. Smaller ones need less memory.',
    min: 0,
    max: 4096,
    step: 64,
    unit: 'px',
    default: defaults.tileSize,
  },
] as const satisfies readonly NumberParameterInfo[];

/** The picture a graph is tried with: of its fixed size, or just not a multiple of anything more than it is said to need. */
export function upscaleTrialSize({ fixedSize, sizeMultiple }: { fixedSize: Size | null; sizeMultiple: number }): Size {
  return fixedSize ?? { width: 33 * sizeMultiple, height: 31 * sizeMultiple };
}
