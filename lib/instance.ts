// Names and states of instances: the words that commands, files and messages share.

/** Every state that an instance can be in; each is a directory of its source. */
export const states = [
  'provisioning',
  'cached',
  'allocating',
  'in-use',
  'releasing',
  'discarding',
  'broken',
] as const;

export type State = (typeof states)[number];

/** States that take time: their symlinks carry the worker that is at it. */
export const workedStates = ['provisioning', 'allocating', 'releasing', 'discarding'] as const;

export const restingStates = ['cached', 'in-use', 'broken'] as const;

export type WorkedState = (typeof workedStates)[number];
export type RestingState = (typeof restingStates)[number];

export function isWorked(state: State): state is WorkedState {
  return (workedStates as readonly string[]).includes(state);
}

const sourcePattern = /^[A-Za-z][A-Za-z0-9._-]*$/;
const instancePattern = /^([A-Za-z][A-Za-z0-9._-]*)-(0|[1-9][0-9]{0,8})$/;

/** A file's name has room for it, a slot, and who is at work there. */
export const longestSourceName = 100;

/** A source's name begins with a letter and does not look like an instance's. */
export function isSourceName(name: string): boolean {
  return (
    name.length <= longestSourceName && sourcePattern.test(name) && !instancePattern.test(name)
  );
}

/** Whether a word is the number of a slot as it stands in an instance's name: '0' or '12', not '012'. */
export function isSlot(word: string): boolean {
  return /^(0|[1-9][0-9]{0,8})$/.test(word);
}

export interface InstanceName {
  readonly source: string;
  readonly slot: number;
}

/** The parts of 'pool-0', or undefined where a name is not an instance's. */
export function parseInstanceName(name: string): InstanceName | undefined {
  const match = instancePattern.exec(name);
  if (match?.[1] === undefined || !isSourceName(match[1])) return undefined;
  return {source: match[1], slot: Number(match[2])};
}

/** The name of an instance's source; a word that is no instance's name stays as it is. */
export function sourceNameOf(name: string): string {
  return parseInstanceName(name)?.source ?? name;
}

export function instanceName(source: string, slot: number): string {
  return `${source}-${String(slot)}`;
}

/** Orders things by their instances' names as people count: by source, then pool-9 before pool-10. */
export function inNaturalOrder<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Item[] {
  const keyed = items.map((item) => {
    const name = nameOf(item);
    return {item, name, parts: parseInstanceName(name)};
  });
  return keyed.sort((a, b) => compareParsed(a, b)).map(({item}) => item);
}

/** Orders instances as people count: by source, then pool-9 before pool-10. */
export function compareInstanceNames(left: string, right: string): number {
  return compareParsed(
    {name: left, parts: parseInstanceName(left)},
    {name: right, parts: parseInstanceName(right)},
  );
}

interface Parsed {
  readonly name: string;
  readonly parts: InstanceName | undefined;
}

function compareParsed(a: Parsed, b: Parsed): number {
  if (a.parts !== undefined && a.parts.source === b.parts?.source) {
    return a.parts.slot - b.parts.slot;
  }
  return a.name < b.name ? -1 : 1;
}
