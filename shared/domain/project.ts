import { z } from 'zod';
import { projectIdSchema } from './ids.ts';

export const projectSchema = z.object({
  id: projectIdSchema,
  name: z.string().min(1).max(200),
  documentCount: z.int().min(0),
  generationCount: z.int().min(0),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
});
export type Project = z.infer<typeof projectSchema>;
