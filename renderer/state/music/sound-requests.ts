/** Requests of the Sounds tab: effects from our own synthesiser, music and narration from the user's packs. */
import { z } from 'zod';
import type { BackendPreference } from '../../../shared/domain/backend.ts';
import type { AudioRequest, SoundRequest } from '../../../shared/domain/generation.ts';
import type { AudioConvention } from '../../../shared/domain/music-convention.ts';
import type { Pack } from '../../../shared/domain/pack.ts';
import { effectLabel, effectNames } from '../../../shared/music/effect-names.ts';
import { audioParamsSchema } from '../../../shared/pipelines/audio.ts';
import { soundParamsSchema, type SoundParams } from '../../../shared/pipelines/sound.ts';
import { largestSeed } from './requests.ts';

const [firstEffect] = effectNames;

/** What the window remembers. */
export const soundSettingsSchema = z.object({
  ...soundParamsSchema.shape,
  effect: z
    .string()
    .min(1)
    .max(60)
    .default(firstEffect?.id ?? 'wind'),
  seed: z.int().min(0).max(largestSeed).default(1),
  seedLocked: z.boolean().default(false),
});
export type SoundSettings = z.infer<typeof soundSettingsSchema>;

/** Another effect with the length that is usual for it; only textures loop. */
export function withEffect(settings: SoundSettings, id: string): SoundSettings {
  const effect = effectNames.find((one) => one.id === id);
  return { ...settings, effect: id, seconds: effect?.seconds ?? settings.seconds, loop: settings.loop && effect?.loopable === true };
}

interface Base {
  pack: Pack;
  backend: BackendPreference;
}

const requestBase = ({ pack, backend }: Base) => ({
  projectId: null,
  packId: pack.manifest.id,
  backend,
  placement: null,
  parentId: null,
});

export function soundRequest(base: Base, settings: SoundSettings): SoundRequest {
  const params: SoundParams = soundParamsSchema.parse(settings);
  return { kind: 'sound', ...requestBase(base), title: effectLabel(settings.effect), seed: settings.seed, inputs: {}, params };
}

/** A preview is no longer than it takes to hear what is meant. */
export const previewSeconds = 6;

export function previewRequest(base: Base, settings: SoundSettings): SoundRequest {
  return soundRequest(base, { ...settings, seconds: Math.min(settings.seconds, previewSeconds) });
}

export const audioSettingsSchema = z.object({
  ...audioParamsSchema.shape,
  text: z.string().max(5000).default(''),
  seed: z.int().min(0).max(largestSeed).default(1),
  seedLocked: z.boolean().default(false),
});
export type AudioSettings = z.infer<typeof audioSettingsSchema>;

export type Makes = AudioConvention['makes'];

/** Null for packs of other tasks. */
export function audioConventionOf({ manifest }: Pack): AudioConvention | null {
  return manifest.convention.task === 'audio' ? manifest.convention : null;
}

export const packsThatMake = (packs: readonly Pack[], makes: Makes): Pack[] =>
  packs.filter((pack) => pack.status.state === 'ready' && audioConventionOf(pack)?.makes === makes);

/** The title is the text's beginning; what the pack cannot do is left out of the request. */
export function audioRequest(base: Base, settings: AudioSettings): AudioRequest {
  const convention = audioConventionOf(base.pack);
  const longest = convention?.longestSeconds ?? null;
  const known = settings.voice !== null && convention?.voices.includes(settings.voice) === true;
  const params = audioParamsSchema.parse({
    ...settings,
    seconds: longest === null ? settings.seconds : Math.min(settings.seconds, longest),
    voice: known ? settings.voice : null,
  });
  const title = params.text.length <= 60 ? params.text : `${params.text.slice(0, 59).trimEnd()}…`;
  return { kind: 'audio', ...requestBase(base), title, seed: settings.seed, inputs: {}, params };
}
