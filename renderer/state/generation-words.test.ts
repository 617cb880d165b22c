import { describe, expect, it } from 'vitest';
import { generationRequestSchema, type Generation, type GenerationRequest } from '../../shared/domain/generation.ts';
import { differences, palettesIn, parameterRows, plainDetails, words } from './generation-words.ts';

const hash = 'a'.repeat(64);
function request(kind: string, params: object, inputs: object, more: object = {}): GenerationRequest {
  const base = { projectId: null, packId: 'kiln-x', seed: 3, backend: 'cpu', placement: null, parentId: null };
  return generationRequestSchema.parse({ kind, ...base, params, inputs, ...more });
}
const generation = (given: GenerationRequest): Generation =>
  ({ request: given, pack: { id: 'kiln-x', name: 'X', version: '1.0.0', packHash: hash } }) as Generation;

describe('parameters in words', () => {
  it('names every parameter as its panel does, with units', () => {
    const rows = parameterRows(request('inpaint', { feather: 12, contextPadding: 0.1 + 0.2 }, { image: hash, mask: hash }));
    expect(rows).toContainEqual({ name: 'feather', label: 'Feather', value: '12 px', colours: null });
    expect(rows).toContainEqual({ name: 'contextPadding', label: 'Context padding', value: '0.3 ×', colours: null });
    expect(rows).toContainEqual({ name: 'colourMatch', label: 'Colour match', value: 'On', colours: null });
  });

  it('keeps colours as colours', () => {
    const rows = parameterRows(request('palette', { colours: ['#102030', null] }, {}));
    expect(rows.find((row) => row.name === 'colours')).toMatchObject({ value: '#102030, free', colours: ['#102030', null] });
  });

  it('tells only what differs', () => {
    const inputs = { image: hash, mask: hash };
    const [one, two] = [request('inpaint', { feather: 4 }, inputs), request('inpaint', { feather: 8 }, inputs, { seed: 5 })];
    expect(differences(generation(one), generation(two))).toEqual([
      { label: 'Seed', first: '3', second: '5' },
      { label: 'Feather', first: '4 px', second: '8 px' },
    ]);
    const other = differences(generation(one), generation(request('texture', {}, {})));
    expect(other).toContainEqual({ label: 'Feather', first: '4 px', second: '–' });
  });

  it('leaves out what had no say in a diffusion, and names add-ons', () => {
    const plain = parameterRows(request('diffusion', { prompt: 'a red apple', steps: 4 }, {}));
    const names = plain.map(({ name }) => name);
    expect(plain[0]).toEqual({ name: 'prompt', label: 'Prompt', value: 'a red apple', colours: null });
    expect(names).toContain('steps');
    for (const silent of ['negativePrompt', 'strength', 'feather', 'freeU', 'loras', 'controls', 'width', 'variationSeed']) {
      expect(names).not.toContain(silent);
    }
    const freeU = { b1: 1.5, b2: 1.6, s1: 0.9, s2: 0.2 };
    const full = parameterRows(
      request('diffusion', { loras: [{ packId: 'ink', weight: 0.8 }], freeU, strength: 0.4, sampler: 'LCMScheduler' }, { image: hash }),
      (id) => `The ${id}`,
    );
    expect(full).toContainEqual({ name: 'loras', label: 'LoRAs', value: 'The ink × 0.8', colours: null });
    expect(full).toContainEqual({ name: 'freeU', label: 'FreeU', value: 'b 1.5, 1.6; s 0.9, 0.2', colours: null });
    expect(full).toContainEqual({ name: 'strength', label: 'Denoising strength', value: '0.4', colours: null });
    expect(full).toContainEqual({ name: 'sampler', label: 'Sampler', value: 'LCM', colours: null });
  });

  it('reads names of parameters that have no panel', () => expect(words('normalStrength')).toBe('Normal strength'));
});

describe('details', () => {
  it('finds palettes at any depth, and leaves other lists alone', () => {
    const details = { palettes: [{ colours: ['#000000', '#ffffff'], likelihood: -3 }, { colours: ['#123456'] }], names: ['a', 'b'] };
    expect(palettesIn(details)).toEqual([['#000000', '#ffffff'], ['#123456']]);
    expect(palettesIn(null)).toEqual([]);
  });

  it('lists plain facts', () => {
    expect(plainDetails({ usedFactor: 2, list: [1], note: 'soft' })).toEqual([
      { label: 'Used factor', value: '2' },
      { label: 'Note', value: 'soft' },
    ]);
  });
});
