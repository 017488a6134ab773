// From words to arguments. yargs does the parsing; what is checked, and how it is said, is ours.
// A wrong word is one line that names it, with the nearest right one as a hint.

import {Parser} from 'yargs/helpers';
import {CrcacheError} from '../errors.js';
import type {CommandTable, Operand, Option} from './command.js';
import {globalOptions, programOptions} from './global-options.js';
import {nearest} from './nearest.js';

/** What was given: operands in their order, and options by their long names. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #options: ReadonlyMap<string, readonly string[]>;

  constructor(operands: readonly string[], options: ReadonlyMap<string, readonly string[]>) {
    this.operands = operands;
    this.#options = options;
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
  const {given, rest} = parseOptions(argv, options, 'crcache');
  return {word: rest[0], before: new Arguments([], given), rest: rest.slice(1)};
}

/** Parses the words after a command's name; options given before the name count as well. */
export function parseArguments(
  table: CommandTable,
  words: readonly string[],
  before: Arguments = new Arguments([], new Map()),
): Arguments {
  const {operands, given} = parseWords(table, words, before);
  for (const {name} of [...globalOptions, ...programOptions]) {
    if (before.has(name) && !given.has(name)) given.set(name, before.values(name));
  }
  const args = new Arguments(operands, given);
  if (!args.has('help')) checkOperands(table, args);
  return args;
}

/** The operands that are expected; one that an option may stand for is not, where that is given. */
function expectedOperands(
  table: CommandTable,
  isGiven: (option: string) => boolean,
): readonly Operand[] {
  return table.operands.filter(({orOption}) => orOption === undefined || !isGiven(orOption));
}

function checkOperands(table: CommandTable, args: Arguments): void {
  const expected = expectedOperands(table, (option) => args.has(option));
  const missing = expected.find(
    ({optional}, index) => optional !== true && args.operands[index] === undefined,
  );
  if (missing !== undefined) throw usageError(table, `${missing.name} is missing`);
  expected.forEach(({name, choices}, index) => {
    checkChoice(name, args.operands.slice(index, index + 1), choices);
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
}

/** Parses options, also between operands, up to '--' or the operand that is another's command line. */
function parseWords(table: CommandTable, words: readonly string[], before: Arguments): Parsed {
  const options = [...table.options, ...globalOptions];
  const operands: string[] = [];
  const given = new Map<string, readonly string[]>();
  let rest = words;
  for (;;) {
    const step = parseOptions(rest, options, `crcache ${table.name}`);
    for (const [name, values] of step.given) {
      given.set(name, [...(given.get(name) ?? []), ...values]);
    }
    const expected = expectedOperands(table, (option) => given.has(option) || before.has(option));
    const [operand, ...others] = step.rest;
    if (step.sawDashes || operand === undefined || expected[operands.length]?.verbatim === true) {
      return {operands: [...operands, ...step.rest], given};
    }
    operands.push(operand);
    rest = others;
  }
}

interface ParsedOptions {
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The words from the first operand on. */
  readonly rest: readonly string[];
  readonly sawDashes: boolean;
}

/** Parses the options that stand before the first operand. */
function parseOptions(
  words: readonly string[],
  options: readonly Option[],
  program: string,
): ParsedOptions {
  const valued = options.filter(takesValue);
  const flags = options.filter((option) => option.value === undefined);
  const end = endOfOptions(words, valued);
  const parsed = Parser.detailed(inWordsOfYargs(words.slice(0, end), options), {
    string: options.filter((option) => option.value !== undefined).map((option) => option.name),
    boolean: flags.map((option) => option.name),
    narg: Object.fromEntries(valued.map((option) => [option.name, 1])),
    alias: Object.fromEntries(
      options.flatMap(({name, short}) => (short === undefined ? [] : [[name, [short]]])),
    ),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'nargs-eats-options': true,
      'parse-numbers': false,
      'strip-aliased': true,
    },
  });
  const {_: _operands, ...found} = parsed.argv;
  for (const name of Object.keys(found)) checkIsKnown(name, options, program);
  const given = new Map<string, readonly string[]>();
  for (const option of options) {
    const value: unknown = found[option.name];
    if (value === undefined) continue;
    const values = (Array.isArray(value) ? value : [value]).map(String);
    checkValues(option, values, words);
    given.set(option.name, values);
  }
  const sawDashes = words[end] === '--';
  return {given, rest: words.slice(sawDashes ? end + 1 : end), sawDashes};
}

/** Where the options end: at '--', or at the first word that is neither an option nor its value. */
function endOfOptions(words: readonly string[], valued: readonly Option[]): number {
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--' || word === '-' || !word.startsWith('-')) break;
    if (takesNextWord(word, valued)) index++;
  }
  return Math.min(index, words.length);
}

function takesNextWord(word: string, valued: readonly Option[]): boolean {
  if (word.startsWith('--')) return valued.some(({name}) => word === `--${name}`);
  const first = Array.from(word.slice(1)).findIndex((letter) =>
    valued.some(({short}) => short === letter),
  );
  return first >= 0 && first === word.length - 2;
}

/** For yargs an optional value is the next word, and '-1' a number; here '=' gives the one, and options may be digits. */
function inWordsOfYargs(words: readonly string[], options: readonly Option[]): string[] {
  return words.map((word) => {
    const option = options.find(
      ({name, short, valueIsOptional}) =>
        (valueIsOptional === true && word === `--${name}`) ||
        (short !== undefined && /^[0-9]$/.test(short) && word === `-${short}`),
    );
    if (option === undefined) return word;
    return option.valueIsOptional === true ? `--${option.name}=` : `--${option.name}`;
  });
}

function checkIsKnown(name: string, options: readonly Option[], program: string): void {
  if (options.some((option) => option.name === name || option.short === name)) return;
  const near = nearest(
    name,
    options.map((option) => option.name),
  );
  throw new CrcacheError(
    'usage',
    `unknown option '${name.length === 1 ? '-' : '--'}${name}' for '${program}'`,
    near === undefined ? `${program} --help` : `did you mean '--${near}'`,
  );
}

function checkValues(option: Option, values: readonly string[], words: readonly string[]): void {
  const {name, choices} = option;
  if (option.value === undefined) {
    const withValue = words.find((word) => word.startsWith(`--${name}=`));
    if (withValue === undefined) return;
    throw new CrcacheError('usage', `option '--${name}' takes no value: '${withValue}'`);
  }
  const last = words.at(-1);
  const isCut = last === `--${name}` || (option.short !== undefined && last === `-${option.short}`);
  if (isCut && option.valueIsOptional !== true && values.at(-1) === '') {
    throw new CrcacheError('usage', `option '--${name}' wants a value: ${option.value}`);
  }
  checkChoice(`option '--${name}'`, values, choices);
}

function checkChoice(
  place: string,
  values: readonly string[],
  choices: readonly string[] | undefined,
): void {
  const wrong = values.find((value) => choices?.includes(value) === false);
  if (wrong === undefined || choices === undefined) return;
  const near = nearest(wrong, choices);
  throw new CrcacheError(
    'usage',
    `${place} cannot be '${wrong}'`,
    near === undefined ? `one of: ${choices.join(', ')}` : `did you mean '${near}'`,
  );
}

function takesValue(option: Option): boolean {
  return option.value !== undefined && option.valueIsOptional !== true;
}
