// What `crcache status` shows to people: a table, a tree, blocks.

import {renderTable} from './table.js';

export interface StatusRow {
  readonly name: string;
  readonly cached: number;
  readonly inUse: number;
  /** Infinity is shown as 0, which is how source.conf says that there is no limit. */
  readonly maximum: number;
  /** The sources below, for the tree. */
  readonly below: readonly string[];
  /** What is out of the ordinary with it, in a word each; it stands behind the columns. */
  readonly marks?: readonly string[];
}

const columns = [
  {title: 'source'},
  {title: 'cached'},
  {title: 'in-use', gap: 1},
  {title: 'max'},
] as const;

/** The table; with `isTree` a line '+ NAME' for each source below follows those that stand on others. */
export function renderStatus(rows: readonly StatusRow[], {isTree}: {isTree: boolean}): string {
  const lines = rows.flatMap(({name, cached, inUse, maximum, below, marks = []}) => {
    const branches = isTree ? below.map((each) => [`+ ${each}`]) : [];
    const counts = [String(cached), String(inUse), shownLimit(maximum)];
    return [[name, ...counts, marks.join(', ')], ...branches];
  });
  return renderTable(columns, lines);
}

export interface StatusBlock {
  readonly name: string;
  /** The names of its instances by their state, in the order to show them; empty states that need not be seen are not in it. */
  readonly states: readonly (readonly [state: string, names: readonly string[]])[];
  readonly minimum: number;
  readonly maximum: number;
  /** What else there is to say, by what it is said of. */
  readonly remarks: readonly (readonly [subject: string, remark: string])[];
}

/** A block of KEY: VALUE lines for each source, a blank line between them. */
export function renderBlocks(blocks: readonly StatusBlock[]): string {
  return blocks.map(renderBlock).join('\n');
}

function renderBlock({name, states, minimum, maximum, remarks}: StatusBlock): string {
  const lines = [
    ['source', name],
    ...states.map(([state, names]) => [state, names.join(' ')]),
    ['minimum', String(minimum)],
    ['maximum', shownLimit(maximum)],
    ...remarks,
  ];
  return lines.map(([key = '', value = '']) => `${key}: ${value}`.trimEnd() + '\n').join('');
}

function shownLimit(maximum: number): string {
  return maximum === Infinity ? '0' : String(maximum);
}
