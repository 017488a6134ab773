// The options at the beginning of some words. They are spelled out first, by the rules of getopt_long, and
// yargs makes values of them: what is left for it to guess is nothing.

import {Parser} from 'yargs/helpers';
import {checkChoice} from './choice.js';
import {spellOut, type Grammar} from './spell-out.js';

export interface ParsedOptions {
  /** The values of each option that was given; '' for a flag, and for a value that was left out. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The words from the first operand on. */
  readonly rest: readonly string[];
  readonly sawDashes: boolean;
}

/** Parses the options that stand before the first operand. */
export function parseOptions(words: readonly string[], grammar: Grammar): ParsedOptions {
  const {spelled, rest, sawDashes} = spellOut(words, grammar);
  if (spelled.length === 0) return {given: new Map(), rest, sawDashes}; // yargs takes a while to find nothing
  const names = grammar.options.map(({name}) => name);
  const {argv} = Parser.detailed([...spelled], {
    string: names,
    narg: Object.fromEntries(names.map((name) => [name, 1])),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'nargs-eats-options': true,
      'parse-numbers': false,
    },
  });
  const given = new Map<string, readonly string[]>();
  for (const option of grammar.options) {
    const value: unknown = argv[option.name];
    if (value === undefined) continue;
    const values = (Array.isArray(value) ? value : [value]).map(String);
    for (const each of values) checkChoice(`option '--${option.name}'`, each, option.choices);
    given.set(option.name, values);
  }
  return {given, rest, sawDashes};
}
