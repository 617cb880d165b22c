/**
 * Events that move through bars: notes of a song, hits of drums. The first field says where the next event begins: at a place in
 * the current bar, at a place in the next one, "the next bar is empty", or "the end". One or two key fields follow (part and
 * pitch; drum), then values. Events are strictly ordered by bar, place and keys.
 */
import type { EventGrammar } from '../../../components/score/event-decoder.ts';
import type { GridPlace } from './grid.ts';

export interface EventLayout {
  /** Sizes of all fields, the onset first. */
  fields: readonly number[];
  /** The first field: 0..places-1 in the current bar, places..2*places-1 in the next, then "empty", then "the end". */
  places: number;
  /** Fields after the onset that order events; their last value means none, as that of all further fields. */
  keys: 1 | 2;
}

export interface GivenEvent extends GridPlace {
  /** All fields but the onset. */
  values: readonly number[];
  /** Fields of `values` that the model chooses all the same; the event itself is given. */
  open?: readonly number[];
}

export interface WrittenEvent {
  bar: number;
  place: number;
  values: readonly number[];
  /** Its place in `given`; null: the model's own. */
  given: number | null;
}

export interface BarGrammarOptions {
  layout: EventLayout;
  /** Places of each bar. */
  bars: readonly number[];
  /** Ordered, no two with the same bar, place and keys. */
  given: readonly GivenEvent[];
  /** How many events of the first key may still be added at a place that holds `count` of them. */
  free: (at: GridPlace, firstKey: number, count: number) => boolean;
  /**
   * Whether the piece is over in its last bar, by the model's own word. Else only places are written anew, and the model goes on
   * to the next given event, or past the last free bar.
   */
  ends: boolean;
  /** Of the next event, while the last one lies in `bar`. */
  conditions: (bar: number) => readonly number[];
  /** Added to the logits of a field, while the last event lies in `bar`. */
  bias?: (field: number, bar: number) => Float32Array | null;
  onBar?: (bar: number) => void;
}

/** Lowest and highest second key that is allowed, and whether only the given event is. */
interface Range {
  low: number;
  high: number;
}

export class BarGrammar implements EventGrammar {
  readonly events: WrittenEvent[] = [];
  readonly #options: BarGrammarOptions;
  #bar = 0;
  /** The last event's; place -1: nothing in this bar yet. */
  #last: { place: number; keys: readonly number[] } = { place: -1, keys: [] };
  #nextGiven = 0;
  #counts = new Map<number, number>();
  #ended = false;
  readonly #lastFreeBar: number;

