import type { ParseArgsConfig } from 'node:util';
import { AppError } from '../../shared/contract/errors.ts';
import type { StudioCore } from '../services/create-services.ts';
import type { Output } from './output.ts';

export interface CommandContext {
  studio: StudioCore;
  output: Output;
  positionals: string[];
  flags: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  /** Aborted by Ctrl+C. */
  signal: AbortSignal;
}

export interface Command {
  summary: string;
  usage: string;
  help: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** What the command does when the library is open in another Kiln: work in a temporary one, or say so and stop. */
  whenLocked: 'temporary' | 'refuse';
  run(context: CommandContext): Promise<void>;
}

type Flags = Pick<CommandContext, 'flags'>;

export function textFlag(context: Flags, name: string): string | undefined {
  const value = context.flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** All values of a flag that may be given more than once. */
export function textFlags(context: CommandContext, name: string): string[] {
  const value = context.flags[name];
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}

export function numberFlag(context: Flags, name: string): number | undefined {
  const text = textFlag(context, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new AppError('invalid-request', `--${name} needs a number, not "${text}".`);
  return value;
}
