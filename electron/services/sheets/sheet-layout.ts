/** Where everything on a contact sheet lies: pure arithmetic in pixels. */
import type { Rect, Size } from '../../../shared/domain/geometry.ts';

export interface SheetPlan {
  columns: readonly string[];
  rows: readonly string[];
  pages: readonly string[];
  title: string;
  /** Each cell; pictures are centred in it. */
  cell: Size;
}

export interface TextLine {
  text: string;
  /** Of the baseline; `anchor` says which end of the text x is. */
  x: number;
  y: number;
  sizePx: number;
  anchor: 'start' | 'middle' | 'end';
  strong: boolean;
}

export interface SheetLayout {
  size: Size;
  /** Page by page, each row by row. */
  cells: Rect[];
  lines: TextLine[];
  /** Lines between pages. */
  rules: Rect[];
}

/** Widths of letters differ by font; this share of the size is wide enough for a sans-serif's average. */
const letterWidth = 0.56;
const lineHeight = 1.3;
const mostLines = 6;
const wide = /[\u1100-\u{10ffff}]/u;

function widthOf(text: string, sizePx: number): number {
  let letters = 0;
  for (const character of text) letters += wide.test(character) ? 1.8 : 1;
  return letters * letterWidth * sizePx;
}

/** Text in lines no wider than given; words that are longer are broken, and what does not fit ends in an ellipsis. */
export function wrapped(text: string, widthPx: number, sizePx: number, most = mostLines): string[] {
  const lines: string[] = [];
  let line = '';
  const fits = (candidate: string): boolean => widthOf(candidate, sizePx) <= widthPx;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (lines.length > most) break;
    const candidate = line === '' ? word : `${line} ${word}`;
    if (fits(candidate)) {
      line = candidate;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const character of word) {
      if (line !== '' && !fits(line + character)) {
        lines.push(line);
        line = '';
        if (lines.length > most) break;
      }
      line += character;
    }
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most);
  let last = kept[most - 1] ?? '';
  while (last !== '' && !fits(`${last}…`)) last = last.replace(/.$/u, '');
  return [...kept.slice(0, -1), `${last}…`];
}

/** Size of the letters for cells of this size: readable on small ones, not shouting on large ones. */
export function letterSize(cell: Size): number {
  return Math.round(Math.min(28, Math.max(12, Math.min(cell.width, cell.height) / 14)));
}

export function sheetLayout({ columns, rows, pages, title, cell }: SheetPlan): SheetLayout {
  const sizePx = letterSize(cell);
  const gap = Math.max(4, Math.round(sizePx / 3));
  const margin = Math.round(sizePx * 1.2);
  const step = Math.round(sizePx * lineHeight);
  const hasRows = rows.some((row) => row !== '');
  const hasColumns = columns.some((column) => column !== '');
  const rowLabelWidth = hasRows
    ? Math.round(Math.min(cell.width * 0.9, Math.max(...rows.map((row) => widthOf(row, sizePx)), 1)) + sizePx)
    : 0;
  const columnLines = columns.map((column) => wrapped(column, cell.width, sizePx));
  const headHeight = hasColumns ? Math.max(...columnLines.map((lines) => lines.length)) * step + gap : 0;
  const bodyWidth = rowLabelWidth + columns.length * cell.width + (columns.length - 1) * gap;
  // A sheet of one small picture still has room for its title.
  const width = Math.max(bodyWidth, title === '' ? 0 : Math.min(360, Math.ceil(widthOf(title, sizePx)))) + 2 * margin;

  const lines: TextLine[] = [];
  const cells: Rect[] = [];
  const rules: Rect[] = [];
  let y = margin;
  const write = (texts: readonly string[], x: number, top: number, anchor: TextLine['anchor'], strong: boolean): void => {
    texts.forEach((text, index) => lines.push({ text, x, y: top + index * step + sizePx, sizePx, anchor, strong }));
  };
  const titleLines = wrapped(title, width - 2 * margin, sizePx);
  write(titleLines, margin, y, 'start', false);
  if (titleLines.length > 0) y += titleLines.length * step + gap * 2;

  pages.forEach((page, pageIndex) => {
    if (pageIndex > 0) {
      y += gap * 2;
      rules.push({ x: margin, y, width: width - 2 * margin, height: 1 });
      y += gap * 3;
    }
    const pageLines = wrapped(page, width - 2 * margin, sizePx);
    write(pageLines, margin, y, 'start', true);
    if (pageLines.length > 0) y += pageLines.length * step + gap;
    const bottom = y + headHeight - gap;
    columnLines.forEach((texts, column) => {
      const centre = margin + rowLabelWidth + column * (cell.width + gap) + cell.width / 2;
      // Short labels stand right above their pictures.
      write(texts, centre, bottom - texts.length * step, 'middle', true);
    });
    y += headHeight;
    for (const row of rows) {
      const texts = wrapped(row, rowLabelWidth - sizePx, sizePx, Math.max(1, Math.floor(cell.height / step)));
      write(texts, margin + rowLabelWidth - sizePx * 0.6, y + (cell.height - texts.length * step) / 2, 'end', true);
      for (let column = 0; column < columns.length; column += 1) {
        cells.push({ x: margin + rowLabelWidth + column * (cell.width + gap), y, ...cell });
      }
      y += cell.height + gap;
    }
    y -= gap;
  });
  return { size: { width: Math.ceil(width), height: Math.ceil(y + margin) }, cells, lines, rules };
}

/** The largest cell, no larger than wanted, with which a sheet stays below this many pixels and this long a side. */
export function fittingCell(plan: Omit<SheetPlan, 'cell'>, wanted: Size, limits: { pixels: number; sidePx: number }): Size {
  let cell = wanted;
  for (let round = 0; round < 40; round += 1) {
    const { size } = sheetLayout({ ...plan, cell });
    const over = Math.max(Math.sqrt((size.width * size.height) / limits.pixels), size.width / limits.sidePx, size.height / limits.sidePx);
    if (over <= 1 || (cell.width <= 16 && cell.height <= 16)) return cell;
    const factor = Math.min(0.98, 1 / over);
    cell = { width: Math.max(16, Math.floor(cell.width * factor)), height: Math.max(16, Math.floor(cell.height * factor)) };
  }
  return cell;
}
