/** Scores: new pieces, and changes of pieces, by the models of a score pack. One mode is one file of modes/. */
import { AppError } from '../../../shared/contract/errors.ts';
import { scoreMediaType } from '../../../shared/domain/asset.ts';
import { keyName } from '../../../shared/music/harmony.ts';
import { barsOf, scoreSchema, secondsAt, type Score } from '../../../shared/music/score.ts';
import type { ScoreDetails, ScoreParams } from '../../../shared/pipelines/score.ts';
import { encodeUtf8 } from '../../core/utf8.ts';
import type { Pipeline, PipelineOutput } from '../../pipeline.ts';
import { accompany } from './modes/accompany.ts';
import { continuePiece } from './modes/continue.ts';
import { fill } from './modes/fill.ts';
import { generate } from './modes/generate.ts';
import { humanise } from './modes/humanise.ts';
import { map } from './modes/map.ts';
import { morph } from './modes/morph.ts';
import { vary } from './modes/vary.ts';
import { scorePicture } from './picture/score-picture.ts';
import { readScore } from './read-score.ts';
import { createScoreRun, type ScoreInputs, type ScoreRun } from './run.ts';
import { readVocabulary } from './vocabulary.ts';

/** How often an attempt that gave no note is followed by another, with a seed of its own. */
const attempts = 3;

export const score: Pipeline<'score'> = async (_pictures, request, context) => {
  const vocabulary = await readVocabulary(context);
  const given = async (role: 'score' | 'other'): Promise<Score | null> =>
    request.inputs[role] === undefined ? null : readScore(role, await context.inputBytes(role));
  const inputs: ScoreInputs = { score: await given('score'), other: await given('other') };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const scores = await runMode(request.params, inputs, createScoreRun(context, vocabulary, seedOfAttempt(request.seed, attempt)));
    if (scores.length === 0 || scores.some(isSilent)) continue;
    if (attempt > 0) context.note(`The model wrote no notes at first; this is its attempt ${String(attempt + 1)}.`);
    const written = scores.map((one) => scoreSchema.parse(one));
    // Of a way between two pieces, its middle says most.
    const shown = written[Math.floor((written.length - 1) / 2)];
    if (shown === undefined) continue;
    context.detail('clip', detailsOf(shown));
    const image = await context.time('picture', () => scorePicture(shown));
    context.progress('Writing', 100, 100, 1);
    return [
      { role: 'image', image, bounds: { x: 0, y: 0, width: image.width, height: image.height } },
      ...written.map((one): PipelineOutput => ({ role: 'score', bytes: encodeUtf8(JSON.stringify(one)), mediaType: scoreMediaType })),
    ];
  }
  throw new AppError('model-output-invalid', `The model wrote no notes in ${String(attempts)} attempts.`, {
    action: 'Choose another seed, a higher density or temperature, or a longer stretch.',
  });
};

const isSilent = ({ tracks }: Score): boolean => tracks.every(({ notes }) => notes.length === 0);

const seedOfAttempt = (seed: number, attempt: number): number => (seed + attempt * 0x9e3779b9) >>> 0;

function runMode(params: ScoreParams, inputs: ScoreInputs, run: ScoreRun): Promise<Score[]> {
  switch (params.mode) {
    case 'generate':
      return generate(params, inputs, run);
    case 'continue':
      return continuePiece(params, inputs, run);
    case 'fill':
      return fill(params, inputs, run);
    case 'accompany':
      return accompany(params, inputs, run);
    case 'vary':
      return vary(params, inputs, run);
    case 'morph':
      return morph(params, inputs, run);
    case 'map':
      return map(params, inputs, run);
    case 'humanise':
      return humanise(params, inputs, run);
  }
}

function detailsOf(shown: Score): ScoreDetails {
  const [key] = shown.keys;
  return {
    bars: barsOf(shown).length,
    notes: shown.tracks.reduce((sum, { notes }) => sum + notes.length, 0),
    bpm: shown.tempos[0]?.bpm ?? 120,
    key: key === undefined ? null : keyName(key),
    seconds: secondsAt(shown, shown.lengthTicks),
  };
}
