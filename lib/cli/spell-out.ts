// Options in a form that can be read in one way only: pairs of words, '--name' and its value, which is empty
// for a flag. (In '--name=VALUE' yargs would take quotes off the value.) What is no option, lacks its value
// or has one too many is refused here.

import {CrcacheError} from '../errors.js';
import type {Option} from './command.js';
import {nearest} from '../nearest.js';

export interface Grammar {
  readonly options: readonly Option[];
  /** The command that they belong to; none: the bare program. */
  readonly command?: string;
}

export interface SpelledOut {
  readonly spelled: readonly string[];
  /** The words from the first operand on. */
  readonly rest: readonly string[];
  readonly sawDashes: boolean;
}

/** Spells out the options up to '--', or to the first word that is neither an option nor its value. */
export function spellOut(words: readonly string[], grammar: Grammar): SpelledOut {
  const spelled: string[] = [];
  let rest = words;
  for (;;) {
    const [word = '', ...others] = rest;
    if (word === '--') return {spelled, rest: others, sawDashes: true};
    if (word === '-' || !word.startsWith('-')) return {spelled, rest, sawDashes: false};
    const found = word.startsWith('--') ? [readLong(word, grammar)] : readCluster(word, grammar);
    rest = others;
    for (const {option, value} of found) {
      const [next] = rest;
      if (value === undefined && wantsValue(option)) {
        if (next === undefined) throw missingValue(option);
        spelled.push(`--${option.name}`, next);
        rest = rest.slice(1);
      } else {
        spelled.push(`--${option.name}`, value ?? '');
      }
    }
  }
}

interface Found {
  readonly option: Option;
  /** What is joined to it. */
  readonly value: string | undefined;
}

/** Reads '--name' or '--name=VALUE'. */
function readLong(word: string, grammar: Grammar): Found {
  const [, name = '', value] = /^--([^=]*)(?:=([^]*))?$/.exec(word) ?? [];
  const option = grammar.options.find((candidate) => candidate.name === name);
  if (option === undefined) throw unknownOption(`--${name}`, name, grammar);
  if (value !== undefined && option.value === undefined) throw needlessValue(option, word);
  // A value that came out empty does not mean what no value does.
  if (value === '' && option.valueIsOptional === true) throw missingValue(option);
  return {option, value};
}

/** Reads '-a', '-ab' or '-abVALUE'; only the last one of a cluster has a value. */
function readCluster(word: string, grammar: Grammar): readonly Found[] {
  const found: Found[] = [];
  const letters = Array.from(word.slice(1));
  for (const [index, letter] of letters.entries()) {
    const option = grammar.options.find(({short}) => short === letter);
    const before = found.at(-1);
    if (option === undefined && letter === '=' && before) throw needlessValue(before.option, word);
    if (option === undefined) throw unknownOption(`-${letter}`, letters.join(''), grammar);
    const joined = letters.slice(index + 1).join('');
    const hasValue = option.value !== undefined;
    found.push({option, value: hasValue && joined !== '' ? joined : undefined});
    if (hasValue) break;
  }
  return found;
}

function wantsValue({value, valueIsOptional}: Option): boolean {
  return value !== undefined && valueIsOptional !== true;
}

function unknownOption(shown: string, meant: string, {options, command}: Grammar): CrcacheError {
  const near = nearest(
    meant,
    options.map(({name}) => name),
  );
  const [program, help] =
    command === undefined
      ? ['crcache', 'crcache help']
      : [`crcache ${command}`, `crcache help ${command}`];
  return new CrcacheError(
    'usage',
    `unknown option '${shown}' for '${program}'`,
    near === undefined ? help : `did you mean '--${near}'?`,
  );
}

function missingValue({name, value = ''}: Option): CrcacheError {
  return new CrcacheError('usage', `option '--${name}' wants a value: ${value}`);
}

function needlessValue({name, short}: Option, word: string): CrcacheError {
  const shown = word.startsWith('--') ? `--${name}` : `-${short ?? name}`;
  return new CrcacheError('usage', `option '${shown}' takes no value: '${word}'`);
}
