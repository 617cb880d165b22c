/** Parameters of the inpainting pipeline: one schema gives validation, defaults, ranges, the panel and the CLI flags. */
import { z } from 'zod';

export const inpaintParamsSchema = z.object({
  /** Context around each masked region that the model sees, as a fraction of the region's longer side. */
  contextPadding: z.number().min(0).max(4).default(0.6),
  /** Pixels the mask is grown before the model sees it, so that rims of the removed object go too. */
  maskGrow: z.int().min(0).max(128).default(4),
  /** Width in pixels of the blend outside the mask's edge; 0 is a hard edge. */
  feather: z.int().min(0).max(256).default(8),
  /** Shift the fill's colours so that they meet the surroundings at the seam. */
  colourMatch: z.boolean().default(true),
  /** How much of the texture that the model leaves out is copied from the surroundings; 0 keeps the smooth fill. */
  detail: z.number().min(0).max(1).default(0.5),
});
export type InpaintParams = z.infer<typeof inpaintParamsSchema>;
