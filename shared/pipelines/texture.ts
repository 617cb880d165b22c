/** Parameters of the texture lab. */
import { z } from 'zod';

export const textureParamsSchema = z.object({
  /** Where on the map of textures. */
  x: z.number().min(0).max(1).default(0.5),
  y: z.number().min(0).max(1).default(0.5),
  /** Side of the square tile in pixels. */
  sizePx: z.int().min(64).max(2048).default(512),
  /** Steepness of the normal map. */
  normalStrength: z.number().min(0).max(8).default(2),
  /** Also make normal, roughness and height maps. */
  maps: z.boolean().default(true),
});
export type TextureParams = z.infer<typeof textureParamsSchema>;
