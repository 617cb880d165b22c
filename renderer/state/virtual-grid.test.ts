import { describe, expect, it } from 'vitest';
import { gridWindow, moveInGrid, scrollToCell, type GridGeometry } from './virtual-grid.ts';

const base: GridGeometry = {
  total: 100_000,
  widthPx: 1000,
  heightPx: 700,
  scrollTopPx: 0,
  minCellPx: 160,
  captionPx: 40,
  gapPx: 12,
  overscanRows: 2,
};

describe('gridWindow', () => {
  it('fits whole cells into the width', () => {
    const { columns, cellWidthPx } = gridWindow(base);
    expect(columns).toBe(5);
    expect(columns * cellWidthPx + (columns - 1) * base.gapPx).toBeLessThanOrEqual(base.widthPx);
  });

  it('draws a few rows of a hundred thousand cells', () => {
    const shown = gridWindow({ ...base, scrollTopPx: 2_000_000 });
    expect(shown.end - shown.first).toBeLessThan(60);
    expect(shown.offsetPx).toBeLessThanOrEqual(2_000_000);
    expect(shown.offsetPx + Math.ceil((shown.end - shown.first) / shown.columns) * shown.rowHeightPx).toBeGreaterThanOrEqual(2_000_700);
    expect(shown.contentHeightPx).toBeLessThan(16_000_000);
  });

  it('reaches the last cell at the bottom and never beyond', () => {
    const total = 13;
    const end = gridWindow({ ...base, total, scrollTopPx: 1e9 });
    expect(end.end).toBe(total);
    expect(end.first).toBeLessThanOrEqual(total);
    expect(gridWindow({ ...base, total: 0 })).toMatchObject({ first: 0, end: 0, contentHeightPx: 0 });
  });

  it('survives a scroller of no width', () => {
    expect(gridWindow({ ...base, widthPx: 0 })).toMatchObject({ columns: 1, cellWidthPx: 1 });
  });
});

describe('moveInGrid', () => {
  const grid = { columns: 4, total: 10, pageRows: 2 };
  it('moves by cell, row and page, and stops at the ends', () => {
    expect(moveInGrid(5, 'ArrowLeft', grid)).toBe(4);
    expect(moveInGrid(5, 'ArrowDown', grid)).toBe(9);
    expect(moveInGrid(7, 'ArrowDown', grid)).toBe(9);
    expect(moveInGrid(2, 'ArrowUp', grid)).toBe(2);
    expect(moveInGrid(9, 'PageUp', grid)).toBe(1);
    expect(moveInGrid(0, 'ArrowLeft', grid)).toBe(0);
    expect(moveInGrid(3, 'End', grid)).toBe(9);
    expect(moveInGrid(3, 'Home', grid)).toBe(0);
  });
});

describe('scrollToCell', () => {
  const shown = { columns: 4, rowHeightPx: 100 };
  it('moves only as far as needed', () => {
    expect(scrollToCell(2, shown, 50, 300)).toBe(0);
    expect(scrollToCell(9, shown, 50, 300)).toBe(50);
    expect(scrollToCell(17, shown, 50, 300)).toBe(200);
  });
});
