/** The vocabulary beside a pack's graphs. */
import { AppError } from '../../../shared/contract/errors.ts';
import { scoreVocabularySchema, type ScoreVocabulary } from '../../../shared/domain/music-convention.ts';
import type { PipelineContext } from '../../pipeline.ts';

/** @throws AppError pack-invalid saying what is wrong with it */
export async function readVocabulary(
  context: Pick<PipelineContext<'score'>, 'convention' | 'packText' | 'manifest'>,
): Promise<ScoreVocabulary> {
  const file = context.convention.vocabulary;
  const invalid = (why: string, cause?: unknown): AppError =>
    new AppError('pack-invalid', `The pack "${context.manifest.name}" cannot write music: its file "${file}" ${why}`, {
      action: 'Install the pack again.',
      cause,
    });
  let text: string;
  try {
    text = await context.packText(file);
  } catch (error) {
    throw invalid('cannot be read.', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid('is no JSON.', error);
  }
  const parsed = scoreVocabularySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`has a wrong entry ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is damaged'}.`, parsed.error);
}
