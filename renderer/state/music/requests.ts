/** From the compose panel's settings to requests: small, storable, repeatable. */
import { z } from 'zod';
import type { BackendPreference } from '../../../shared/domain/backend.ts';
import type { ScoreRequest } from '../../../shared/domain/generation.ts';
import type { AssetHash, GenerationId, PackId, ProjectId } from '../../../shared/domain/ids.ts';
import type { Score } from '../../../shared/music/score.ts';
import {
  scoreParamsSchema,
  scoreComposingShape,
  scoreSamplingShape,
  type ScoreMode,
  type ScoreParams,
  type ScoreRegion,
  type ScoreStyle,
} from '../../../shared/pipelines/score.ts';

export const largestSeed = 0xffff_ffff;

/** What the window remembers of the panel. */
export const composeSettingsSchema = z.object({
  ...scoreComposingShape,
  moreBars: z.int().min(1).max(128).default(4),
  method: z.enum(['auto', 'masked', 'autoregressive']).default('auto'),
  passes: z.int().min(1).max(400).default(48),
  write: z.enum(['harmony', 'bass', 'piano', 'drums']).default('bass'),
  variation: z.number().min(0).max(1).default(0.3),
  humanise: z.number().min(0).max(1).default(1),
  steps: z.int().min(3).max(17).default(5),
  ...scoreSamplingShape,
  takes: z.int().min(1).max(8).default(1),
  seed: z.int().min(0).max(largestSeed).default(1),
  seedLocked: z.boolean().default(false),
});
export type ComposeSettings = z.infer<typeof composeSettingsSchema>;

/** What the modes act on besides the settings. */
export interface Targets {
  regions: readonly ScoreRegion[];
  melodyTrackId: string | null;
  /** Style of what is continued. */
  style: ScoreStyle;
  place: { x: number; y: number };
}

/** Modes that write one clip from another or nothing give as many takes as wanted; the others one answer. */
export const givesTakes = (mode: ScoreMode): boolean => mode !== 'morph' && mode !== 'map';
export const needsClip = (mode: ScoreMode): boolean => mode !== 'generate';

/** The parameters of a mode, checked. @throws ZodError when something the mode needs is missing */
export function paramsOf(mode: ScoreMode, settings: ComposeSettings, targets: Targets): ScoreParams {
  const { style, bars, key, metre, bpm, density, parts, drumStyle, drumFill, passes, method, write, variation, humanise, steps } = settings;
  const sampling = { temperature: settings.temperature, topK: settings.topK, topP: settings.topP };
  const { regions, melodyTrackId, place } = targets;
  const params: Record<ScoreMode, object> = {
    generate: { style, bars, key, metre, bpm, density, parts, drumStyle, drumFill },
    continue: { style: targets.style, bars: settings.moreBars, key, metre, bpm, density, parts, drumStyle, drumFill: false },
    fill: { regions, method, passes },
    accompany: { melodyTrackId, write, passes, drumStyle },
    vary: { regions, amount: variation },
    morph: { steps },
    map: { ...place, regions },
    humanise: { amount: humanise, drumStyle },
  };
  return scoreParamsSchema.parse({ mode, ...sampling, ...params[mode] });
}

/** The inverse of {@link paramsOf}, as far as the panel has a place for it. */
export function settingsOf(params: ScoreParams): Partial<ComposeSettings> {
  const { temperature, topK, topP } = params;
  const sampling = { temperature, topK, topP };
  switch (params.mode) {
    case 'generate':
    case 'continue': {
      const { style, bars, key, metre, bpm, density, parts, drumStyle, drumFill } = params;
      const whole = { style, bars, key, metre, bpm, parts, drumFill };
      return { ...sampling, density, drumStyle, ...(params.mode === 'generate' ? whole : { moreBars: bars }) };
    }
    case 'fill':
      return { ...sampling, method: params.method, passes: params.passes };
    case 'accompany':
      return { ...sampling, write: params.write, passes: params.passes, drumStyle: params.drumStyle };
    case 'vary':
      return { ...sampling, variation: params.amount };
    case 'morph':
      return { ...sampling, steps: params.steps };
    case 'map':
      return sampling;
    case 'humanise':
      return { ...sampling, humanise: params.amount, drumStyle: params.drumStyle };
  }
}

export interface RequestBase {
  projectId: ProjectId | null;
  packId: PackId;
  backend: BackendPreference;
  /** The generation that the clip stands at. */
  parentId: GenerationId | null;
  title: string;
}

/** `count` requests with the seeds that follow one another. */
export function scoreRequests(
  base: RequestBase,
  params: ScoreParams,
  inputs: { score: AssetHash | null; other?: AssetHash | null },
  { seed, count }: { seed: number; count: number },
): ScoreRequest[] {
  const { score, other = null } = inputs;
  const given = params.mode === 'generate' ? {} : { ...(score === null ? {} : { score }), ...(other === null ? {} : { other }) };
  return Array.from({ length: givesTakes(params.mode) ? count : 1 }, (_, index) => ({
    kind: 'score',
    ...base,
    title: base.title.slice(0, 200),
    seed: (seed + index) >>> 0,
    placement: null,
    inputs: given,
    params,
  }));
}

/** What a piece is like, for the model that goes on with it: drums alone, four single lines, or anything else. */
export function styleOf({ tracks }: Pick<Score, 'tracks'>): ScoreStyle {
  const played = tracks.filter(({ notes }) => notes.length > 0);
  if (played.length > 0 && played.every(({ instrument }) => instrument.kind === 'drums')) return 'drums';
  const singleLine = ({ notes }: Score['tracks'][number]): boolean =>
    notes.every((note, index) => note.start >= (notes[index - 1]?.start ?? -1) + (notes[index - 1]?.duration ?? 0));
  const melodic = played.filter(({ instrument }) => instrument.kind === 'melodic');
  return melodic.length === 4 && melodic.length === played.length && melodic.every(singleLine) ? 'chorale' : 'song';
}
