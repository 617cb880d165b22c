/**
 * Fits parameters of the sound effects by analysis and synthesis: a sound is made, measured as the published figure was, and CMA-ES
 * moves the parameters until the two agree. Writes models/packs/kiln-sound/effects.json and prints the table of its card.
 *
 *     node electron/launch/run.mjs models/training/sound/fit.ts [--check]
 *
 * --check only measures. The same numbers each time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { makeEffect, type EffectId } from '../../audio/effects/effects.ts';
import { effectParametersSchema, type EffectParameters } from '../../audio/effects/parameters.ts';
import { centroidOf } from '../../audio/testing/measure.ts';
import { slopeOf } from '../../audio/testing/spectrum-slope.ts';
import { minimise } from './cma-es.ts';

const file = new URL('../../packs/kiln-sound/effects.json', import.meta.url);
const sampleRate = 24_000;
const seeds = [11, 12];

type Path = readonly string[];

interface Knob {
  path: Path;
  low: number;
  high: number;
}

interface Measure {
  what: string;
  source: string;
  target: number;
  unit: string;
  /** Distance that counts as 1. */
  tolerance: number;
  of: (parameters: EffectParameters) => number;
}

interface Fit {
  name: string;
  knobs: readonly Knob[];
  measures: readonly Measure[];
  generations: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Measures of the same parameters share their sounds. */
const made = new WeakMap<EffectParameters, Map<string, Float32Array[]>>();
function samplesOf(id: EffectId, parameters: EffectParameters, lengthS: number, intensity = 0.5): Float32Array[] {
  const known = made.get(parameters) ?? new Map<string, Float32Array[]>();
  made.set(parameters, known);
  const name = `${id} ${String(lengthS)} ${String(intensity)}`;
  const samples = known.get(name) ?? seeds.map((seed) => makeEffect(id, parameters, { sampleRate, lengthS, seed, intensity, variation: 0 }).left);
  known.set(name, samples);
  return samples;
}
const slope = (id: EffectId, lengthS: number, lowHz: number, highHz: number) => (parameters: EffectParameters): number =>
  mean(samplesOf(id, parameters, lengthS).map((samples) => slopeOf(samples, sampleRate, lowHz, highHz).dbPerOctave));
const unevenness = (id: EffectId, lengthS: number, lowHz: number, highHz: number) => (parameters: EffectParameters): number =>
  mean(samplesOf(id, parameters, lengthS).map((samples) => slopeOf(samples, sampleRate, lowHz, highHz).unevenDb));
const centroid = (id: EffectId, lengthS: number, intensity: number) => (parameters: EffectParameters): number =>
  mean(samplesOf(id, parameters, lengthS, intensity).map((samples) => centroidOf(samples, sampleRate, 0, 65_536).hz));
const straight = (what: string, id: EffectId, lengthS: number, lowHz: number, highHz: number): Measure => ({
  what: `${what}, bands off the line`, source: 'a power law is a straight line', target: 0, unit: 'dB', tolerance: 2, of: unevenness(id, lengthS, lowHz, highHz),
}); // prettier-ignore

const fits: readonly Fit[] = [
  {
    name: 'wind',
    generations: 25,
    knobs: [
      { path: ['wind', 'edge'], low: 0.1, high: 2 },
      { path: ['wind', 'edgeQ', '0'], low: 0.4, high: 2.5 },
      { path: ['wind', 'edgeQ', '1'], low: 0.6, high: 5 },
      { path: ['wind', 'air'], low: 0.05, high: 2 },
      { path: ['wind', 'airRatio'], low: 1.5, high: 8 },
      { path: ['wind', 'topHz'], low: 800, high: 9000 },
      { path: ['wind', 'rumbleHz'], low: 60, high: 400 },
      { path: ['wind', 'rumble', '1'], low: 0.1, high: 1 },
    ],
    measures: [
      { what: 'wind, 250 to 4000 Hz', source: 'Kolmogorov’s -5/3 of turbulent pressure at an obstacle (Raspet, Webster and Dillion 2006)', target: (-5 / 3) * 3.0103, unit: 'dB/octave', tolerance: 0.3, of: slope('wind', 5, 250, 4000) },
      straight('wind', 'wind', 5, 250, 4000),
    ],
  },
  {
    name: 'waves',
    generations: 25,
    knobs: [
      { path: ['waves', 'surgeHz'], low: 300, high: 6000 },
      { path: ['waves', 'bodyQ'], low: 0.3, high: 1 },
      { path: ['waves', 'foamHz'], low: 1500, high: 8000 },
      { path: ['waves', 'foamQ'], low: 0.3, high: 2 },
      { path: ['waves', 'foam'], low: 0.02, high: 1.5 },
      { path: ['waves', 'topHz'], low: 2000, high: 11_000 },
    ],
    measures: [
      { what: 'waves, 500 to 8000 Hz', source: 'Knudsen’s -17 dB a decade of breaking waves (Knudsen, Alford and Emling 1948; Medwin and Beaky 1989)', target: -17 * Math.log10(2), unit: 'dB/octave', tolerance: 0.3, of: slope('waves', 12, 500, 8000) },
      straight('waves', 'waves', 12, 500, 8000),
    ],
  },
  {
    name: 'fire',
    generations: 25,
    knobs: [
      { path: ['fire', 'flamesHz'], low: 60, high: 500 },
      { path: ['fire', 'flamesQ'], low: 0.15, high: 1 },
      { path: ['fire', 'hiss'], low: 0.001, high: 0.1 },
      { path: ['fire', 'smallest'], low: 0.005, high: 0.06 },
    ],
    measures: [
      { what: 'fire, roar from 160 to 1000 Hz', source: '-5/2 of turbulent flames (Clavin and Siggia 1991)', target: (-5 / 2) * 3.0103, unit: 'dB/octave', tolerance: 0.4, of: slope('fire', 5, 160, 1000) },
      straight('fire', 'fire', 5, 160, 1000),
    ],
  },
  {
    name: 'thunder',
    generations: 25,
    knobs: [
      { path: ['thunder', 'farHz'], low: 40, high: 600 },
      { path: ['thunder', 'nearHz'], low: 50, high: 1500 },
      { path: ['thunder', 'strikeHz'], low: 100, high: 8000 },
      { path: ['thunder', 'fading'], low: 2, high: 6 },
    ],
    measures: [
      { what: 'thunder, distant: centroid', source: 'middle of 100 to 400 Hz, the band observed of distant flashes (microphone array, 2021)', target: 200, unit: 'Hz', tolerance: 20, of: centroid('thunder', 6, 0) },
      { what: 'thunder, near: centroid', source: 'middle of 300 to 700 Hz, the band observed of close flashes (microphone array, 2021)', target: 458, unit: 'Hz', tolerance: 40, of: centroid('thunder', 6, 1) },
    ],
  },
]; // prettier-ignore

type Json = number | string | readonly Json[] | { readonly [name: string]: Json };

function withValue(value: Json, [name, ...rest]: Path, to: number): Json {
  if (name === undefined) return to;
  if (typeof value !== 'object') throw new Error(`There is no ${name} in ${String(value)}.`);
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => [key, key === name ? withValue(inner, rest, to) : inner]);
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
function valueAt(value: Json, path: Path): number {
  const found = path.reduce<Json | undefined>((inner, name) => (typeof inner === 'object' ? Object.entries(inner).find(([key]) => key === name)?.[1] : undefined), value);
  if (typeof found !== 'number') throw new Error(`There is no number at ${path.join('.')}.`);
  return found;
}
/** Frequencies and ratios are moved by factors. */
const valueOf = ({ low, high }: Knob, at: number): number => Number((low * (high / low) ** at).toPrecision(4));
const placeOf = ({ low, high }: Knob, value: number): number => Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low)));

