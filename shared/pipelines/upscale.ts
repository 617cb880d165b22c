/** Parameters of upscaling. */
import { z } from 'zod';

export const upscaleParamsSchema = z.object({
  /** Output side over input side; the model runs at its own factor and the rest is resampled. */
  factor: z.number().min(1).max(16).default(2),
  /** 0 = the faithful result, 1 = the sharpened one, where the pack has both. */
  sharpness: z.number().min(0).max(1).default(0.5),
  /** How much of the cleaned-up result is used, for pictures with noise, blur or JPEG marks. */
  denoise: z.number().min(0).max(1).default(0),
});
export type UpscaleParams = z.infer<typeof upscaleParamsSchema>;
