/** The UNet behind one call, whatever names, element types and ranks its graph has. */
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { ModelSession } from '../../runtime.ts';
import type { DenoiserCall } from './types.ts';

export interface Denoiser {
  /** Inputs the graph has beside sample, timestep and encoder_hidden_states: the call must give each, and none other. */
  readonly needs: { readonly pooled: boolean; readonly timeIds: boolean; readonly timestepCond: boolean; readonly controls: boolean };
  /** Channels of `sample`; the convention's where the graph leaves them free. */
  readonly inChannels: number;
  /** Sides of the latents that the graph fixes; null: free. */
  readonly fixedSize: { readonly width: number; readonly height: number } | null;
  /** Items the graph takes at once, when it fixes them; larger and smaller batches are cut and filled up. null: free. */
  readonly fixedBatch: number | null;
  /**
   * One evaluation.
   * @returns the prediction (noise, v or sample), float32 [batch, out channels, height, width]. It may be the runtime's own
   *   buffer: read it before the next call
   * @throws model-mismatch when the call lacks an input the graph has, model-output-invalid for another shape or NaN
   */
  run(call: DenoiserCall): Promise<Float32Array>;
}

/**
 * Reads a session's signature once.
 * @throws model-mismatch when it is no denoiser, unsupported for class-conditional ones and for transformers (SD3, Flux)
 */
export function createDenoiser(session: ModelSession, convention: Pick<DiffusionConvention, 'inChannels' | 'controls'>): Denoiser {
  [session, convention];
  throw new Error('Not written yet.');
}
