/** Textual inversion (Gal et al., arXiv:2208.01618) as trainers store it: where the vectors for each text encoder are. */
import { AppError } from '../contract/errors.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensors.ts';

export interface EmbeddingVectors {
  /** For the first text encoder: clip_l, or the only one. [vectors, width]; a single vector may come without the first axis. */
  first: SafetensorsTensor;
  /** SDXL's second: clip_g. */
  second: SafetensorsTensor | null;
  /** The word it was trained as, where the file says; null: named by its file. */
  token: string | null;
}

const mostVectors = 75;

export const vectorsOf = ({ shape }: SafetensorsTensor): { vectors: number; width: number } =>
  shape.length === 1 ? { vectors: 1, width: shape[0] ?? 0 } : { vectors: shape[0] ?? 0, width: shape[1] ?? 0 };

/** Null: no embedding at all. @throws pack-invalid when it holds a strange number of vectors */
export function embeddingVectors({ tensors }: SafetensorsHeader): EmbeddingVectors | null {
  const find = (name: string): SafetensorsTensor | undefined => tensors.get(name);
  const first = find('clip_l') ?? find('emb_params');
  const second = find('clip_g');
  if (first !== undefined) return checked({ first, second: second ?? null, token: null });
  const [only] = tensors;
  if (tensors.size !== 1 || only === undefined || only[1].shape.length > 2 || only[1].shape.length === 0) return null;
  return checked({ first: only[1], second: null, token: only[0].slice(0, 100) });
}

function checked(found: EmbeddingVectors): EmbeddingVectors {
  const counts = [found.first, found.second].flatMap((tensor) => (tensor === null ? [] : [vectorsOf(tensor)]));
  const [one] = counts;
  if (
    one === undefined ||
    counts.some(({ vectors, width }) => vectors < 1 || vectors > mostVectors || width < 1 || width > 8192 || vectors !== one.vectors)
  ) {
    throw new AppError('pack-invalid', 'The embedding does not hold between 1 and 75 vectors.', { action: 'Choose another one.' });
  }
  return found;
}
