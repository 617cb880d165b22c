import { describe, expect, it } from 'vitest';
import { generationRequestSchema } from '../../../shared/domain/generation.ts';
import type { Pack } from '../../../shared/domain/pack.ts';
import {
  audioRequest,
  audioSettingsSchema,
  packsThatMake,
  previewRequest,
  soundRequest,
  soundSettingsSchema,
  withEffect,
} from './sound-requests.ts';

function audioPack(id: string, makes: 'music' | 'speech', voices: string[] = [], longestSeconds: number | null = null): Pack {
  const convention = { task: 'audio', makes, architecture: 'vits', sampleRate: 16_000, precision: '', voices, longestSeconds };
  return { manifest: { id, task: 'audio', convention }, status: { state: 'ready' } } as unknown as Pack;
}

const base = { pack: { manifest: { id: 'kiln-sound', convention: { task: 'sound' } } } as unknown as Pack, backend: 'auto' as const };

describe('sound effects', () => {
  it('become requests that the contract takes', () => {
    const request = soundRequest(base, soundSettingsSchema.parse({ effect: 'rain', seconds: 12, loop: true, seed: 7 }));
    expect(generationRequestSchema.parse(request)).toEqual(request);
    expect(request).toMatchObject({ title: 'Rain', seed: 7, params: { effect: 'rain', seconds: 12, loop: true } });
  });

  it('take the length that is usual for them, and loop only where they can', () => {
    const settings = soundSettingsSchema.parse({ effect: 'rain', seconds: 40, loop: true });
    expect(withEffect(settings, 'kick')).toMatchObject({ effect: 'kick', seconds: 0.8, loop: false });
    expect(withEffect(settings, 'waves')).toMatchObject({ seconds: 16, loop: true });
  });

  it('are previewed in short', () => {
    expect(previewRequest(base, soundSettingsSchema.parse({ seconds: 200 })).params.seconds).toBe(6);
    expect(previewRequest(base, soundSettingsSchema.parse({ seconds: 0.5 })).params.seconds).toBe(0.5);
  });
});

describe('music and narration', () => {
  const packs = [audioPack('gen', 'music', [], 30), audioPack('say', 'speech', ['alba', 'finn'])];
  const [gen, say] = packs as [Pack, Pack];

  it('come from the packs that make them', () => {
    expect(packsThatMake(packs, 'speech')).toEqual([say]);
    expect(packsThatMake([{ ...gen, status: { state: 'broken', reason: 'x' } }], 'music')).toEqual([]);
  });

  it('ask only for what the pack can do', () => {
    const settings = audioSettingsSchema.parse({ text: '  a slow waltz ', seconds: 120, voice: 'nobody' });
    const music = audioRequest({ pack: gen, backend: 'auto' }, settings);
    expect(generationRequestSchema.parse(music)).toEqual(music);
    expect(music).toMatchObject({ title: 'a slow waltz', params: { text: 'a slow waltz', seconds: 30, voice: null } });
    expect(audioRequest({ pack: say, backend: 'auto' }, { ...settings, voice: 'finn' }).params.voice).toBe('finn');
  });

  it('are titled by how they begin', () => {
    const { title } = audioRequest({ pack: say, backend: 'auto' }, audioSettingsSchema.parse({ text: 'word '.repeat(40) }));
    expect(title.length).toBeLessThanOrEqual(60);
    expect(title.endsWith('…')).toBe(true);
  });
});
