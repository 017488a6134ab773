// From words to arguments. A wrong word is one line that names it, with the nearest right one as a hint.

import {CrcacheError} from '../errors.js';
import {checkChoice} from './choice.js';
import {parseDuration} from '../units.js';
import type {CommandTable, Operand} from './command.js';
import {globalOptions, programOptions} from './global-options.js';
import {parseOptions} from './parse-options.js';

/** What was given: operands in their order, and options by their long names. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #options: ReadonlyMap<string, readonly string[]>;
  /** How many operands stood before a '--' that ended the options. */
  readonly #beforeDashes: number | undefined;

  constructor(
    operands: readonly string[],
    options: ReadonlyMap<string, readonly string[]>,
    beforeDashes?: number,
  ) {
    this.operands = operands;
    this.#options = options;
    this.#beforeDashes = beforeDashes;
  }

  /** The operands before the first '--', and those after it. */
  get sides(): {readonly before: readonly string[]; readonly after: readonly string[]} {
    const {operands} = this;
    const count = this.#beforeDashes;
    if (count !== undefined)
      return {before: operands.slice(0, count), after: operands.slice(count)};
    const dashes = operands.indexOf('--');
    if (dashes === -1) return {before: operands, after: []};
    return {before: operands.slice(0, dashes), after: operands.slice(dashes + 1)};
  }

  /** Whether the option was given, with or without a value. */
  has(name: string): boolean {
    return this.#options.has(name);
  }

  /** The option's value; where it was given several times, the last one. */
  value(name: string): string | undefined {
    return this.#options.get(name)?.at(-1);
  }

  /** All values of an option that repeats. */
  values(name: string): readonly string[] {
    return this.#options.get(name) ?? [];
  }

  /** The option's value as a time in milliseconds; `bare` is what it means where it may be given without one. */
  duration(
    name: string,
    {bare, least = 0}: {bare?: number; least?: number} = {},
  ): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    if (text === '' && bare !== undefined) return bare;
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= least) return ms;
    throw new CrcacheError(
      'usage',
      `option '--${name}' wants a time${least > 0 ? ' above 0,' : ''} such as 90s or 10m, not '${text}'`,
    );
  }

  /** The option's value as a whole number of at least `least`. */
  count(name: string, least = 0): number | undefined {
    const text = this.value(name);
    return text === undefined ? undefined : wholeNumber(`option '--${name}'`, text, least);
  }
}

/** A whole number as people write it; anything else is wrong usage that names the place and the word. */
export function wholeNumber(place: string, text: string, least = 0): number {
  const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
  if (number >= least) return number;
  throw new CrcacheError(
    'usage',
    `${place} wants a whole number of at least ${String(least)}, not '${text}'`,
  );
}

export interface Invocation {
  /** The word that names the command; undefined for the bare program. */
  readonly word: string | undefined;
  /** Options given before the command's name. */
  readonly before: Arguments;
  /** All words after the command's name, as they came. */
  readonly rest: readonly string[];
}

/** Splits a command line at the command's name. */
export function parseInvocation(argv: readonly string[]): Invocation {
  const options = [...globalOptions, ...programOptions];
  const {given, rest} = parseOptions(argv, {options});
  return {word: rest[0], before: new Arguments([], given), rest: rest.slice(1)};
}

/** Parses the words after a command's name; options given before the name count as well. */
export function parseArguments(
  table: CommandTable,
  words: readonly string[],
  before: Arguments = new Arguments([], new Map()),
): Arguments {
  const {operands, given, beforeDashes} = parseWords(table, words, before);
  for (const {name} of [...globalOptions, ...programOptions]) {
    if (before.has(name) && !given.has(name)) given.set(name, before.values(name));
  }
  const args = new Arguments(operands, given, beforeDashes);
  if (!args.has('help')) checkOperands(table, args);
  return args;
}

/** The operands that are expected; one that an option may stand for is not, where that is given. */
function expectedOperands(
  table: CommandTable,
  isGiven: (option: string) => boolean,
): readonly Operand[] {
  return table.operands.filter(({orOption = []}) => ![orOption].flat().some(isGiven));
}

function checkOperands(table: CommandTable, args: Arguments): void {
  const expected = expectedOperands(table, (option) => args.has(option));
  const missing = expected.find(
    ({optional}, index) => optional !== true && args.operands[index] === undefined,
  );
  if (missing !== undefined) throw usageError(table, `${missing.name} is missing`);
  expected.forEach(({name, choices}, index) => {
    checkChoice(name, args.operands[index], choices);
  });
  if (expected.some(({repeats, verbatim}) => repeats === true || verbatim === true)) return;
  const extra = args.operands[expected.length];
  if (extra !== undefined) throw usageError(table, `'${extra}' is one word too many`);
}

function usageError(table: CommandTable, problem: string): CrcacheError {
  return new CrcacheError(
    'usage',
    `${problem} for 'crcache ${table.name}'`,
    `crcache help ${table.name}`,
  );
}

interface Parsed {
  readonly operands: string[];
  readonly given: Map<string, readonly string[]>;
  readonly beforeDashes?: number;
}

/** Parses options, also between operands, up to '--' or the operand that is another's command line. */
function parseWords(table: CommandTable, words: readonly string[], before: Arguments): Parsed {
  const options = [...table.options, ...globalOptions];
  if (table.takesAllWords === true && !['-h', '--help'].includes(words[0] ?? '')) {
    return {operands: [...words], given: new Map()};
  }
  const operands: string[] = [];
  const given = new Map<string, readonly string[]>();
  let rest = words;
  for (;;) {
    const step = parseOptions(rest, {options, command: table.name});
    for (const [name, values] of step.given) {
      given.set(name, [...(given.get(name) ?? []), ...values]);
    }
    const expected = expectedOperands(table, (option) => given.has(option) || before.has(option));
    const [operand, ...others] = step.rest;
    if (step.sawDashes) {
      const beforeDashes = operands.length;
      return {operands: [...operands, ...step.rest], given, beforeDashes};
    }
    if (operand === undefined || expected[operands.length]?.verbatim === true) {
      return {operands: [...operands, ...step.rest], given};
    }
    operands.push(operand);
    rest = others;
  }
}
