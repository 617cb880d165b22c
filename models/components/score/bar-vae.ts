/** Encoders of bars, and the decoder of drum bars: graphs that take a batch to a batch. Bars of notes are decoded as events. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { ModelSession, TensorValue } from '../../runtime.ts';

export const barSteps = 16;
export const drumCount = 9;
/** Hit, velocity, timing. */
export const drumValues = 3;
/** Values of one bar. */
export const barTokens = barSteps * 4;
export const drumBarValues = barSteps * drumCount * drumValues;

/** Bars a run: bounds memory on every backend. */
const batchBars = 256;

interface BatchGraph {
  session: ModelSession;
  file: string;
  /** Values of a row that goes in, and of one that comes out. */
  from: number;
  to: number;
}

async function runBatches(
  { session, file, from, to }: BatchGraph,
  rows: number,
  feedsOf: (start: number, end: number) => Record<string, TensorValue>,
  output: string,
): Promise<Float32Array> {
  const result = new Float32Array(rows * to);
  for (let start = 0; start < rows; start += batchBars) {
    const end = Math.min(rows, start + batchBars);
    const found = (await session.run(feedsOf(start * from, end * from)))[output];
    if (found === undefined || !(found.data instanceof Float32Array) || found.data.length !== (end - start) * to) {
      throw new AppError('model-output-invalid', `The graph "${file}" gave no "${output}" of ${String(to)} numbers a bar.`, {
        action: 'Install the pack again, or choose another backend in the settings.',
      });
    }
    result.set(found.data, start * to);
  }
  return result;
}

/**
 * @param tokens [bars, 16, 4]: see models/pipelines/score/voices/tokens.ts
 * @returns [bars, latent]: means of the posteriors
 */
export function encodeBars(session: ModelSession, file: string, latent: number, tokens: Int32Array): Promise<Float32Array> {
  const feeds = (start: number, end: number): Record<string, TensorValue> => ({
    tokens: {
      type: 'int64',
      dims: [(end - start) / barTokens, barSteps, 4],
      data: BigInt64Array.from(tokens.subarray(start, end), BigInt),
    },
  });
  return runBatches({ session, file, from: barTokens, to: latent }, tokens.length / barTokens, feeds, 'mean');
}

/**
 * @param hits [bars, 16, 9, 3]: hit 0 or 1, velocity 0..1, timing -0.5..0.5 of a 16th
 * @returns [bars, latent]
 */
export function encodeDrumBars(session: ModelSession, file: string, latent: number, hits: Float32Array): Promise<Float32Array> {
  const feeds = (start: number, end: number): Record<string, TensorValue> => ({
    hits: { type: 'float32', dims: [(end - start) / drumBarValues, barSteps, drumCount, drumValues], data: hits.slice(start, end) },
  });
  return runBatches({ session, file, from: drumBarValues, to: latent }, hits.length / drumBarValues, feeds, 'mean');
}

/** @returns [bars, 16, 9, 3]: probability of a hit, velocity, timing */
export function decodeDrumBars(session: ModelSession, file: string, latent: number, latents: Float32Array): Promise<Float32Array> {
  const feeds = (start: number, end: number): Record<string, TensorValue> => ({
    latent: { type: 'float32', dims: [(end - start) / latent, latent], data: latents.slice(start, end) },
  });
  return runBatches({ session, file, from: latent, to: drumBarValues }, latents.length / latent, feeds, 'hits');
}
