/** Parameters of style transfer. */
import { z } from 'zod';

export const stylizeParamsSchema = z.object({
  /** 0 = the picture as it is, 1 = the style in full. */
  strength: z.number().min(0).max(1).default(0.8),
  /** Size of the style's strokes: the style picture is resized by this before it is read. */
  styleScale: z.number().min(0.25).max(4).default(1),
  /** Keep the picture's own colours and take only brightness and texture from the style. */
  preserveColours: z.boolean().default(false),
  /** Weights of style, style2 and style3; they are divided by their sum. */
  weight1: z.number().min(0).max(1).default(1),
  weight2: z.number().min(0).max(1).default(0),
  weight3: z.number().min(0).max(1).default(0),
});
export type StylizeParams = z.infer<typeof stylizeParamsSchema>;
