// What `crcache` alone and `crcache help` show: what one does with it, by what one wants to do.

import type {CommandTable} from './command.js';
import {plainTitle, type Title} from './title.js';

export interface Chapter {
  readonly title: string;
  readonly names: readonly string[];
}

/** Which commands stand in the overview, under what a person is after. */
export const chapters: readonly Chapter[] = [
  {title: 'start here', names: ['quickstart', 'init', 'doctor']},
  {title: 'get and give back instances', names: ['acquire', 'release', 'renew', 'with']},
  {title: 'use them', names: ['run', 'shell', 'cp', 'sync', 'rsh']},
  {title: 'let commands run on', names: ['jobs', 'wait', 'output', 'kill', 'barrier']},
  {title: 'look at them', names: ['status', 'log', 'explain', 'inventory']},
  {title: 'keep house', names: ['gc', 'fsck']},
  {title: 'learn more', names: ['help', 'commands', 'completion']},
];

/** The overview, one screen long; what a chapter names and does not exist is left out. */
export function renderOverview(
  commands: readonly CommandTable[],
  title: Title = plainTitle,
): string {
  const lines = ['usage: crcache [-s SOURCE] [-q] [-v] COMMAND [ARGUMENT...]'];
  for (const chapter of chapters) {
    const shown = chapter.names.flatMap((name) => commands.find((one) => one.name === name) ?? []);
    if (shown.length === 0) continue;
    const rows = shown.map(({name, summary}) => `   ${name.padEnd(12)}${summary}`);
    lines.push('', title(chapter.title), ...rows);
  }
  lines.push('', "'crcache help COMMAND' says more of one, 'crcache commands' lists them all");
  return `${lines.join('\n')}\n`;
}
