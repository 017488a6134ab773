// A command's help, from its table. The man page says the same in more words, from the same table.

import type {CommandTable, Operand, Option} from './command.js';
import {globalOptions} from './global-options.js';
import {plainTitle, type Title} from './title.js';
import {wrap} from './wrap.js';

/** The help of one command, as text for a terminal of 80 columns. */
export function renderHelp(command: CommandTable, title: Title = plainTitle): string {
  const {name, summary, operands, options, examples, aliases = []} = command;
  const block = (name: string, rows: readonly Row[]): string =>
    [title(name), ...rows.flatMap(renderRow)].join('\n');
  const blocks = [`usage: ${synopsis(command)}`, `${name}: ${summary}`];
  if (aliases.length > 0) blocks.push(`also: ${aliases.join(', ')}`);
  if (operands.length > 0) blocks.push(block('operands', operands.map(operandRow)));
  if (options.length > 0) blocks.push(block('options', options.map(optionRow)));
  blocks.push(block(commonOptionsTitle(command), globalOptions.map(optionRow)));
  blocks.push(
    block(
      'examples',
      examples.map(({line, means}) => [line, means]),
    ),
  );
  return `${blocks.join('\n\n')}\n`;
}

/** What the options of every command are called, and where they stand. */
export function commonOptionsTitle({takesAllWords, name}: CommandTable): string {
  return `options of every command${takesAllWords === true ? `, before '${name}'` : ''}`;
}

/** The command's usage in one line. */
export function synopsis({name, operands, options}: CommandTable): string {
  const words = operands.map(operandUsage);
  return ['crcache', name, ...(options.length > 0 ? ['[OPTION...]'] : []), ...words].join(' ');
}

/** How an operand stands in a synopsis: '[NAME...]'. */
function operandUsage({name, optional, repeats, verbatim}: Operand): string {
  const word = repeats === true || verbatim === true ? `${name}...` : name;
  return optional === true ? `[${word}]` : word;
}

/** How an option is written, with all its forms: '-s, --source SOURCE'. */
export function optionForms({name, short, value, valueIsOptional}: Option): string {
  const long = `--${name}`;
  const forms = [...(short === undefined ? [] : [`-${short}`]), long].join(', ');
  if (value === undefined) return forms;
  return valueIsOptional === true ? `${forms}[=${value}]` : `${forms} ${value}`;
}

type Row = readonly [string, string];

function operandRow(operand: Operand): Row {
  return [operand.name, meaning(operand)];
}

function optionRow(option: Option): Row {
  return [optionForms(option), optionMeaning(option)];
}

interface Meant {
  readonly summary: string;
  readonly choices?: readonly string[] | undefined;
}

/** The summary of an operand or option, with the words that may stand for it where they are few. */
export function meaning({summary, choices}: Meant): string {
  return choices === undefined ? summary : `${summary} (${choices.join(', ')})`;
}

/** The same of an option, and whether all that it is given counts. */
export function optionMeaning({summary, choices, repeats}: Option): string {
  const often = repeats === true ? '; may be given several times' : '';
  return meaning({summary: summary + often, choices});
}

const termWidth = 26;

function renderRow([term, text]: Row): readonly string[] {
  const lines = wrap(text, 80 - 3 - termWidth).map((line) => ' '.repeat(3 + termWidth) + line);
  const [first = '', ...others] = lines;
  if (term.length >= termWidth) return [`   ${term}`, ...lines];
  return [`   ${term.padEnd(termWidth)}${first.trimStart()}`, ...others];
}
