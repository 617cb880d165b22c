/** A run of the score pipeline over graphs that are functions. */
import { scoreVocabularySchema } from '../../../../shared/domain/music-convention.ts';
import { packManifestSchema } from '../../../../shared/domain/pack-manifest.ts';
import type { PipelineContext } from '../../../pipeline.ts';
import type { ModelSession, TensorValue } from '../../../runtime.ts';
import { noAddOns } from '../../../testing/no-add-ons.ts';
import { createScoreRun, type ScoreRun } from '../run.ts';

export type FakeGraph = (feeds: Readonly<Record<string, TensorValue>>) => Record<string, TensorValue>;

export const fakeLatent = 8;
const eventModel = (name: string, fields: readonly number[], conditions: readonly number[], latent = 0): Record<string, unknown> => ({
  step: `${name}-step.onnx`, head: `${name}-head.onnx`, fields, conditions, layers: 1, heads: 1, headWidth: 1, width: 64, window: 64, latent,
}); // prettier-ignore

export const fakeVocabulary = scoreVocabularySchema.parse({
  eventModels: {
    chorale: eventModel('chorale', [53, 53, 53, 53], [17, 25, 6, 6]),
    song: eventModel('song', [146, 4, 89, 25], [25, 10, 8, 6, 4, 6]),
    drums: eventModel('drums', [50, 10, 17, 18], [19, 8, 10, 3, 6, 6]),
    bar: eventModel('bar', [177, 177, 177, 177], [17], fakeLatent),
  },
  masked: { file: 'masked.onnx', window: 128 },
  barEncoder: { file: 'bar-encoder.onnx', latent: fakeLatent },
  drumVae: { encoder: 'drum-encoder.onnx', decoder: 'drum-decoder.onnx', latent: 4 },
  drumStyles: ['rock'],
  densities: { chorale: [1, 2, 3, 4], song: [1, 2, 3, 4], drums: [1, 2, 3, 4] },
  barPlane: {
    mean: new Array<number>(fakeLatent).fill(0),
    axes: [[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]],
    drumMean: [0, 0, 0, 0],
    drumAxes: [[1, 0, 0, 0], [0, 1, 0, 0]],
  },
}); // prettier-ignore

const inputNames: Readonly<Record<string, readonly string[]>> = {
  'masked.onnx': ['tokens', 'conditions'],
  'bar-encoder.onnx': ['tokens'],
  'bar-decoder-step.onnx': ['fields', 'conditions', 'past', 'latent'],
  'bar-step.onnx': ['fields', 'conditions', 'past', 'latent'],
  'bar-head.onnx': ['hidden', 'fields'],
  'drum-encoder.onnx': ['hits'],
  'drum-decoder.onnx': ['latent'],
};
const outputNames: Readonly<Record<string, readonly string[]>> = {
  'masked.onnx': ['logits'],
  'bar-encoder.onnx': ['mean', 'deviation'],
  'bar-step.onnx': ['hidden', 'present'],
  'bar-head.onnx': ['logits'],
  'drum-encoder.onnx': ['mean', 'deviation'],
  'drum-decoder.onnx': ['hits'],
};
const signatures = (names: readonly string[]): ModelSession['inputs'] => names.map((name) => ({ name, type: 'float32', dimensions: [] }));

export interface FakeRun {
  run: ScoreRun;
  fractions: number[];
}

export function fakeRun(
  graphs: Readonly<Record<string, FakeGraph>>,
  seed = 1,
  signal: AbortSignal = new AbortController().signal,
): FakeRun {
  const manifest = packManifestSchema.parse({
    formatVersion: 1,
    id: 'fake-music',
    name: 'Fake',
    version: '1.0.0',
    task: 'score',
    family: 'autoregressive',
    licence: null,
    model: 'vocabulary.json',
    files: [{ path: 'vocabulary.json', sha256: 'b'.repeat(64), sizeBytes: 1 }],
    convention: { task: 'score', vocabulary: 'vocabulary.json' },
  });
  const { convention } = manifest;
  if (convention.task !== 'score') throw new Error('The fake is of scores.');
  const fractions: number[] = [];
  const context: PipelineContext<'score'> = {
    manifest,
    convention,
    ...noAddOns,
    session(file = '') {
      const graph = graphs[file];
      if (graph === undefined) return Promise.reject(new Error(`The fake has no graph "${file}".`));
      return Promise.resolve({
        inputs: signatures(inputNames[file] ?? []),
        outputs: signatures(outputNames[file] ?? []),
        run: (feeds) => Promise.resolve(graph(feeds)),
      });
    },
    packText: () => Promise.reject(new Error('The fake has no files.')),
    signal,
    progress: (_phase, _step, _steps, fraction) => void fractions.push(fraction),
    preview: () => undefined,
    time: async (_phase, work) => work(),
    note: () => undefined,
    detail: () => undefined,
  };
  return { run: createScoreRun(context, fakeVocabulary, seed), fractions };
}

export const floats = (data: Float32Array, dims: readonly number[]): TensorValue => ({ type: 'float32', dims, data });
export const wholeNumbers = (value: TensorValue | undefined): number[] => (value === undefined ? [] : Array.from(value.data, Number));
