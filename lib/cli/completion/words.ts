// The tables as cases of sh: what each command's options and operands are called, mean, and take.

import type {CommandTable, Completion, Operand, Option} from '../command.js';
import {globalOptions, programOptions} from '../global-options.js';

/** A word of sh that means this text, whatever is in it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Offers the names of all commands. */
export function commandWords(commands: readonly CommandTable[]): string {
  return commands
    .flatMap(({name, aliases = [], summary}) =>
      [name, ...aliases].map((word) => `  __crcache_offer ${word} ${quote(summary)}`),
    )
    .join('\n');
}

/** Sets `command` to the name of the command that a word means. */
export function commandCases(commands: readonly CommandTable[]): string {
  return commands
    .map(
      ({name, aliases = []}) => `    ${[name, ...aliases].join(' | ')}) command=${quote(name)} ;;`,
    )
    .join('\n');
}

/** Offers the options of each command, in all their forms. */
export function optionWords(commands: readonly CommandTable[]): string {
  return commands
    .filter(({options}) => options.length > 0)
    .map(({name, options}) => `    ${name})\n${offers(options, 6)}\n      ;;`)
    .join('\n');
}

/** Offers the options that stand before a command's name, and those that every command takes. */
export function commonOptionWords(): {readonly program: string; readonly every: string} {
  return {program: offers(programOptions, 6), every: offers(globalOptions, 2)};
}

function offers(options: readonly Option[], indent: number): string {
  return options
    .flatMap((option) =>
      forms(option).map(
        (form) => `${' '.repeat(indent)}__crcache_offer ${form} ${quote(option.summary)}`,
      ),
    )
    .join('\n');
}

/** Sets `long`, and `takes` to what completes the option's value; the command's own options come first. */
export function optionCases(commands: readonly CommandTable[]): string {
  const own = commands.flatMap(({name, options}) => options.map((option) => ({name, option})));
  const common = [...globalOptions, ...programOptions].map((option) => ({name: '*', option}));
  return [...own, ...common]
    .map(({name, option}) => {
      const patterns = forms(option).map((form) => `${name}:${form}`);
      return `    ${patterns.join(' | ')}) long=${option.name} takes=${quote(valueKind(option))} ;;`;
    })
    .join('\n');
}

/** Sets `operands` to what completes each operand of a command. */
export function operandCases(commands: readonly CommandTable[]): string {
  return commands
    .filter(({operands}) => operands.length > 0)
    .map(({name, operands}) => {
      return `    ${name}) operands=${quote(operands.map(operandWord).join(' '))} ;;`;
    })
    .join('\n');
}

function forms({name, short}: Option): readonly string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
}

/** Empty for a flag; with '?' before it where the value may only follow a '='. */
function valueKind(option: Option): string {
  if (option.value === undefined) return '';
  return (option.valueIsOptional === true ? '?' : '') + kindOf(option);
}

/** KIND, KIND... where it repeats, and with @OPTION after it where that option may stand for it. */
function operandWord(operand: Operand): string {
  const kind = operand.verbatim === true ? 'verbatim' : kindOf(operand);
  const repeats = operand.repeats === true && operand.verbatim !== true ? '...' : '';
  return (
    kind +
    repeats +
    [operand.orOption ?? []]
      .flat()
      .map((option) => `@${option}`)
      .slice(0, 1)
      .join('')
  );
}

interface Completed {
  readonly completes?: Completion;
  readonly choices?: readonly string[];
}

/** What completes a value: one of a few words as '=one|two', a kind of name, or nothing. */
function kindOf({choices, completes}: Completed): string {
  return choices === undefined ? (completes ?? 'nothing') : `=${choices.join('|')}`;
}
