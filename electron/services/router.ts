/** Every call of the contract passes here: validated on the way in and out, and its failure mapped to the wire form once. */
import { inspect } from 'node:util';
import type { z } from 'zod';
import { calls, isCallName, type CallInput, type CallName, type CallOutput, type Handlers } from '../../shared/contract/calls.ts';
import { AppError, toWireError, type WireError } from '../../shared/contract/errors.ts';
import type { Logger } from './host.ts';

export type CallReply = { ok: true; output: unknown } | { ok: false; error: WireError };

export interface Router {
  /** For transports: any name, any input; never rejects. */
  dispatch(name: string, input: unknown): Promise<CallReply>;
  /** For hosts and the CLI themselves, typed; rejects with AppError. */
  call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallOutput<Name>>;
}

type AnyHandler = (input: unknown) => unknown;

/**
 * Merges the services' handlers. Throws when a call is handled twice, by nobody, or is not in the contract: a mistake of
 * wiring that must not wait for the first user to find it.
 */
export function createRouter(handlerMaps: readonly Partial<Handlers>[], log: Logger): Router {
  const handlers = mergeHandlers(handlerMaps);

  async function run(name: CallName, input: unknown): Promise<unknown> {
    const { input: inputSchema, output: outputSchema } = calls[name];
    const parsed = (inputSchema as z.ZodType).safeParse(input);
    if (!parsed.success) throw new AppError('invalid-request', `${name}: ${describeIssues(parsed.error)}`, { cause: parsed.error });
    const handler = handlers.get(name);
    if (handler === undefined) throw new Error(`${name} has no handler`);
    const output: unknown = await handler(parsed.data);
    const checked = (outputSchema as z.ZodType).safeParse(output);
    if (!checked.success) throw new Error(`${name} returned something outside the contract: ${describeIssues(checked.error)}`);
    return checked.data;
  }

  return {
    async dispatch(name, input) {
      if (!isCallName(name)) {
        return { ok: false, error: { code: 'invalid-request', message: `There is no call named ${JSON.stringify(name.slice(0, 100))}.` } };
      }
      try {
        return { ok: true, output: await run(name, input) };
      } catch (error) {
        logFailure(log, name, error);
        return { ok: false, error: toWireError(error) };
      }
    },
    async call(name, input) {
      try {
        return (await run(name, input)) as CallOutput<typeof name>;
      } catch (error) {
        if (error instanceof AppError) throw error;
        logFailure(log, name, error);
        const { message, action } = toWireError(error);
        throw new AppError('internal', message, { cause: error, ...(action === undefined ? {} : { action }) });
      }
    },
  };
}

/** The causes of an error, outermost first, for the log. */
export function causeChain(error: unknown): string[] {
  const chain: string[] = [];
  let current: unknown = error;
  while (current !== undefined && current !== null && chain.length < 10) {
    chain.push(current instanceof Error ? (current.stack ?? `${current.name}: ${current.message}`) : inspect(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return chain;
}

function mergeHandlers(handlerMaps: readonly Partial<Handlers>[]): Map<CallName, AnyHandler> {
  const merged = new Map<CallName, AnyHandler>();
  for (const map of handlerMaps) {
    for (const [name, handler] of Object.entries(map)) {
      if (!isCallName(name)) throw new Error(`${name} is handled but is not in the contract`);
      if (merged.has(name)) throw new Error(`${name} is handled twice`);
      merged.set(name, handler as AnyHandler);
    }
  }
  const missing = (Object.keys(calls) as CallName[]).filter((name) => !merged.has(name));
  if (missing.length > 0) throw new Error(`no handler for ${missing.join(', ')}`);
  return merged;
}

function logFailure(log: Logger, name: CallName, error: unknown): void {
  // Expected failures are the user's to see; only what nobody foresaw is an error of Kiln.
  if (error instanceof AppError) log.debug(`${name} failed: ${error.code}: ${error.message}`, causeChain(error.cause));
  else log.error(`${name} failed unexpectedly`, causeChain(error));
}

function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
}
