import type {Command} from '../lib/cli/command.js';
import {helpTopic} from '../lib/cli/help-topic.js';

export const help: Command = {
  name: 'help',
  kind: 'porcelain',
  summary: 'show what there is, or the help of one command',
  description: [
    "Without an operand, shows an overview of what crcache can do. With the name of a command, shows its help, which is the short form of its manual page. 'crcache COMMAND --help' and 'crcache --help COMMAND' show the same.",
    "A program crcache-NAME on the PATH, which 'crcache NAME' runs, has its own help: try 'crcache NAME --help'.",
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
    {line: 'man crcache-acquire', means: 'the same in full, as a manual page'},
  ],
  seeAlso: ['crcache-tutorial(7)'],
  async run(context, {operands: [word]}) {
    await context.stdout.write(helpTopic(context, word));
    return undefined;
  },
};
