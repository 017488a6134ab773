import type {Command} from '../lib/cli/command.js';

/** Lines that begin with three blanks are commands; what is said of them stands apart, where no shell reads it. */
const lesson = `crcache lends instances: places to run commands in. Sources make them. The lines
below can be pasted. They use 'local', which is this machine, as it is.

Get an instance, run a command in it, see what is in use, and give it back:

   name=$(crcache acquire -s local)
   crcache run "$name" uname -a
   crcache status
   crcache release "$name"

The same in one line, which gives the instance back however the command ends:

   crcache with local -- uname -a

A source of your own is a file with a few lines, and 'init' writes it. This one
draws on 'local', and keeps hold of its instance until its own is discarded:

   crcache init pool --type pool sources=local
   crcache with pool -- uname -n
   crcache discard-instance pool-0

There is more: 'man crcache-tutorial' goes on from here, 'crcache help' lists
the commands, and 'man crcache' has the words and the files.
`;

export const quickstart: Command = {
  name: 'quickstart',
  kind: 'porcelain',
  summary: 'learn crcache in one screen',
  description: [
    'Shows the commands that one needs first, as lines that can be pasted into a shell. They need no configuration.',
  ],
  operands: [],
  options: [],
  examples: [{line: 'crcache quickstart', means: 'the lesson'}],
  seeAlso: ['crcache-tutorial(7)'],
  async run({stdout}) {
    await stdout.write(lesson);
    return undefined;
  },
};
