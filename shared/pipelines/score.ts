/** Parameters of the models that write scores. */
import { z } from 'zod';
import { metreSchema, keySchema } from '../music/score.ts';
import type { ParameterInfo } from './parameter-info.ts';

export const scoreStyles = ['chorale', 'song', 'drums'] as const;
export const scoreStyleSchema = z.enum(scoreStyles);
export type ScoreStyle = z.infer<typeof scoreStyleSchema>;

/** A part of a track, in ticks: notes that begin in it are written anew. */
export const scoreRegionSchema = z.object({
  trackId: z.string().min(1).max(40),
  start: z.int().min(0),
  end: z.int().min(1),
});
export type ScoreRegion = z.infer<typeof scoreRegionSchema>;

/** Of every mode. */
export const scoreSamplingShape = {
  /** 1 = as the model thinks, lower = more usual, 0 = the likeliest each time. */
  temperature: z.number().min(0).max(2).default(1),
  /** Only the k likeliest values; 0 = all. */
  topK: z.int().min(0).max(1000).default(0),
  /** Only the likeliest values that together have this probability. */
  topP: z.number().min(0.05).max(1).default(0.95),
};

/** Of modes that write whole bars. */
export const scoreComposingShape = {
  style: scoreStyleSchema.default('chorale'),
  bars: z.int().min(1).max(128).default(8),
  /** Null: any. With an input score, its own goes before this. */
  key: keySchema.omit({ tick: true }).nullable().default(null),
  metre: metreSchema.omit({ tick: true }).prefault({ numerator: 4, denominator: 4 }),
  bpm: z.number().min(10).max(400).default(96),
  /** 0 sparse .. 4 busy; null: any. */
  density: z.int().min(0).max(4).nullable().default(null),
  /** Songs: which parts are written. */
  parts: z.enum(['melody-and-piano', 'piano', 'melody']).default('melody-and-piano'),
  /** Drums: one of the pack's styles; null: any. */
  drumStyle: z.string().max(60).nullable().default(null),
  /** Drums: a fill instead of a beat. */
  drumFill: z.boolean().default(false),
};

/**
 * `score` is an input: the piece that is worked on, as a score asset. What comes out under the role `score` is the whole piece with
 * the change in it; nothing outside the regions asked for is touched.
 */
export const scoreParamsSchema = z.discriminatedUnion('mode', [
  /** A new piece. */
  z.object({ mode: z.literal('generate'), ...scoreComposingShape, ...scoreSamplingShape }),
  /** `bars` more after the end of the input's last note, in its tracks. */
  z.object({ mode: z.literal('continue'), ...scoreComposingShape, ...scoreSamplingShape }),
  /** Regions written anew from everything around them. */
  z.object({
    mode: z.literal('fill'),
    regions: z.array(scoreRegionSchema).min(1).max(1000),
    /** masked: blocked Gibbs sampling, which hears what follows; autoregressive: note by note; auto: by the material. */
    method: z.enum(['auto', 'masked', 'autoregressive']).default('auto'),
    /** Passes of Gibbs sampling. */
    passes: z.int().min(1).max(400).default(48),
    ...scoreSamplingShape,
  }),
  /** New tracks to a melody. */
  z.object({
    mode: z.literal('accompany'),
    melodyTrackId: z.string().min(1).max(40),
    write: z.enum(['harmony', 'bass', 'piano', 'drums']),
    passes: z.int().min(1).max(400).default(48),
    drumStyle: z.string().max(60).nullable().default(null),
    ...scoreSamplingShape,
  }),
  /** Bars like those of the input, by the latent space; regions empty: everything. */
  z.object({
    mode: z.literal('vary'),
    regions: z.array(scoreRegionSchema).max(1000).default([]),
    /** 0 = as it is, 1 = something else of the kind. */
    amount: z.number().min(0).max(1).default(0.3),
    ...scoreSamplingShape,
  }),
  /** From the input `score` to the input `other`: `steps` clips, both ends among them, each an output. */
  z.object({ mode: z.literal('morph'), steps: z.int().min(3).max(17).default(5), ...scoreSamplingShape }),
  /** A place on the plane through the input's bars; (0, 0) is the input itself. The seed turns the plane. */
  z.object({
    mode: z.literal('map'),
    x: z.number().min(-1).max(1),
    y: z.number().min(-1).max(1),
    regions: z.array(scoreRegionSchema).max(1000).default([]),
    ...scoreSamplingShape,
  }),
  /** Velocity and micro-timing of a drummer for the drum tracks of the input; which drums are hit when stays. */
  z.object({
    mode: z.literal('humanise'),
    amount: z.number().min(0).max(1).default(1),
    drumStyle: z.string().max(60).nullable().default(null),
    ...scoreSamplingShape,
  }),
]);
export type ScoreParams = z.infer<typeof scoreParamsSchema>;
export type ScoreMode = ScoreParams['mode'];
export type ScoreParamsOf<Mode extends ScoreMode> = Extract<ScoreParams, { mode: Mode }>;

