import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../shared/contract/transport.ts';
import type { GenerationSummary } from '../../shared/domain/generation.ts';
import { HistoryList } from './history-list.svelte.ts';

/** A library of numbered rows, newest first: row n has the id "n". */
function library(count: number) {
  let rows = Array.from({ length: count }, (_, index) => String(count - index));
  const call = vi.fn((name: string, input: { cursor?: string | null; skip: number; limit: number; filter: { text: string } }) => {
    const matching = rows.filter((id) => id.includes(input.filter.text));
    const from = (typeof input.cursor === 'string' ? Number(input.cursor) : 0) + input.skip;
    const ids = matching.slice(from, from + input.limit);
    if (name === 'history.ids') return Promise.resolve({ ids });
    const items = ids.map((id) => ({ id, title: `row ${id}` }) as GenerationSummary);
    return Promise.resolve({
      items,
      total: matching.length,
      nextCursor: from + ids.length < matching.length ? String(from + ids.length) : null,
    });
  });
  const onShift = vi.fn();
  const onError = vi.fn();
  const list = new HistoryList({ studio: { call } as unknown as Pick<Transport, 'call'>, onError, onShift });
  return {
    list,
    call,
    onShift,
    onError,
    add: (id: string) => (rows = [id, ...rows]),
    remove: (id: string) => (rows = rows.filter((row) => row !== id)),
  };
}
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1000);

describe('HistoryList', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('stays at the same pictures when new ones come above, and shows them at the top', async () => {
    const { list, add, onShift } = library(1000);
    list.want(0, 40);
    await settle();
    list.want(500, 540);
    await settle();
    await list.select(510, { ctrl: false, shift: false });
    const shown = list.item(500)?.id;
    add('1001');
    add('1002');
    list.changed();
    await settle();
    expect(onShift).toHaveBeenCalledWith(500, 502);
    expect(list.item(502)?.id).toBe(shown);
    expect([list.focus, list.focused?.id, list.total]).toEqual([512, '490', 1002]);
    expect([...list.selected]).toEqual(['490']);
    list.want(0, 40);
    await settle();
    add('1003');
    list.changed();
    await settle();
    expect(onShift).toHaveBeenCalledTimes(1);
    expect(list.item(0)?.id).toBe('1003');
  });

  it('answers many changes at once with one reading', async () => {
    const { list, call } = library(10);
    list.want(0, 10);
    await settle();
    for (let change = 0; change < 20; change += 1) list.changed();
    await settle();
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('selects one, several, ranges and rows that were never on the screen', async () => {
    const { list, call } = library(2000);
    list.want(0, 40);
    await settle();
    await list.select(2, { ctrl: false, shift: false });
    await list.select(5, { ctrl: true, shift: false });
    expect([...list.selected]).toEqual(['1998', '1995']);
    await list.select(5, { ctrl: true, shift: false });
    expect([...list.selected]).toEqual(['1998']);
    await list.select(3, { ctrl: false, shift: false });
    await list.select(6, { ctrl: false, shift: true });
    expect([...list.selected]).toEqual(['1997', '1996', '1995', '1994']);
    await list.select(1, { ctrl: false, shift: true });
    expect([...list.selected]).toEqual(['1999', '1998', '1997']);
    expect(call.mock.calls.some(([name]) => name === 'history.ids')).toBe(false);
    await list.select(1900, { ctrl: false, shift: true });
    expect(list.selected.size).toBe(1898);
    await list.selectAll();
    expect(list.selected.size).toBe(2000);
    expect(list.chunks().map((part) => part.length)).toEqual([2000]);
  });

  it('keeps the old rows until those of a new view are here, and drops answers that are late', async () => {
    const { list } = library(300);
    list.want(0, 40);
    await settle();
    list.show({ text: '29' });
    expect(list.item(0)?.id).toBe('300');
    list.show({ text: '299' });
    await settle();
    expect([list.total, list.item(0)?.id]).toEqual([1, '299']);
    list.show({ text: 'nothing' });
    await settle();
    expect([list.total, list.item(0)]).toEqual([0, undefined]);
  });

  it('goes on with what is here when a reading fails', async () => {
    const { list, call, onError } = library(50);
    list.want(0, 40);
    await settle();
    call.mockRejectedValueOnce(new Error('lost'));
    list.changed();
    await settle();
    expect(onError).toHaveBeenCalledTimes(1);
    expect(list.item(0)?.id).toBe('50');
    list.changed();
    await settle();
    expect(list.total).toBe(50);
  });
});
