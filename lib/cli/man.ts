// The manual page of a command, from its table: the same as its help, in more words.

import type {CommandTable, Example, Kind, Operand, Option} from './command.js';
import {exitMeanings, exitStatus} from './exit-status.js';
import {globalOptions} from './global-options.js';
import {commonOptionsTitle, meaning, optionForms, optionMeaning, synopsis} from './help.js';
import {chapters} from './overview.js';
import {
  escapeRoff,
  paragraphs,
  roffBold,
  roffLiteral,
  roffText,
  roffUsage,
  sentence,
} from './roff.js';
import {wrap} from './wrap.js';

/** The day of the version, as all pages show it: pages change with what they say, not with the calendar. */
export const manualDate = '2026-11-21';

const kinds: Readonly<Record<Kind, string>> = {
  porcelain:
    'This is a porcelain command: it is for people, and its words may change from version to version. A script reads its exit status, its --json where it has one, or a plumbing command.',
  plumbing:
    'This is a plumbing command: what it takes and what it prints is stable, and scripts may rely on it.',
};

export interface Edition {
  readonly version: string;
  /** All commands that there are: a page refers only to pages that exist. */
  readonly commands: readonly CommandTable[];
}

/** The text of man/crcache-COMMAND.1. */
export function renderMan(command: CommandTable, {version, commands}: Edition): string {
  const {name, kind, summary, description, operands, options, aliases} = command;
  const {examples, samples = []} = command;
  const lines = [
    '.\\" Written by npm run man, from cmd/ and lib/cli. Changes made here are lost.',
    `.TH CRCACHE\\-${escapeRoff(name.toUpperCase())} 1 ${manualDate} "crcache ${version}" "crcache manual"`,
    '.SH NAME',
    `crcache\\-${escapeRoff(name)} \\-`,
    ...roffText(summary),
    '.SH SYNOPSIS',
    ...wrap(roffUsage(synopsis(command)), 76),
    '.SH DESCRIPTION',
    ...paragraphs([...description, ...alsoKnownAs(aliases), kinds[kind]]),
    '.SH OPTIONS',
    ...rows(operands.map(operandRow)),
    ...rows(options.map(optionRow)),
    `.SS ${escapeRoff(sentence(commonOptionsTitle(command)))}`,
    ...rows(globalOptions.map(optionRow)),
    '.SH EXIT STATUS',
    ...rows(exitRows(command)),
    '.SH EXAMPLES',
    ...examples.flatMap(renderExample),
    ...(samples.length === 0 ? [] : ['.SH SAMPLES', ...samples.flatMap(renderExample)]),
    '.SH SEE ALSO',
    ...seeAlso(command, commands),
  ];
  return `${lines.join('\n')}\n`;
}

function alsoKnownAs(aliases: readonly string[] = []): readonly string[] {
  return aliases.length === 0 ? [] : [`It is also called ${aliases.join(', ')}.`];
}

type Row = readonly [term: string, text: readonly string[]];

/** Terms with their meanings, as a tagged list. */
function rows(list: readonly Row[]): readonly string[] {
  return list.flatMap(([term, text]) => ['.TP', term, ...text]);
}

function operandRow(operand: Operand): Row {
  return [roffUsage(operand.name), roffText(meaning(operand))];
}

function optionRow(option: Option): Row {
  return [roffUsage(optionForms(option)), roffText(optionMeaning(option))];
}

function exitRows({failureStatus}: CommandTable): readonly Row[] {
  const outcomes = Object.keys(exitMeanings) as (keyof typeof exitMeanings)[];
  const row = (status: number, meaning: string): Row => [
    roffBold(String(status)),
    roffText(meaning),
  ];
  return failureStatus === undefined
    ? outcomes.map((outcome) => row(exitStatus[outcome], exitMeanings[outcome]))
    : [
        row(failureStatus, 'whatever of crcache failed, before or around the command'),
        ['others', roffText("the command's own; 128 and the signal's number if one ended it")],
      ];
}

function renderExample({line, means}: Example, index: number): readonly string[] {
  return [
    ...(index === 0 ? [] : ['.PP']),
    ...roffText(`${sentence(means)}:`),
    '.RS 4',
    ...roffLiteral(line.split('\n')),
    '.RE',
  ];
}

/** The page of the whole program, those of commands that serve the same end, and others that tell more. */
function seeAlso(command: CommandTable, commands: readonly CommandTable[]): readonly string[] {
  const {name, seeAlso: more = []} = command;
  const neighbours = chapters.find(({names}) => names.includes(name))?.names ?? [];
  const pages = neighbours
    .filter((other) => other !== name && commands.some((one) => one.name === other))
    .map((other) => `crcache-${other}(1)`);
  const all = ['crcache(1)', ...[...new Set([...pages, ...more])].sort(bySection)];
  return all.map((page, index) => {
    const comma = index < all.length - 1 ? ',' : '';
    return `.BR ${escapeRoff(page).replace('(', ' (')}${comma}`;
  });
}

function bySection(one: string, other: string): number {
  const key = (page: string): string => `${page.slice(-2)} ${page}`;
  return key(one) < key(other) ? -1 : 1;
}
