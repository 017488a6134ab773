// The manual page of source.conf, from the tables of keys: those of every source, and those of each type.

import {commonKeys} from '../config/common-keys.js';
import {rootKeys} from '../config/crcache-conf.js';
import type {Key, KeyTable} from '../keys.js';
import {manualDate} from './man.js';
import {
  escapeRoff,
  paragraphs,
  roffBold,
  roffItalic,
  roffLiteral,
  roffText,
  sentence,
} from './roff.js';

export interface DocumentedType {
  readonly name: string;
  readonly summary: string;
  readonly keys: KeyTable;
}

/** The text of man/crcache-source.conf.5. */
export function renderSourceConf(types: readonly DocumentedType[], version: string): string {
  const lines = [
    '.\\" Written by npm run man, from lib/config and lib/source. Changes made here are lost.',
    `.TH CRCACHE\\-SOURCE.CONF 5 ${manualDate} "crcache ${version}" "crcache manual"`,
    '.SH NAME',
    'crcache\\-source.conf \\-',
    ...roffText('the configuration of a source, and of a root'),
    '.SH SYNOPSIS',
    '.I sources/NAME/source.conf',
    '.br',
    '.I crcache.conf',
    '.SH DESCRIPTION',
    ...paragraphs(description),
    '.SH KEYS OF EVERY SOURCE',
    ...rows(commonKeys),
    '.SH KEYS OF TYPES',
    ...types.flatMap(renderType),
    '.SH CRCACHE.CONF',
    ...paragraphs(aboutRoots),
    ...rows(rootKeys),
    '.SH SECURITY',
    ...paragraphs(security),
    '.SH EXAMPLES',
    ...roffText(
      'A pool that draws on two hosts, keeps one instance ready and gives out three at most:',
    ),
    '.RS 4',
    ...roffLiteral(['[DEFAULT]', 'type=pool', 'sources=near,far', 'reserve=1', 'maximum=3']),
    '.RE',
    '.SH SEE ALSO',
    '.BR crcache (1),',
    '.BR crcache\\-check\\-source (1),',
    '.BR crcache\\-init (1),',
    '.BR crcache\\-show\\-source (1),',
    '.BR crcache\\-store (5),',
    '.BR crcache\\-source\\-types (7)',
  ];
  return `${lines.join('\n')}\n`;
}

const description = [
  "A source is a directory sources/NAME in a root of the configuration: the user's ($CRCACHE_CONFIG, else $XDG_CONFIG_HOME/crcache, else ~/.config/crcache), the project's (.crcache in the current directory, or in the nearest above it that has one) and the system's (/etc/crcache), in this order. The first root that has the source defines it, whole. Beside its source.conf are the directories of its hooks.",
  'Each line is KEY=VALUE, in the section [DEFAULT]; before any section that is what is meant. Lines that begin with # or ; are nothing; a comment after a value begins with a blank and one of them. A value between single quotes is as it stands; between double quotes a backslash begins an escape as in JSON. A key that nobody knows, or a value that cannot be read, is an error that names the file and the line.',
  'A DURATION is a number with ms, s, m, h or d, or a bare number of seconds; a SIZE is a number with K, M, G or T; a BOOLEAN is read as git reads one: true, yes, on or a number other than 0; false, no, off, 0 or nothing after the =; a key that stands alone is true. A list has commas between its words.',
  'An instance lives with the configuration that it was made with. When that changes, instances that are cached are discarded, and those in use when they are released; reserve, maximum and the other keys that only say how many there are, and for how long, change nothing about them. Where maximum is lowered, no more than it are given out, what is cached above it is discarded by gc, and what is in use above it when it is released. When it is removed, the source stays, as unconfigured, until its last instance is released.',
  'When it has become wrong, or may not be used any more (see SECURITY), the source is misconfigured: whoever asks for an instance is told why, gc neither makes nor drops any, and those that there are can be released and discarded as they were made.',
];

const aboutRoots = [
  'In a root, crcache.conf holds what is said of all its sources. Below [source-defaults] stand values of KEYS OF EVERY SOURCE, but for type, which hold in each source of this root that does not say otherwise. Below [DEFAULT], or before any section, stand:',
];

const security = [
  'Configuration is code. Its hooks and its command lines run as the user who names the source. To use the .crcache of a project is to run what is in it, as make runs what is in a Makefile: look at it first.',
  'A .crcache that another user owns, or that others may write to, gives no source: what asks for one of its sources fails with status 2, and listings warn of it. The same holds for each part of it that decides about a source: crcache.conf, source.conf and what is beside it, and the hooks. What a symlink of yours leads to may belong to root, and a group that is yours alone, as /etc/passwd and /etc/group have it, is nobody else. If you trust one, list the directory that has it in trusted-directories of your own crcache.conf; a project cannot list itself.',
  'Root uses no configuration of other users, listed or not, and in whichever root it is.',
];

function renderType({name, summary, keys}: DocumentedType): readonly string[] {
  const none = roffText('It has no keys of its own.');
  const own = Object.keys(keys).length === 0 ? ['.PP', ...none] : rows(keys);
  return [`.SS type=${escapeRoff(name)}`, ...roffText(`${sentence(summary)}.`), ...own];
}

function rows(table: KeyTable): readonly string[] {
  return Object.entries(table).flatMap(([name, key]) => [
    '.TP',
    `${roffBold(`${name}=`)}${roffItalic(key.value)}`,
    ...roffText(`${sentence(key.summary)}.${remarks(key)}${otherName(key)}`),
  ]);
}

function otherName({alias}: Key<unknown>): string {
  return alias === undefined ? '' : ` It may be written as ${alias}=, too.`;
}

function remarks(key: Key<unknown>): string {
  if (key.unless !== undefined) return ` It or ${key.unless.join(' or ')} must be given.`;
  if (key.isRequired === true) return ' It must be given.';
  if (key.repeats === true) return ' It may stand on several lines.';
  const shown = key.show(key.fallback);
  return shown === '' ? '' : ` Without it: ${shown}.`;
}
