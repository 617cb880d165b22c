import { AppError } from '../../../shared/contract/errors.ts';
import type { Pipeline } from '../../pipeline.ts';

export const upscale: Pipeline<'upscale'> = () => Promise.reject(new AppError('unsupported', 'Being built.'));
