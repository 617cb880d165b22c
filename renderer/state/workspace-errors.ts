/** What the canvas says when there is nothing to work on. */
import { AppError } from '../../shared/contract/errors.ts';

export function nothingOpen(): AppError {
  return new AppError('not-found', 'No picture is open.', { action: 'Open one first: drop it on the window or press Ctrl+O.' });
}

export function nothingMasked(): AppError {
  return new AppError('mask-empty', 'Nothing is masked.', { action: 'Paint over what you want to replace.' });
}
