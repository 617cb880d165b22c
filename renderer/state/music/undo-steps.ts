/** Undo over whole states: what a change was called, and what was there before. Values are never changed, only replaced. */
interface Step<State> {
  label: string;
  state: State;
  /** Steps in a row with the same key are one step. */
  mergeKey: string | null;
}

export interface UndoSteps<State> {
  past: readonly Step<State>[];
  future: readonly Step<State>[];
}

/** States share what did not change, so many of them cost little. */
const mostSteps = 300;

export const noSteps = { past: [], future: [] } as const;

/** A change from `before` to whatever is there now. */
export function withStep<State>(
  { past }: UndoSteps<State>,
  label: string,
  before: State,
  mergeKey: string | null = null,
): UndoSteps<State> {
  const joins = mergeKey !== null && past.at(-1)?.mergeKey === mergeKey;
  return { past: joins ? past : [...past, { label, state: before, mergeKey }].slice(-mostSteps), future: [] };
}

/** Ends a row of steps that would become one. */
export function settled<State>(steps: UndoSteps<State>): UndoSteps<State> {
  const last = steps.past.at(-1);
  if (last === undefined || last.mergeKey === null) return steps;
  return { ...steps, past: [...steps.past.slice(0, -1), { ...last, mergeKey: null }] };
}

/** The state to go back to, and the steps that are left; null at the beginning. */
export function undone<State>({ past, future }: UndoSteps<State>, now: State): { state: State; steps: UndoSteps<State> } | null {
  const step = past.at(-1);
  if (step === undefined) return null;
  return { state: step.state, steps: { past: past.slice(0, -1), future: [...future, { ...step, state: now, mergeKey: null }] } };
}

/** The state that was undone last; null when nothing was. */
export function redone<State>({ past, future }: UndoSteps<State>, now: State): { state: State; steps: UndoSteps<State> } | null {
  const step = future.at(-1);
  if (step === undefined) return null;
  return { state: step.state, steps: { past: [...past, { ...step, state: now, mergeKey: null }], future: future.slice(0, -1) } };
}
