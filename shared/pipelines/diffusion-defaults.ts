/** What a run takes up when nothing is said: the pack's own numbers. */
import type { DiffusionConvention } from '../domain/diffusion-convention.ts';
import type { DiffusionParams } from './diffusion.ts';

export function packDefaults({
  defaults,
  nativeSize,
}: DiffusionConvention): Pick<DiffusionParams, 'steps' | 'guidanceScale' | 'width' | 'height'> {
  return { ...defaults, ...nativeSize };
}