  constructor(options: BarGrammarOptions) {
    this.#options = options;
    const { bars, free, layout } = options;
    const firstKeys = Array.from({ length: (layout.fields[1] ?? 1) - 1 }, (_, key) => key);
    this.#lastFreeBar = bars.findLastIndex((places, bar) =>
      Array.from({ length: places }, (_, place) => place).some((place) => firstKeys.some((key) => free({ bar, place }, key, 0))),
    );
  }

  get done(): boolean {
    return this.#ended || (this.#given === null && this.#bar > this.#lastFreeBar);
  }

  conditions(): readonly number[] {
    return this.#options.conditions(this.#bar);
  }

  bias(field: number): Float32Array | null {
    return this.#options.bias?.(field, this.#bar) ?? null;
  }

  get #given(): GivenEvent | null {
    return this.#options.given[this.#nextGiven] ?? null;
  }

  get #empty(): number {
    return 2 * this.#options.layout.places;
  }

  allow(field: number, chosen: readonly number[], allowed: Uint8Array): void {
    if (field === 0) {
      this.#allowOnsets(allowed);
      return;
    }
    const onset = chosen[0] ?? 0;
    if (onset >= this.#empty || this.#leaves(onset)) {
      allowed[allowed.length - 1] = 1;
      return;
    }
    const at = this.#placeOf(onset);
    const { keys } = this.#options.layout;
    const given = this.#givenIf(at, chosen);
    if (field === 1) {
      for (let key = 0; key < allowed.length - 1; key += 1) if (this.#secondKeys(at, key) !== null) allowed[key] = 1;
    } else if (field <= keys) {
      const range = this.#secondKeys(at, chosen[1] ?? 0);
      if (range !== null) allowed.fill(1, range.low, range.high + 1);
    } else if (given !== null && given.open?.includes(field - 1) !== true) {
      allowed[given.values[field - 1] ?? 0] = 1;
    } else {
      allowed.fill(1, 0, allowed.length - 1);
    }
  }

  accept(event: readonly number[]): void {
    const onset = event[0] ?? 0;
    if (onset > this.#empty || this.#leaves(onset)) {
      this.#ended = true;
    } else if (onset === this.#empty) {
      this.#enter(this.#bar + 1);
    } else {
      const at = this.#placeOf(onset);
      const isGiven = this.#givenIf(at, event) !== null;
      if (at.bar !== this.#bar) this.#enter(at.bar);
      if (at.place !== this.#last.place) this.#counts = new Map();
      const firstKey = event[1] ?? 0;
      this.#counts.set(firstKey, (this.#counts.get(firstKey) ?? 0) + 1);
      this.#last = { place: at.place, keys: event.slice(1, 1 + this.#options.layout.keys) };
      this.events.push({ ...at, values: event.slice(1), given: isGiven ? this.#nextGiven : null });
      if (isGiven) this.#nextGiven += 1;
    }
  }

  #enter(bar: number): void {
    this.#bar = bar;
    this.#last = { place: -1, keys: [] };
    this.#counts = new Map();
    this.#options.onBar?.(bar);
  }

  #placeOf(onset: number): GridPlace {
    const { places } = this.#options.layout;
    return onset < places ? { bar: this.#bar, place: onset } : { bar: this.#bar + 1, place: onset - places };
  }

  /** The next given event, when it lies there and the keys chosen so far are its. */
  #givenIf(at: GridPlace, chosen: readonly number[]): GivenEvent | null {
    const given = this.#given;
    if (given?.bar !== at.bar || given.place !== at.place) return null;
    const keys = chosen.slice(1, 1 + this.#options.layout.keys);
    return keys.length === this.#options.layout.keys && keys.every((key, index) => key === given.values[index]) ? given : null;
  }

  #allowOnsets(allowed: Uint8Array): void {
    const { bars, ends, layout } = this.#options;
    const given = this.#given;
    for (const ahead of [0, 1]) {
      const bar = this.#bar + ahead;
      const places = Math.min(layout.places, bars[bar] ?? 0);
      for (let place = 0; place < places; place += 1) {
        if (this.#anyKey({ bar, place })) allowed[ahead * layout.places + place] = 1;
      }
    }
    // The last bar is not passed over: the end would lie in a bar without an event, which no piece of the training set has.
    const passes = given === null ? this.#bar + 2 <= this.#lastFreeBar : given.bar > this.#bar + 1;
    if (passes) allowed[this.#empty] = 1;
    if (given !== null) return;
    if (!ends && this.#bar === this.#lastFreeBar) allowed.fill(1, layout.places);
    if (ends && this.#bar === bars.length - 1 && this.events.length > 0) allowed[this.#empty + 1] = 1;
  }

  /** Whether an onset says that nothing more comes where events are free. */
  #leaves(onset: number): boolean {
    return !this.#options.ends && this.#given === null && this.#bar === this.#lastFreeBar && onset >= this.#options.layout.places;
  }

  #anyKey(at: GridPlace): boolean {
    const keys = (this.#options.layout.fields[1] ?? 1) - 1;
    for (let key = 0; key < keys; key += 1) if (this.#secondKeys(at, key) !== null) return true;
    return false;
  }

  /** Which second keys an event there may have (0..0 when there are none); null: none of this first key. */
  #secondKeys(at: GridPlace, first: number): Range | null {
    const { layout, free } = this.#options;
    const here = at.bar === this.#bar && at.place === this.#last.place;
    if (at.bar === this.#bar && at.place < this.#last.place) return null;
    const given = this.#given;
    const before = given === null || at.bar < given.bar || (at.bar === given.bar && at.place < given.place);
    const meets = given?.bar === at.bar && given.place === at.place;
    if (!before && !meets) return null;
    const [lastFirst = -1, lastSecond = -1] = here ? this.#last.keys : [];
    const [givenFirst = Infinity, givenSecond = 0] = meets ? given.values : [];
    if (first < lastFirst || first > givenFirst) return null;
    if (layout.keys === 1 && first === lastFirst) return null;
    const isFree = free(at, first, here ? (this.#counts.get(first) ?? 0) : 0);
    if (layout.keys === 1) return isFree || first === givenFirst ? { low: 0, high: 0 } : null;
    if (!isFree) return first === givenFirst ? { low: givenSecond, high: givenSecond } : null;
    const low = first === lastFirst ? lastSecond + 1 : 0;
    const high = first === givenFirst ? givenSecond : (layout.fields[2] ?? 1) - 2;
    return low <= high ? { low, high } : null;
  }
}
