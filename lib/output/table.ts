// Tables for people: each column as wide as its widest cell, no blanks at the end of a line.

import {safe} from './safe.js';

export interface Column {
  readonly title: string;
  /** How many blanks stand before the next column; two unless given. */
  readonly gap?: number;
}

/** The text of a table. A row of a single cell is a remark, and makes no column wider. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map(({title}) => title), ...rows.map((row) => row.map(safe))];
  const counted = lines.filter((line) => line.length > 1);
  const widths = columns.map(({gap = 2}, index) => {
    const longest = counted.reduce((most, line) => Math.max(most, widthOf(line[index])), 0);
    return longest + gap;
  });
  return lines.map((line) => `${renderLine(line, widths)}\n`).join('');
}

function renderLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, index) => {
    return cell + ' '.repeat(Math.max((widths[index] ?? 0) - widthOf(cell), 0));
  });
  return padded.join('').trimEnd();
}

function widthOf(cell = ''): number {
  return Array.from(cell).length;
}
