/** The palette flow's two graphs: latents to OKLab colours, and OKLab colours to latents with their exact log-likelihood. */
import { AppError } from '../../shared/contract/errors.ts';
import type { ModelSession } from '../runtime.ts';

/** Rows of a batch: bounds memory on every backend. */
const batchRows = 2048;

/**
 * @param latents [n, dims] row by row; standard normal for plain samples
 * @returns [n, dims] OKLab colours one after the other; may lie outside sRGB
 */
export async function decodePalettes(session: ModelSession, dims: number, latents: Float32Array): Promise<Float32Array> {
  const result = new Float32Array(latents.length);
  for (let row = 0; row < latents.length / dims; row += batchRows) {
    const part = latents.slice(row * dims, (row + batchRows) * dims);
    const { colours } = await session.run({ z: { type: 'float32', dims: [part.length / dims, dims], data: part } });
    result.set(floats(colours?.data, part.length, 'colours'), row * dims);
  }
  return result;
}

export interface PaletteScores {
  /** [n, dims] */
  latents: Float32Array;
  /** [n], natural log of the density in OKLab. */
  logLikelihoods: Float32Array;
}

/** @param colours [n, dims] OKLab colours one after the other */
export async function scorePalettes(session: ModelSession, dims: number, colours: Float32Array): Promise<PaletteScores> {
  const count = colours.length / dims;
  const latents = new Float32Array(colours.length);
  const logLikelihoods = new Float32Array(count);
  for (let row = 0; row < count; row += batchRows) {
    const part = colours.slice(row * dims, (row + batchRows) * dims);
    const rows = part.length / dims;
    const output = await session.run({ colours: { type: 'float32', dims: [rows, dims], data: part } });
    latents.set(floats(output['z']?.data, part.length, 'z'), row * dims);
    logLikelihoods.set(floats(output['log_likelihood']?.data, rows, 'log_likelihood'), row);
  }
  return { latents, logLikelihoods };
}

function floats(data: unknown, length: number, name: string): Float32Array {
  if (data instanceof Float32Array && data.length === length && data.every(Number.isFinite)) return data;
  throw new AppError('model-output-invalid', `The palette model's output "${name}" is missing, of another size or not finite.`, {
    action: 'Try another backend; if that fails too, the pack is damaged.',
  });
}
