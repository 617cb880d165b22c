import { AppError } from '../../../shared/contract/errors.ts';
import type { Pipeline } from '../../pipeline.ts';

export const stylize: Pipeline<'stylize'> = () => Promise.reject(new AppError('unsupported', 'Being built.'));
