/** The parts of a pipeline's context that plain runs do not use. */
import type { PipelineContext } from '../pipeline.ts';

export const noAddOns = {
  letGo: () => undefined,
  addOn(packId) {
    throw new Error(`The run was not given the pack "${packId}".`);
  },
  resume: null,
  sessionMemoryBytes: 4 * 1024 ** 3,
} satisfies Partial<PipelineContext>;
