/** One diffusion run as writers of other programs' metadata need it. */
import type { DiffusionRequest } from '../domain/generation.ts';
import type { Size } from '../domain/geometry.ts';

export interface MadeWith {
  request: Pick<DiffusionRequest, 'seed' | 'params' | 'inputs'>;
  /** Of the result; null when it is not known. */
  size: Size | null;
  /** diffusers' class name of what ran, where the request left it to the pack; null when it is not known. */
  scheduler: string | null;
  /** The pack's name. */
  model: string;
  /** "Kiln 1.2.3" */
  software: string;
}
