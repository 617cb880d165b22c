import { describe, expect, it } from 'vitest';
import { generationRequestSchema } from '../../shared/domain/generation.ts';
import { parameterRows } from './generation-words.ts';
import { clipRows } from './music-words.ts';

const base = { projectId: null, packId: 'kiln-music', seed: 1, backend: 'auto', placement: null, parentId: null, inputs: {} };
const rows = (kind: string, params: object): Record<string, string> =>
  Object.fromEntries(parameterRows(generationRequestSchema.parse({ kind, ...base, params })).map(({ label, value }) => [label, value]));

describe('music in words', () => {
  it('says what a new piece was asked to be', () => {
    expect(rows('score', { mode: 'generate', key: { fifths: -1, mode: 'minor' }, metre: { numerator: 3, denominator: 4 } })).toMatchObject({
      Did: 'New piece',
      Style: 'Chorale',
      Bars: '8',
      Key: 'D minor',
      Metre: '3/4',
      Tempo: '96 bpm',
      Density: 'Any',
      'Top-k': 'All',
    });
    expect(rows('score', { mode: 'generate', style: 'drums', drumStyle: 'hiphop' })).toMatchObject({
      Drummer: 'Hip-hop',
      'Drum fill': 'Off',
    });
    expect(rows('score', { mode: 'continue', bars: 4 })).not.toHaveProperty('Key');
  });

  it('says where and how a piece was changed', () => {
    const regions = [
      { trackId: 'left', start: 0, end: 10 },
      { trackId: 'left', start: 20, end: 30 },
    ];
    expect(rows('score', { mode: 'fill', regions })).toMatchObject({ Did: 'Write selection anew', Where: '2 places in left' });
    expect(rows('score', { mode: 'vary', amount: 0.35 })).toMatchObject({ Amount: '35 %', Where: 'Everywhere' });
    expect(rows('score', { mode: 'map', x: 0.5, y: -0.25 })).toMatchObject({ 'Place on the map': '0.50 across, -0.25 up' });
    expect(rows('score', { mode: 'accompany', melodyTrackId: 'soprano', write: 'bass' })).toMatchObject({ Wrote: 'Bass line' });
  });

  it('names sounds and voices', () => {
    expect(rows('sound', { effect: 'impact-wood' })).toMatchObject({ Effect: 'Blow on wood', Loop: 'Off' });
    expect(rows('audio', { text: 'Hello', voice: 'alba' })).toMatchObject({ Text: 'Hello', Voice: 'alba' });
    expect(rows('audio', { text: 'Hello' })).not.toHaveProperty('Voice');
  });

  it('says what a score turned out to be', () => {
    expect(clipRows({ clip: { bars: 8, notes: 77, bpm: 96, key: 'D minor', seconds: 20 } })).toEqual([
      { label: 'Result', value: '8 bars, 77 notes, 0:20' },
      { label: 'Sounds in', value: 'D minor' },
      { label: 'Result’s tempo', value: '96 bpm' },
    ]);
    expect(clipRows({})).toEqual([]);
  });
});