export const scoreModeLabels: Record<ScoreMode, string> = {
  generate: 'New piece',
  continue: 'Continue',
  fill: 'Write selection anew',
  accompany: 'Accompany',
  vary: 'Vary',
  morph: 'Morph',
  map: 'Map',
  humanise: 'Humanise',
};

const defaults = scoreParamsSchema.parse({ mode: 'generate' });

/** What the pipeline writes into the generation's details under the name `clip`. */
export const scoreDetailsSchema = z.object({
  bars: z.int(),
  notes: z.int(),
  bpm: z.number(),
  key: z.string().nullable(),
  seconds: z.number(),
});
export type ScoreDetails = z.infer<typeof scoreDetailsSchema>;

export const scoreParameterInfos: readonly ParameterInfo[] = [
  {
    kind: 'choice',
    name: 'mode',
    label: 'Do',
    help: 'What the model does with the clip.',
    choices: Object.entries(scoreModeLabels).map(([value, label]) => ({ value, label })),
    default: defaults.mode,
  },
  {
    kind: 'choice',
    name: 'style',
    label: 'Style',
    help: 'What the model has learned from: four-part chorales, songs with piano, or drumming.',
    choices: [
      { value: 'chorale', label: 'Chorale' },
      { value: 'song', label: 'Song with piano' },
      { value: 'drums', label: 'Drums' },
    ],
    default: 'chorale',
  },
  { kind: 'number', name: 'bars', label: 'Bars', help: 'How many bars are written.', min: 1, max: 128, step: 1, unit: '', default: 8 },
  {
    kind: 'number',
    name: 'temperature',
    label: 'Temperature',
    help: 'Low keeps to the most usual, high is bolder.',
    min: 0,
    max: 2,
    step: 0.05,
    unit: '',
    default: 1,
  },
  {
    kind: 'number',
    name: 'topP',
    label: 'Top-p',
    help: 'Only the likeliest notes that together have this probability are chosen from.',
    min: 0.05,
    max: 1,
    step: 0.01,
    unit: '',
    default: 0.95,
  },
  {
    kind: 'number',
    name: 'topK',
    label: 'Top-k',
    help: 'Only this many of the likeliest notes are chosen from; 0 is all.',
    min: 0,
    max: 100,
    step: 1,
    unit: '',
    default: 0,
  },
  {
    kind: 'number',
    name: 'amount',
    label: 'Amount',
    help: 'How far from the input: 0 leaves it as it is.',
    min: 0,
    max: 1,
    step: 0.05,
    unit: '',
    default: 0.3,
  },
  {
    kind: 'number',
    name: 'passes',
    label: 'Passes',
    help: 'Rounds of Gibbs sampling: more fit together better and take longer.',
    min: 1,
    max: 400,
    step: 1,
    unit: '',
    default: 48,
  },
];
