import { describe, expect, it } from 'vitest';
import { scoreRequestSchema } from '../../../shared/domain/generation.ts';
import type { AssetHash, GenerationId, PackId } from '../../../shared/domain/ids.ts';
import { emptyScore, type Note, type Track } from '../../../shared/music/score.ts';
import { scoreModeLabels, type ScoreMode } from '../../../shared/pipelines/score.ts';
import { composeSettingsSchema, paramsOf, scoreRequests, settingsOf, styleOf, type Targets } from './requests.ts';

const settings = composeSettingsSchema.parse({});
const targets: Targets = {
  regions: [{ trackId: 'left', start: 7680, end: 11_520 }],
  melodyTrackId: 'right',
  style: 'song',
  place: { x: 0.25, y: -0.5 },
};
const base = {
  projectId: null,
  packId: 'kiln-score' as PackId,
  backend: 'auto' as const,
  parentId: '01ARZ3NDEKTSV4RRFFQ69G5FAV' as GenerationId,
  title: 'Evening',
};
const score = 'a'.repeat(64) as AssetHash;
const other = 'b'.repeat(64) as AssetHash;
const modes = Object.keys(scoreModeLabels) as ScoreMode[];

describe('requests', () => {
  it.each(modes)('of the mode %s are what the contract takes', (mode) => {
    const requests = scoreRequests(base, paramsOf(mode, settings, targets), { score, other }, { seed: 5, count: 2 });
    for (const request of requests) expect(scoreRequestSchema.parse(request)).toEqual(request);
    expect(requests).toHaveLength(mode === 'morph' || mode === 'map' ? 1 : 2);
    expect(requests[0]).toMatchObject({ parentId: base.parentId, title: 'Evening', seed: 5 });
  });

  it('take the seeds that follow, round the end', () => {
    const seeds = scoreRequests(base, paramsOf('vary', settings, targets), { score }, { seed: 0xffff_ffff, count: 3 }).map(
      ({ seed }) => seed,
    );
    expect(seeds).toEqual([0xffff_ffff, 0, 1]);
  });

  it('for a new piece carry no input', () => {
    const [request] = scoreRequests(base, paramsOf('generate', settings, targets), { score }, { seed: 1, count: 1 });
    expect(request?.inputs).toEqual({});
    expect(request?.params).toMatchObject({ mode: 'generate', style: 'chorale', bars: 8, bpm: 96, temperature: 1, topP: 0.95 });
  });

  it('carry what their mode acts on', () => {
    expect(paramsOf('fill', settings, targets)).toMatchObject({ regions: targets.regions, method: 'auto', passes: 48 });
    expect(paramsOf('continue', settings, targets)).toMatchObject({ style: 'song', bars: 4 });
    expect(paramsOf('map', settings, targets)).toMatchObject({ x: 0.25, y: -0.5, regions: targets.regions });
    expect(paramsOf('accompany', { ...settings, write: 'harmony' }, targets)).toMatchObject({ melodyTrackId: 'right', write: 'harmony' });
  });

  it.each(modes)('of the mode %s come back into the panel', (mode) => {
    const set = composeSettingsSchema.parse({
      bars: 12,
      moreBars: 3,
      temperature: 0.6,
      variation: 0.7,
      steps: 9,
      write: 'piano',
      humanise: 0.4,
      method: 'masked',
    });
    const params = paramsOf(mode, set, targets);
    expect(paramsOf(mode, { ...settings, ...settingsOf(params) }, targets)).toEqual(params);
  });

  it('are not made without a melody to accompany or anything to fill', () => {
    expect(() => paramsOf('accompany', settings, { ...targets, melodyTrackId: null })).toThrow();
    expect(() => paramsOf('fill', settings, { ...targets, regions: [] })).toThrow();
  });
});

describe('the style of a piece', () => {
  const note = (start: number, pitch: number): Note => ({ start, duration: 480, pitch, velocity: 80 });
  const track = (id: string, notes: Note[], drums = false): Track => ({
    id,
    name: id,
    instrument: drums ? { kind: 'drums' } : { kind: 'melodic', program: 0 },
    notes,
    volume: 0.8,
    pan: 0,
    muted: false,
    solo: false,
    reverb: 0.2,
  });
  const piece = (tracks: Track[]) => ({ ...emptyScore({ bars: 1, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null }), tracks });

  it('is told from its tracks', () => {
    const line = [note(0, 60), note(480, 62)];
    const voices = ['s', 'a', 't', 'b'].map((id) => track(id, line));
    expect(styleOf(piece(voices))).toBe('chorale');
    expect(styleOf(piece([...voices.slice(1), track('s', [note(0, 60), note(0, 64)])]))).toBe('song');
    expect(styleOf(piece([track('kit', [note(0, 36)], true)]))).toBe('drums');
    expect(styleOf(piece([...voices, track('kit', [note(0, 36)], true)]))).toBe('song');
    expect(styleOf(piece([]))).toBe('song');
  });
});
