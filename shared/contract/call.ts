import type { z } from 'zod';

/** One call: what goes in and what comes back. Both sides are validated at the boundary. */
export interface CallDefinition {
  input: z.ZodType;
  output: z.ZodType;
}
