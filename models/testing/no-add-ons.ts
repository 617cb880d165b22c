/** The parts of a pipeline's context that plain runs do not use. */
import type { PipelineContext } from '../pipeline.ts';

export const noAddOns = {
  letGo: () => undefined,
  addOn(packId) {
    throw new Error(`The run was not given the pack "${packId}".`);
  },
  inputBytes: (role) => Promise.reject(new Error(`The run has no input "${role}".`)),
  textToAudio: () => Promise.reject(new Error('This run has no audio runtime.')),
  resume: null,
  sessionMemoryBytes: 4 * 1024 ** 3,
} satisfies Partial<PipelineContext>;
