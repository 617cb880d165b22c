import type { CallInput } from '../../../../shared/contract/calls.ts';
import { diffusionRequestSchema, type DiffusionRequest } from '../../../../shared/domain/generation.ts';

/**
 * What the room would send for one picture: called each time a dialog opens. Null: nothing can be made (no model, no prompt); the
 * button is disabled with `blocked` then.
 */
export type MakeBase = () => CallInput<'jobs.enqueue'>['requests'][number] | null;

export function baseOf(makeBase: MakeBase): DiffusionRequest | null {
  const parsed = diffusionRequestSchema.safeParse(makeBase());
  return parsed.success ? parsed.data : null;
}
