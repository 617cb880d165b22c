/** From a command's flags to a request of the queue. */
import { AppError } from '../../shared/contract/errors.ts';
import { backendPreferenceSchema } from '../../shared/domain/backend.ts';
import { generationRequestSchema, type GenerationRequest } from '../../shared/domain/generation.ts';
import { packIdSchema } from '../../shared/domain/ids.ts';
import type { PipelineTask } from '../../shared/domain/pack-manifest.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from './command.ts';

export const largestSeed = 0xffff_ffff;

export const runOptions = {
  pack: { type: 'string' },
  seed: { type: 'string' },
  backend: { type: 'string' },
} as const satisfies Command['options'];

/** What all requests of a task share: the pack (--pack or the task's own), --seed, --backend. */
export function requestBase(context: CommandContext, kind: PipelineTask): Record<string, unknown> {
  const pack = textFlag(context, 'pack');
  const packId = packIdSchema.safeParse(pack ?? context.studio.packs.defaultPackId(kind));
  if (!packId.success) throw new AppError('pack-missing', `There is no pack "${pack ?? ''}".`, { action: 'kiln models lists them.' });
  const backend = backendPreferenceSchema.safeParse(textFlag(context, 'backend') ?? 'auto');
  if (!backend.success) throw new AppError('invalid-request', '--backend is auto, webgpu, cpu or wasm.');
  return {
    kind,
    projectId: null,
    packId: packId.data,
    seed: seedFlag(context) ?? 0,
    backend: backend.data,
    placement: null,
    parentId: null,
  };
}

/** @throws invalid-request for what is no seed, instead of another seed in its place */
export function seedFlag(context: Pick<CommandContext, 'flags'>): number | undefined {
  const seed = numberFlag(context, 'seed');
  if (seed === undefined || (Number.isInteger(seed) && seed >= 0 && seed <= largestSeed)) return seed;
  throw new AppError('invalid-request', `--seed is a whole number from 0 to ${String(largestSeed)}.`);
}

/** @throws invalid-request, naming the value that is wrong */
export function requestOf(given: Record<string, unknown>): GenerationRequest {
  const parsed = generationRequestSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('invalid-request', `${issue?.path.join('.') ?? 'The request'}: ${issue?.message ?? 'is not valid'}.`);
}
