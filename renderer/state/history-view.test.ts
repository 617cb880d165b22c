import { describe, expect, it } from 'vitest';
import { filterOf, historyViewSchema, isNarrowed, savedSearchesSchema, toggled, wholeHistory, withSearch } from './history-view.ts';

describe('the view of the history', () => {
  it('takes whole days, in the time of the place', () => {
    const filter = filterOf({ ...wholeHistory, fromDay: '2026-02-28', toDay: '2026-02-28' });
    const from = new Date(filter.createdFromMs ?? NaN);
    expect([from.getFullYear(), from.getMonth(), from.getDate(), from.getHours()]).toEqual([2026, 1, 28, 0]);
    expect((filter.createdToMs ?? 0) - (filter.createdFromMs ?? 0)).toBe(24 * 3_600_000 - 1);
    expect(filterOf(wholeHistory)).toMatchObject({ createdFromMs: null, createdToMs: null, trashed: false });
  });

  it('knows when something is left out', () => {
    expect(isNarrowed({ ...wholeHistory, sort: 'rating', trashed: true })).toBe(false);
    expect(isNarrowed({ ...wholeHistory, tags: ['sea'] })).toBe(true);
    expect(isNarrowed({ ...wholeHistory, text: 'dune' })).toBe(true);
  });

  it('keeps searches under a name, and reads old ones that lack a field', () => {
    const first = withSearch([], { name: 'Sea', view: { ...wholeHistory, text: 'sea' } });
    const second = withSearch(first, { name: 'Sea', view: { ...wholeHistory, text: 'ocean' } });
    expect(second.map(({ view }) => view.text)).toEqual(['ocean']);
    expect(savedSearchesSchema.parse([{ name: 'Old', view: { text: 'barn' } }])[0]?.view).toEqual({ ...wholeHistory, text: 'barn' });
    expect(historyViewSchema.safeParse({ fromDay: 'yesterday' }).success).toBe(false);
  });

  it('toggles', () => expect(toggled(toggled(['a'], 'b'), 'a')).toEqual(['b']));
});
