/** Blocked Gibbs sampling of the open places of a window. */
import { chooseValue, type Sampling } from '../../../components/score/choose-value.ts';
import { maskedTokens, type MaskedModel } from '../../../components/score/masked-model.ts';
import type { ScoreRun } from '../run.ts';
import type { Place } from '../voices/places.ts';
import type { PitchRange } from '../voices/voicing.ts';
import {
  heldToken,
  hiddenToken,
  highestPitch,
  isHeld,
  lowestPitch,
  pitchOfToken,
  silence,
  struckToken,
  voiceCount,
} from '../voices/tokens.ts';

export interface Plan {
  steps: number;
  /** [steps, 4] */
  tokens: Int32Array;
  /** [steps, 4]; null: stays as it is. */
  places: readonly (Place | null)[];
  /** [steps, 4]; 1: written already, and left by later windows. */
  settled: Uint8Array;
  /** Pitches of each voice as the model hears them. */
  ranges: readonly PitchRange[];
  /** [steps, 4] */
  conditions: Int32Array;
}

export interface Window {
  /** Steps that the model hears. */
  start: number;
  end: number;
  /** Steps that are kept of what it writes. */
  from: number;
  to: number;
}

/** Coconet's: nearly everything is hidden at first, then ever less; the last quarter of the rounds polishes. */
const mostHidden = 0.9;
const leastHidden = 0.1;
const annealedShare = 0.75;

export const hiddenShare = (pass: number, passes: number): number =>
  Math.max(leastHidden, mostHidden - (pass * (mostHidden - leastHidden)) / Math.max(1, annealedShare * passes));

/** Writes the window's open places into `plan.tokens` and settles those from `from` to `to`. */
export async function resample(
  model: MaskedModel,
  plan: Plan,
  window: Window,
  options: Sampling & { passes: number },
  run: ScoreRun,
): Promise<void> {
  const [first, last] = [window.start * voiceCount, window.end * voiceCount];
  const tokens = plan.tokens.slice(first, last);
  const conditions = plan.conditions.slice(first, last);
  const open = Array.from({ length: last - first }, (_, at) => at).filter((at) => isOpen(plan, first + at));
  for (let pass = 0; pass < options.passes; pass += 1) {
    const share = hiddenShare(pass, options.passes);
    let hidden = pass === 0 ? open : open.filter(() => run.random() < share);
    if (hidden.length === 0) hidden = open.slice(0, 1);
    const asked = tokens.slice();
    for (const at of hidden) asked[at] = hiddenToken;
    const logits = await model.predict(asked, conditions);
    for (const at of hidden) {
      const allowed = allowedAt(
        plan.places[first + at] ?? 'open',
        plan.ranges[at % voiceCount] ?? { low: lowestPitch, high: highestPitch },
      );
      tokens[at] = chooseValue(logits.subarray(at * maskedTokens, (at + 1) * maskedTokens), allowed, options, run.random());
    }
    repair(tokens, plan, first);
    await run.progress((pass + 1) / options.passes);
  }
  for (const at of open) {
    const step = window.start + Math.floor(at / voiceCount);
    if (step < window.from || step >= window.to || plan.places[first + at] === 'imagined') continue;
    plan.tokens[first + at] = tokens[at] ?? silence;
    plan.settled[first + at] = 1;
  }
}

const isOpen = ({ places, settled }: Plan, at: number): boolean => (places[at] ?? null) !== null && settled[at] !== 1;

function allowedAt(place: Place, { low, high }: PitchRange): Uint8Array {
  const allowed = new Uint8Array(maskedTokens);
  allowed[silence] = 1;
  for (let pitch = Math.max(lowestPitch, low); pitch <= Math.min(highestPitch, high); pitch += 1) {
    allowed[heldToken(pitch)] = 1;
    if (place !== 'ending') allowed[struckToken(pitch)] = 1;
  }
  return allowed;
}

/**
 * A pitch that is held without having been written before is struck (notes that stay are not lengthened); where nothing may be
 * struck, what sounded goes on.
 * @param tokens of the window, whose first place is `first` of the plan
 */
function repair(tokens: Int32Array, plan: Plan, first: number): void {
  for (let voice = 0; voice < voiceCount; voice += 1) {
    const writtenBefore = (at: number): number | null => {
      const token = at >= 0 ? tokens[at] : plan.tokens[first + at];
      return (plan.places[first + at] ?? null) === null ? null : pitchOfToken(token ?? silence);
    };
    for (let at = voice; at < tokens.length; at += voiceCount) {
      const token = tokens[at] ?? silence;
      const pitch = pitchOfToken(token);
      if (!isOpen(plan, first + at) || !isHeld(token) || pitch === null) continue;
      const sounding = writtenBefore(at - voiceCount);
      if (pitch === sounding) continue;
      if (plan.places[first + at] !== 'ending') tokens[at] = struckToken(pitch);
      else tokens[at] = sounding === null ? silence : heldToken(sounding);
    }
  }
}
