import { calls, type CallName, type CallOutput } from '../../shared/contract/calls.ts';
import { AppError } from '../../shared/contract/errors.ts';

/** Throws `internal` when the answer is not what the contract says. */
export function parseOutput<Name extends CallName>(name: Name, output: unknown): CallOutput<Name> {
  const parsed = calls[name].output.safeParse(output);
  if (!parsed.success) {
    throw new AppError('internal', `The studio answered ${name} in a form this window does not understand.`, {
      action: 'Reload the window; if it stays, the studio and the window are of different versions.',
      cause: parsed.error,
    });
  }
  return parsed.data as CallOutput<Name>;
}
