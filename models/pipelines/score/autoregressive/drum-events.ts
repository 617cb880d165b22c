/** Drumming as events: a hit a time with its velocity and its distance from the sixteenth (models/training/score/groove.py). */
import type { Note } from '../../../../shared/music/score.ts';
import type { EventLayout, GivenEvent, WrittenEvent } from './bar-grammar.ts';
import { drumOfPitch, drumPitches } from './drum-map.ts';
import { placeOf, sixteenthTicks, tickOf, type Grid, type GridPlace } from './grid.ts';

export const drumLayout: EventLayout = { fields: [50, 10, 17, 18], places: 24, keys: 1 };
const velocityStep = 8;
const onTheGrid = 8;
const timingSteps = 16;
/** How long a written hit is: drums ring as they will. */
const hitTicks = sixteenthTicks / 2;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** A hit of one of the nine drums, and the notes that are heard as it: the loudest leads. */
export interface DrumHit extends GridPlace {
  drum: number;
  velocity: number;
  /** Ticks from the grid. */
  offset: number;
  notes: Note[];
}

/** In the model's order. Notes of percussion that the model does not know are left out. */
export function drumHits(grid: Grid, notes: readonly Note[]): DrumHit[] {
  const hits = new Map<string, DrumHit>();
  for (const note of notes) {
    const drum = drumOfPitch(note.pitch);
    if (drum === null) continue;
    const at = placeOf(grid, note.start);
    const name = [at.bar, at.place, drum].join();
    const hit = hits.get(name);
    if (hit === undefined || note.velocity > hit.velocity) {
      const offset = note.start - tickOf(grid, at);
      hits.set(name, { ...at, drum, velocity: note.velocity, offset, notes: [...(hit?.notes ?? []), note] });
    } else {
      hit.notes.push(note);
    }
  }
  return [...hits.values()].toSorted((a, b) => a.bar - b.bar || a.place - b.place || a.drum - b.drum);
}

/** @param open whether velocity and timing are the model's choice */
export function givenDrumEvents(hits: readonly DrumHit[], open = false): GivenEvent[] {
  return hits.map(({ bar, place, drum, velocity, offset }) => ({
    bar,
    place,
    values: [
      drum,
      Math.floor(velocity / velocityStep),
      clamp(Math.round((offset / sixteenthTicks) * timingSteps) + onTheGrid, 0, timingSteps),
    ],
    ...(open ? { open: [1, 2] } : {}),
  }));
}

export const velocityOfEvent = ({ values }: Pick<WrittenEvent, 'values'>): number =>
  clamp((values[1] ?? 0) * velocityStep + velocityStep / 2, 1, 127);

/** Ticks from the grid, -60..60. */
export const offsetOfEvent = ({ values }: Pick<WrittenEvent, 'values'>): number =>
  Math.round((((values[2] ?? onTheGrid) - onTheGrid) / timingSteps) * sixteenthTicks);

/**
 * The hits that the model added. One that is played early or late stays within the span of its place on the grid.
 * @param within ticks, by the tick of a place
 */
export function notesOfDrumEvents(
  grid: Grid,
  events: readonly WrittenEvent[],
  within: (tick: number) => { start: number; end: number },
): Note[] {
  return events
    .filter(({ given }) => given === null)
    .map((event) => {
      const tick = tickOf(grid, event);
      const span = within(tick);
      const start = clamp(tick + offsetOfEvent(event), span.start, span.end - 1);
      const pitch = drumPitches[event.values[0] ?? 0] ?? drumPitches[0];
      return { start, duration: Math.min(hitTicks, span.end - start), pitch, velocity: velocityOfEvent(event) };
    });
}
