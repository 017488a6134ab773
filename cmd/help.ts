import type {Command} from '../lib/cli/command.js';
import {findCommand, unknownCommand} from '../lib/cli/find-command.js';
import {renderHelp} from '../lib/cli/help.js';
import {renderOverview} from '../lib/cli/overview.js';

export const help: Command = {
  name: 'help',
  kind: 'porcelain',
  summary: 'show what there is, or the help of one command',
  description: [
    'Without an operand, shows an overview of what crcache can do. With the name of a command, shows its help, which is the short form of its manual page.',
  ],
  operands: [
    {
      name: 'COMMAND',
      optional: true,
      completes: 'command',
      summary: 'the command to show the help of',
    },
  ],
  options: [],
  examples: [
    {line: 'crcache help', means: 'an overview'},
    {line: 'crcache help acquire', means: 'how to get an instance'},
  ],
  async run({commands, stdout}, {operands: [word]}) {
    const command = word === undefined ? undefined : findCommand(commands, word);
    if (word !== undefined && command === undefined) throw unknownCommand(commands, word);
    await stdout.write(command === undefined ? renderOverview(commands) : renderHelp(command));
    return undefined;
  },
};
