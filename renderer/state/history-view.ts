/** What of the history is shown: the words and choices of the filter bar, and what they mean to the studio. */
import { z } from 'zod';
import { historySortSchema, type HistoryFilter } from '../../shared/contract/calls/history-calls.ts';
import { generationKindSchema, generationStatusSchema } from '../../shared/domain/generation.ts';
import { packIdSchema } from '../../shared/domain/ids.ts';

/** A day as date fields give it, or nothing. */
const daySchema = z.string().regex(/^(\d{4}-\d{2}-\d{2})?$/);

export const historyViewSchema = z.object({
  text: z.string().max(500).default(''),
  kinds: z.array(generationKindSchema).default([]),
  packIds: z.array(packIdSchema).default([]),
  statuses: z.array(generationStatusSchema).default([]),
  tags: z.array(z.string()).default([]),
  favouriteOnly: z.boolean().default(false),
  minRating: z.int().min(0).max(5).default(0),
  /** First and last day, in the user's time zone. */
  fromDay: daySchema.default(''),
  toDay: daySchema.default(''),
  trashed: z.boolean().default(false),
  sort: historySortSchema.default('newest'),
});
export type HistoryView = z.infer<typeof historyViewSchema>;
export const wholeHistory: HistoryView = historyViewSchema.parse({});

export const savedSearchesSchema = z.array(z.object({ name: z.string().min(1).max(60), view: historyViewSchema })).max(50);
export type SavedSearch = z.infer<typeof savedSearchesSchema>[number];

/** Midnight at the start of a day, local time. */
function startOfDay(day: string, plusDays: number): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + plusDays).getTime();
}

export function filterOf(view: HistoryView): HistoryFilter {
  const { text, kinds, packIds, statuses, tags, favouriteOnly, minRating, trashed } = view;
  return {
    text,
    kinds,
    packIds,
    statuses,
    tags,
    favouriteOnly,
    minRating,
    trashed,
    projectId: null,
    createdFromMs: view.fromDay === '' ? null : startOfDay(view.fromDay, 0),
    createdToMs: view.toDay === '' ? null : startOfDay(view.toDay, 1) - 1,
  };
}

/** Something is left out, other than by the choice between history and trash. */
export function isNarrowed(view: HistoryView): boolean {
  const { trashed, sort } = view;
  return JSON.stringify(view) !== JSON.stringify({ ...wholeHistory, trashed, sort });
}

/** With an entry put in or taken out. */
export function toggled<Item>(items: readonly Item[], item: Item): Item[] {
  return items.includes(item) ? items.filter((other) => other !== item) : [...items, item];
}

/** The later one of a name replaces the earlier. */
export function withSearch(searches: readonly SavedSearch[], added: SavedSearch): SavedSearch[] {
  return [...searches.filter(({ name }) => name !== added.name), added].slice(-50);
}
