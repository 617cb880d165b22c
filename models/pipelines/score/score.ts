import { AppError } from '../../../shared/contract/errors.ts';
import type { Pipeline } from '../../pipeline.ts';

export const score: Pipeline<'score'> = () => Promise.reject(new AppError('unsupported', 'This is not built yet.'));
