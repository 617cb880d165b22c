/** Which cells of a long grid need to exist: all the arithmetic of virtualised scrolling, without a DOM. */
export interface GridGeometry {
  /** Cells in all. */
  total: number;
  /** Inner width of the scroller in pixels. */
  widthPx: number;
  /** Height of the visible part. */
  heightPx: number;
  scrollTopPx: number;
  /** Smallest width of a cell; cells share what is left over. */
  minCellPx: number;
  /** Height of a cell below its square picture. */
  captionPx: number;
  gapPx: number;
  /** Rows drawn above and below the visible ones. */
  overscanRows: number;
}

export interface GridWindow {
  columns: number;
  cellWidthPx: number;
  rowHeightPx: number;
  /** Of the whole grid: sizes the scroll bar. */
  contentHeightPx: number;
  /** First cell to draw, and one past the last. */
  first: number;
  end: number;
  /** Where the first drawn row begins. */
  offsetPx: number;
}

/**
 * Browsers lay out at most about 33 million pixels (Chromium) or 17 million (Firefox); taller grids would lose their end.
 * 100,000 rows of four stay far below.
 */
export function gridWindow(geometry: GridGeometry): GridWindow {
  const { total, widthPx, heightPx, scrollTopPx, minCellPx, captionPx, gapPx, overscanRows } = geometry;
  const columns = Math.max(1, Math.floor((widthPx + gapPx) / (minCellPx + gapPx)));
  const cellWidthPx = Math.max(1, Math.floor((widthPx - gapPx * (columns - 1)) / columns));
  const rowHeightPx = cellWidthPx + captionPx + gapPx;
  const rows = Math.ceil(total / columns);
  const firstRow = Math.max(0, Math.min(rows - 1, Math.floor(scrollTopPx / rowHeightPx) - overscanRows));
  const endRow = Math.min(rows, Math.ceil((scrollTopPx + heightPx) / rowHeightPx) + overscanRows);
  return {
    columns,
    cellWidthPx,
    rowHeightPx,
    contentHeightPx: rows * rowHeightPx,
    first: firstRow * columns,
    end: Math.min(total, Math.max(firstRow, endRow) * columns),
    offsetPx: firstRow * rowHeightPx,
  };
}

export type GridKey = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End' | 'PageUp' | 'PageDown';

export function isGridKey(key: string): key is GridKey {
  return ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'].includes(key);
}

/** Where the focus goes from cell `from`. */
export function moveInGrid(from: number, key: GridKey, grid: { columns: number; total: number; pageRows: number }): number {
  const steps: Record<GridKey, number> = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - grid.columns,
    ArrowDown: from + grid.columns,
    Home: 0,
    End: grid.total - 1,
    PageUp: from - grid.columns * grid.pageRows,
    PageDown: from + grid.columns * grid.pageRows,
  };
  const to = steps[key];
  // Up from the first row stays; down into a shorter last row lands on its end.
  if (key === 'ArrowUp' && to < 0) return from;
  return Math.max(0, Math.min(grid.total - 1, to));
}

/** Scroll position that shows a row wholly with the least movement. */
export function scrollToCell(
  index: number,
  window: Pick<GridWindow, 'columns' | 'rowHeightPx'>,
  scrollTopPx: number,
  heightPx: number,
): number {
  const topPx = Math.floor(index / window.columns) * window.rowHeightPx;
  if (topPx < scrollTopPx) return topPx;
  return Math.max(scrollTopPx, topPx + window.rowHeightPx - heightPx);
}