let json = JSON.parse(readFileSync(file, 'utf8')) as Json;
const rows: { what: string; source: string; target: string; before: string; after: string }[] = [];
for (const { name, knobs, measures, generations } of fits) {
  const at = (point: readonly number[]): Json => knobs.reduce((inner, knob, index) => withValue(inner, knob.path, valueOf(knob, point[index] ?? 0)), json);
  const measured = (value: Json): number[] => {
    const parameters = effectParametersSchema.parse(value);
    return measures.map((measure) => measure.of(parameters));
  };
  const loss = (point: readonly number[]): number =>
    measured(at(point)).reduce((sum, value, index) => sum + ((value - (measures[index]?.target ?? 0)) / (measures[index]?.tolerance ?? 1)) ** 2, 0);
  const before = measured(json);
  if (!process.argv.includes('--check')) {
    const start = knobs.map((knob) => placeOf(knob, valueAt(json, knob.path)));
    const found = minimise(loss, start, { generations, seed: 7 });
    json = at(found.point);
    process.stderr.write(`${name}: ${String(found.evaluations)} sounds, loss ${found.loss.toFixed(3)}\n`);
  }
  const after = measured(json);
  measures.forEach(({ what, source, target, unit }, index) => {
    const written = (value: number | undefined): string => `${(value ?? NaN).toFixed(unit === 'Hz' ? 0 : 2)} ${unit}`;
    rows.push({ what, source, target: written(target), before: written(before[index]), after: written(after[index]) });
  });
}
writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`);
console.log('| what | target | before | fitted | published by |\n|---|---|---|---|---|');
for (const { what, target, before, after, source } of rows) console.log(`| ${what} | ${target} | ${before} | ${after} | ${source} |`);
