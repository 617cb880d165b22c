/** Writes pieces event by event, each held to a grammar that leaves no way to write something that cannot be read. */
import { AppError } from '../../../shared/contract/errors.ts';
import { chooseValue, type Sampling } from './choose-value.ts';
import { EventCache } from './event-cache.ts';
import type { EventNetwork } from './event-network.ts';

/** What one piece may go on with, and how far it has come. */
export interface EventGrammar {
  readonly done: boolean;
  /** Of the next event, one value a condition. */
  conditions(): readonly number[];
  /**
   * Sets a flag for each value that the field may have; `allowed` comes in as zeros. One flag: the value is forced, and the
   * model is not asked.
   * @param chosen the event's fields before this one
   */
  allow(field: number, chosen: readonly number[], allowed: Uint8Array): void;
  /** Values that are only taken where they are the likeliest: slips of the tail that would be heard. */
  readonly rare?: readonly number[];
  /** Added to the field's logits: what is known beside the model, in nats; null: nothing. */
  bias?(field: number): Float32Array | null;
  accept(event: readonly number[]): void;
}

const eventsBetween = 4;

/**
 * Classifier-free guidance (arXiv:2207.12598): the model is asked twice, with the conditions and with them unknown, and what they
 * change is made `weight` times as large. 1 is the model itself; costs a second row of the batch for each piece.
 */
export interface Guidance {
  weight: number;
  /** Conditions that are always told. */
  always: readonly number[];
}

export interface DecodingOptions {
  sampling: Sampling;
  /** [0, 1) */
  random: () => number;
  /** Null or left out: none. */
  guidance?: Guidance | null;
  /** [pieces, Z], for models that have one. */
  latent?: Float32Array;
  /** Called every few events: may throw to cancel. */
  between?: () => Promise<void>;
}

/** Writes all pieces to their end, side by side in one batch. */
export async function decodeEvents(
  network: EventNetwork,
  grammars: readonly EventGrammar[],
  { sampling, random, guidance = null, latent, between }: DecodingOptions,
): Promise<void> {
  const { fields: sizes } = network.model;
  const rows = guidance === null ? 1 : 2;
  const doubled = <Item>(items: readonly Item[]): Item[] => Array.from({ length: rows }, () => items).flat();
  const cache = new EventCache(network, rows * grammars.length, latent === undefined ? undefined : Float32Array.from(doubled([...latent])));
  const offsets = sizes.map((_, field) => sizes.slice(0, field).reduce((sum, size) => sum + size, 0));
  const unknown = network.model.conditions.map((size) => size - 1);
  let before: (readonly number[])[] = grammars.map(() => sizes);
  for (let count = 1; grammars.some((grammar) => !grammar.done); count += 1) {
    const told = grammars.map((grammar) => (grammar.done ? unknown : grammar.conditions()));
    const untold = told.map((values) =>
      values.map((value, index) => (guidance?.always.includes(index) === true ? value : (unknown[index] ?? 0))),
    );
    cache.push(doubled(before), guidance === null ? told : [...told, ...untold]);
    const events: number[][] = grammars.map(() => []);
    let hidden: Float32Array | null = null;
    for (const [field, size] of sizes.entries()) {
      const masks = grammars.map((grammar, piece) => {
        const allowed = new Uint8Array(size);
        if (grammar.done) allowed[0] = 1;
        else grammar.allow(field, events[piece] ?? [], allowed);
        return allowed;
      });
      const open = masks.some((allowed) => countOf(allowed) > 1);
      if (open) hidden ??= await cache.hidden();
      const logits =
        open && hidden !== null ? await network.head(rows * grammars.length, hidden, chosenSoFar(doubled(events), sizes)) : null;
      if (logits !== null && guidance !== null) guide(logits, guidance.weight);
      for (const [piece, allowed] of masks.entries()) {
        const from = piece * network.logitsWidth + (offsets[field] ?? 0);
        const grammar = grammars[piece];
        const own = logits?.subarray(from, from + size) ?? null;
        const bias = grammar?.bias?.(field) ?? null;
        if (own !== null && bias !== null)
          for (let value = 0; value < size; value += 1) own[value] = (own[value] ?? 0) + (bias[value] ?? 0);
        events[piece]?.push(decide(own, allowed, grammar?.rare ?? [], sampling, random));
      }
    }
    for (const [piece, grammar] of grammars.entries()) if (!grammar.done) grammar.accept(events[piece] ?? []);
    before = events;
    if (count % eventsBetween === 0) await between?.();
  }
}

/** The first half of the rows knows the conditions, the second does not; the guided logits take the first half's place. */
function guide(logits: Float32Array, weight: number): void {
  const half = logits.length / 2;
  for (let at = 0; at < half; at += 1) {
    const untold = logits[half + at] ?? 0;
    logits[at] = untold + weight * ((logits[at] ?? 0) - untold);
  }
}

const countOf = (allowed: Uint8Array): number => allowed.reduce((sum, flag) => sum + flag, 0);

function chosenSoFar(events: readonly (readonly number[])[], sizes: readonly number[]): BigInt64Array {
  return BigInt64Array.from(events.flatMap((event) => sizes.map((size, field) => BigInt(event[field] ?? size))));
}

function decide(
  logits: Float32Array | null,
  allowed: Uint8Array,
  rare: readonly number[],
  sampling: Sampling,
  random: () => number,
): number {
  const count = countOf(allowed);
  if (count === 0) throw new AppError('internal', 'The grammar of the piece allows nothing here.');
  if (count === 1 || logits === null) return allowed.indexOf(1);
  for (const value of rare) {
    if (allowed[value] === 1 && logits.some((logit, other) => allowed[other] === 1 && logit > (logits[value] ?? -Infinity)))
      allowed[value] = 0;
  }
  return chooseValue(logits, allowed, sampling, random());
}
