/** Chorales step by step: an event is a sixteenth of soprano, alto, tenor and bass (models/training/score/chorales.py). */
import type { EventGrammar } from '../../../components/score/event-decoder.ts';

export const voices = 4;
const lowestPitch = 33;
const highestPitch = 84;
export const silence: number = 0;

/** What the voices of the chorales sing, MIDI, soprano first. */
export const voiceRanges: readonly (readonly [number, number])[] = [
  [60, 81],
  [52, 74],
  [46, 69],
  [36, 66],
];

export const choraleValue = (pitch: number): number => pitch - lowestPitch + 1;
export const choralePitch = (value: number): number => value + lowestPitch - 1;
/** Into what the model knows, by octaves. */
export function knownPitch(pitch: number): number {
  if (pitch < lowestPitch) return pitch + 12 * Math.ceil((lowestPitch - pitch) / 12);
  return pitch > highestPitch ? pitch - 12 * Math.ceil((pitch - highestPitch) / 12) : pitch;
}

export interface ChoraleGrammarOptions {
  /** Values [steps][4]; null: the model's choice. */
  given: readonly (readonly (number | null)[])[];
  /** Of each step. */
  conditions: readonly (readonly number[])[];
  onStep?: (step: number) => void;
}

/** Voices keep to their ranges; they are only silent where nothing else is likelier. */
export class ChoraleGrammar implements EventGrammar {
  readonly rare = [silence];
  readonly steps: number[][] = [];
  readonly #options: ChoraleGrammarOptions;
  /** Steps after the last free one need no writing. */
  readonly #end: number;

  constructor(options: ChoraleGrammarOptions) {
    this.#options = options;
    this.#end = options.given.findLastIndex((step) => step.includes(null)) + 1;
  }

  get done(): boolean {
    return this.steps.length >= this.#end;
  }

  conditions(): readonly number[] {
    return this.#options.conditions[this.steps.length] ?? [];
  }

  allow(field: number, _chosen: readonly number[], allowed: Uint8Array): void {
    const given = this.#options.given[this.steps.length]?.[field] ?? null;
    if (given !== null) {
      allowed[given] = 1;
      return;
    }
    const [low, high] = voiceRanges[field] ?? [lowestPitch, highestPitch];
    allowed.fill(1, choraleValue(low), choraleValue(high) + 1);
    allowed[silence] = 1;
  }

  accept(event: readonly number[]): void {
    this.steps.push([...event]);
    this.#options.onStep?.(this.steps.length);
  }
}
