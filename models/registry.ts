/** Task to pipeline. A new task is one folder and one row. */
import type { GenerationKind, GenerationRequest } from '../shared/domain/generation.ts';
import type { Pipeline } from './pipeline.ts';
import { inpaint } from './pipelines/inpaint/inpaint.ts';

export const pipelines: { [Kind in GenerationKind]: Pipeline<Extract<GenerationRequest, { kind: Kind }>> } = { inpaint };
