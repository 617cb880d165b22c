/** Music in words for the history: what was asked for, and what came of it. */
import type { AudioRequest, Generation, ScoreRequest, SoundRequest } from '../../shared/domain/generation.ts';
import { drumStyleLabel } from '../../shared/music/drum-styles.ts';
import { effectLabel } from '../../shared/music/effect-names.ts';
import { keyName } from '../../shared/music/harmony.ts';
import { scoreDetailsSchema, scoreModeLabels, type ScoreParams } from '../../shared/pipelines/score.ts';

export const musicLabels: Readonly<Record<string, string>> = {
  mode: 'Did',
  bpm: 'Tempo',
  regions: 'Where',
  write: 'Wrote',
  melodyTrackId: 'Melody track',
  drumStyle: 'Drummer',
  place: 'Place on the map',
  topP: 'Top-p',
  topK: 'Top-k',
};

type Fact = [name: string, value: string | number | boolean];

const densities = ['Sparse', 'Calm', 'Medium', 'Lively', 'Busy'];
const parts = { 'melody-and-piano': 'Melody and piano', piano: 'Piano', melody: 'Melody' } as const;
const methods = { auto: 'By the material', masked: 'Hearing what follows', autoregressive: 'Note by note' } as const;
const written = { harmony: 'Harmony', bass: 'Bass line', piano: 'Piano', drums: 'Drums' } as const;
const styles = { chorale: 'Chorale', song: 'Song with piano', drums: 'Drums' } as const;
const percent = (share: number): string => `${String(Math.round(share * 100))} %`;
const drummer = (style: string | null): Fact[] => (style === null ? [] : [['drumStyle', drumStyleLabel(style)]]);

function regionsText(regions: readonly { trackId: string }[]): string {
  const tracks = [...new Set(regions.map(({ trackId }) => trackId))];
  const places = regions.length === 1 ? 'One place' : `${String(regions.length)} places`;
  return `${places} in ${tracks.length > 4 ? `${String(tracks.length)} tracks` : tracks.join(', ')}`;
}

function composed(params: Extract<ScoreParams, { mode: 'generate' | 'continue' }>): Fact[] {
  const { style, key, metre, bpm, density, mode } = params;
  const facts: Fact[] = [
    ['style', styles[style]],
    ['bars', params.bars],
  ];
  // What is continued brings its own.
  if (mode === 'generate') {
    if (style !== 'drums') facts.push(['key', key === null ? 'Any' : keyName(key)]);
    facts.push(['metre', `${String(metre.numerator)}/${String(metre.denominator)}`], ['bpm', `${String(bpm)} bpm`]);
    if (style === 'song') facts.push(['parts', parts[params.parts]]);
    if (style === 'drums') facts.push(...drummer(params.drumStyle), ['drumFill', params.drumFill]);
  }
  facts.push(['density', density === null ? 'Any' : (densities[density] ?? density)]);
  return facts;
}

function scoreFacts(params: ScoreParams): Fact[] {
  switch (params.mode) {
    case 'generate':
    case 'continue':
      return composed(params);
    case 'fill':
      return [
        ['regions', regionsText(params.regions)],
        ['method', methods[params.method]],
        ['passes', params.passes],
      ];
    case 'accompany':
      return [
        ['write', written[params.write]],
        ['melodyTrackId', params.melodyTrackId],
        ...(params.write === 'drums' ? drummer(params.drumStyle) : []),
      ];
    case 'vary':
      return [
        ['amount', percent(params.amount)],
        ['regions', params.regions.length === 0 ? 'Everywhere' : regionsText(params.regions)],
      ];
    case 'morph':
      return [['steps', params.steps]];
    case 'map':
      return [['place', `${params.x.toFixed(2)} across, ${params.y.toFixed(2)} up`]];
    case 'humanise':
      return [['amount', percent(params.amount)], ...drummer(params.drumStyle)];
  }
}

/** By name, in the order people think of them. */
export function musicFacts(request: ScoreRequest | SoundRequest | AudioRequest): Fact[] {
  if (request.kind === 'score') {
    const { params } = request;
    const { temperature, topP, topK } = params;
    return [
      ['mode', scoreModeLabels[params.mode]],
      ...scoreFacts(params),
      ['temperature', temperature],
      ['topP', topP],
      ['topK', topK === 0 ? 'All' : topK],
    ];
  }
  if (request.kind === 'sound') {
    const { effect, seconds, variation, intensity, loop } = request.params;
    return [
      ['effect', effectLabel(effect)],
      ['seconds', seconds],
      ['variation', variation],
      ['intensity', intensity],
      ['loop', loop],
    ];
  }
  const { voice, ...params } = request.params;
  return [...Object.entries(params), ...(voice === null ? [] : ([['voice', voice]] satisfies Fact[]))];
}

/** What a score turned out to be. */
export function clipRows(details: Generation['details']): { label: string; value: string }[] {
  const clip = scoreDetailsSchema.safeParse(details['clip']);
  if (!clip.success) return [];
  const { bars, notes, bpm, key, seconds } = clip.data;
  const time = `${String(Math.floor(seconds / 60))}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
  return [
    { label: 'Result', value: `${String(bars)} ${bars === 1 ? 'bar' : 'bars'}, ${notes.toLocaleString()} notes, ${time}` },
    ...(key === null ? [] : [{ label: 'Sounds in', value: key }]),
    { label: 'Result’s tempo', value: `${String(Math.round(bpm * 100) / 100)} bpm` },
  ];
}
