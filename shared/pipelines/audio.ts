/** Parameters of neural audio: music from words, and narration. */
import { z } from 'zod';
import type { ParameterInfo } from './parameter-info.ts';

export const audioParamsSchema = z.object({
  /** The description of the music, or the words to be spoken. */
  text: z.string().trim().min(1).max(5000),
  /** Music: how much is made, as far as the pack allows. Speech is as long as its words. */
  seconds: z.number().min(0.5).max(300).default(8),
  /** Music: how strictly the description is followed; 1 = not guided. */
  guidanceScale: z.number().min(1).max(20).default(3),
  temperature: z.number().min(0.05).max(2).default(1),
  topK: z.int().min(0).max(2048).default(250),
  /** Speech: one of the pack's voices; null: its first. */
  voice: z.string().max(100).nullable().default(null),
  /** Speech: 1 = the voice's own pace. */
  speed: z.number().min(0.5).max(2).default(1),
  /** Brought to -14 LUFS with no sample over -1 dBTP. */
  normalise: z.boolean().default(true),
});
export type AudioParams = z.infer<typeof audioParamsSchema>;

export const audioParameterInfos: readonly ParameterInfo[] = [
  {
    kind: 'number',
    name: 'seconds',
    label: 'Seconds',
    help: 'How much music is made.',
    min: 0.5,
    max: 300,
    step: 0.5,
    unit: '',
    default: 8,
  },
  {
    kind: 'number',
    name: 'guidanceScale',
    label: 'Guidance scale',
    help: 'How strictly the description is followed.',
    min: 1,
    max: 20,
    step: 0.1,
    unit: '',
    default: 3,
  },
  {
    kind: 'number',
    name: 'temperature',
    label: 'Temperature',
    help: 'Low keeps to the most usual, high is bolder.',
    min: 0.05,
    max: 2,
    step: 0.05,
    unit: '',
    default: 1,
  },
  {
    kind: 'number',
    name: 'topK',
    label: 'Top-k',
    help: 'Only this many of the likeliest sounds are chosen from; 0 is all.',
    min: 0,
    max: 2048,
    step: 1,
    unit: '',
    default: 250,
  },
  {
    kind: 'number',
    name: 'speed',
    label: 'Speed',
    help: 'Speech: 1 is the voice’s own pace.',
    min: 0.5,
    max: 2,
    step: 0.05,
    unit: '×',
    default: 1,
  },
  { kind: 'boolean', name: 'normalise', label: 'Normalise', help: 'To -14 LUFS, with no peak over -1 dBTP.', default: true },
];
