import { AppError } from '../../../shared/contract/errors.ts';
import type { Pipeline } from '../../pipeline.ts';

export const texture: Pipeline<'texture'> = () => Promise.reject(new AppError('unsupported', 'Being built.'));
