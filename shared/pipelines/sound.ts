/** Parameters of the built-in sound-effect synthesiser. */
import { z } from 'zod';
import type { ParameterInfo } from './parameter-info.ts';

export const longestSoundSeconds = 300;

export const soundParamsSchema = z.object({
  /** One of the pack's effects. */
  effect: z.string().min(1).max(60),
  seconds: z.number().min(0.05).max(longestSoundSeconds).default(4),
  /** How far each seed strays from the typical sound of its kind. */
  variation: z.number().min(0).max(1).default(0.5),
  intensity: z.number().min(0).max(1).default(0.5),
  /** The end meets the beginning. */
  loop: z.boolean().default(false),
});
export type SoundParams = z.infer<typeof soundParamsSchema>;

export const soundParameterInfos: readonly ParameterInfo[] = [
  {
    kind: 'number',
    name: 'seconds',
    label: 'Seconds',
    help: 'How long the sound is.',
    min: 0.05,
    max: longestSoundSeconds,
    step: 0.05,
    unit: '',
    default: 4,
  },
  {
    kind: 'number',
    name: 'variation',
    label: 'Variation',
    help: 'How far each seed strays from the typical sound of its kind.',
    min: 0,
    max: 1,
    step: 0.01,
    unit: '',
    default: 0.5,
  },
  {
    kind: 'number',
    name: 'intensity',
    label: 'Intensity',
    help: 'A breeze or a storm, a tap or a blow.',
    min: 0,
    max: 1,
    step: 0.01,
    unit: '',
    default: 0.5,
  },
  { kind: 'boolean', name: 'loop', label: 'Loop', help: 'The end meets the beginning without a click.', default: false },
];
