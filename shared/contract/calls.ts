/** The whole contract: every call's name, input and output. A feature adds its map here and nowhere else. */
import type { z } from 'zod';
import { diffusionCalls } from './calls/diffusion-calls.ts';
import { downloadCalls } from './calls/download-calls.ts';
import { exportCalls } from './calls/export-calls.ts';
import { historyCalls } from './calls/history-calls.ts';
import { jobCalls } from './calls/job-calls.ts';
import { liveCalls } from './calls/live-calls.ts';
import { musicCalls } from './calls/music-calls.ts';
import { packCalls } from './calls/pack-calls.ts';
import { packTestCalls } from './calls/pack-test-calls.ts';
import { projectCalls } from './calls/project-calls.ts';
import { sheetCalls } from './calls/sheet-calls.ts';
import { systemCalls } from './calls/system-calls.ts';

export const calls = {
  ...systemCalls,
  ...projectCalls,
  ...historyCalls,
  ...jobCalls,
  ...liveCalls,
  ...packCalls,
  ...packTestCalls,
  ...downloadCalls,
  ...diffusionCalls,
  ...exportCalls,
  ...sheetCalls,
  ...musicCalls,
} as const;

export type Calls = typeof calls;
export type CallName = keyof Calls;
/** What a caller may write: defaults may be left out. */
export type CallInput<Name extends CallName> = z.input<Calls[Name]['input']>;
/** What a handler receives: validated, defaults filled in. */
export type ParsedCallInput<Name extends CallName> = z.output<Calls[Name]['input']>;
export type CallOutput<Name extends CallName> = z.output<Calls[Name]['output']>;

export type Handler<Name extends CallName> = (input: ParsedCallInput<Name>) => Promise<CallOutput<Name>> | CallOutput<Name>;
/** A service's handlers: services build `Handlers<'history.list' | ...>` and the router merges them. */
export type Handlers<Name extends CallName = CallName> = { [Key in Name]: Handler<Key> };

export function isCallName(name: string): name is CallName {
  return Object.hasOwn(calls, name);
}
