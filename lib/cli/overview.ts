// What `crcache` alone and `crcache help` show: what one does with it, by what one wants to do.

import type {Command} from './command.js';

/** Which commands stand in the overview, under what a person is after. */
const chapters: readonly {readonly title: string; readonly names: readonly string[]}[] = [
  {title: 'start here', names: ['quickstart', 'init', 'doctor']},
  {title: 'get and give back instances', names: ['acquire', 'release', 'renew', 'with']},
  {title: 'use them', names: ['run', 'shell', 'cp', 'sync', 'rsh']},
  {title: 'let commands run on', names: ['jobs', 'wait', 'output', 'kill', 'barrier']},
  {title: 'look at them', names: ['status', 'log', 'explain']},
  {title: 'keep house', names: ['gc', 'fsck']},
  {title: 'learn more', names: ['help', 'commands', 'completion']},
];

/** The overview, one screen long. */
export function renderOverview(commands: readonly Command[]): string {
  const lines = ['usage: crcache [-s SOURCE] [-q] [-v] COMMAND [ARGUMENT...]'];
  for (const {title, names} of chapters) {
    const shown = names.flatMap((name) => commands.find((command) => command.name === name) ?? []);
    if (shown.length === 0) continue;
    lines.push('', title, ...shown.map(({name, summary}) => `   ${name.padEnd(12)}${summary}`));
  }
  lines.push('', "'crcache help COMMAND' says more of one, 'crcache commands' lists them all");
  return `${lines.join('\n')}\n`;
}
