import { AppError } from '../../../shared/contract/errors.ts';
import type { Pipeline } from '../../pipeline.ts';

export const palette: Pipeline<'palette'> = () => Promise.reject(new AppError('unsupported', 'Being built.'));
