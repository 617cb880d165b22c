/** Text to image, image to image, inpainting, outpainting and variations: one engine over the packs people have. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Pipeline } from '../../pipeline.ts';

export const diffusion: Pipeline<'diffusion'> = () => Promise.reject(new AppError('unsupported', 'Diffusion is being built.'));
