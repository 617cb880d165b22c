import { describe, expect, it, vi } from 'vitest';
import { PagedList } from './paged-list.ts';

function listOf(total: number, options: { keepPages?: number } = {}) {
  const fetchPage = vi.fn((cursor: string | null, limit: number, skip: number) => {
    const from = (cursor === null ? 0 : Number(cursor)) + skip;
    const items = Array.from({ length: Math.max(0, Math.min(limit, total - from)) }, (_, index) => from + index);
    return Promise.resolve({ items, total, nextCursor: from + limit < total ? String(from + limit) : null });
  });
  const onError = vi.fn();
  const list = new PagedList<number>({ pageSize: 10, fetchPage, onChange: () => undefined, onError, ...options });
  const settle = (): Promise<void> => vi.waitFor(() => expect(list.loading).toBe(false));
  return { list, fetchPage, onError, settle };
}

describe('PagedList', () => {
  it('reads by index across pages and fetches each once', async () => {
    const { list, fetchPage, settle } = listOf(35);
    void list.want(0, 25);
    await settle();
    expect(list.total).toBe(35);
    expect([list.item(0), list.item(9), list.item(10), list.item(24), list.item(35)]).toEqual([0, 9, 10, 24, undefined]);
    void list.want(5, 20);
    await settle();
    expect(fetchPage).toHaveBeenCalledTimes(3);
  });

  it('jumps to a far place in one call, and keeps memory bounded', async () => {
    const { list, fetchPage, settle } = listOf(1000, { keepPages: 4 });
    void list.want(0, 10);
    await settle();
    void list.want(900, 920);
    await settle();
    expect(fetchPage.mock.calls.slice(1)).toEqual([
      ['10', 10, 890],
      ['910', 10, 0],
    ]);
    expect(list.item(905)).toBe(905);
    expect(list.indexOf((item) => item === 905)).toBe(905);
    expect(list.indexOf((item) => item === 300)).toBe(-1);
    expect(list.item(919)).toBe(919);
    expect(list.item(300)).toBeUndefined();
    void list.want(0, 10);
    await settle();
    expect(list.item(3)).toBe(3);
  });

  it('ends when the list is shorter than was wanted, or empty', async () => {
    const { list, settle } = listOf(0);
    void list.want(0, 50);
    await settle();
    expect(list.total).toBe(0);
    const short = listOf(12);
    void short.list.want(500, 600);
    await short.settle();
    expect(short.list.item(11)).toBe(11);
  });

  it('reports a failure and can be asked again', async () => {
    const { list, fetchPage, onError, settle } = listOf(20);
    fetchPage.mockRejectedValueOnce(new Error('lost'));
    void list.want(0, 10);
    await settle();
    expect(onError).toHaveBeenCalledTimes(1);
    void list.want(0, 10);
    await settle();
    expect(list.item(4)).toBe(4);
  });
});
