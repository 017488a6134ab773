import type {Command} from '../lib/cli/command.js';
import {runInPlace} from '../lib/cli/in-place.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {planRun} from '../lib/operation/run.js';

export const run: Command = {
  name: 'run',
  kind: 'porcelain',
  summary: 'run a command in an instance',
  description: [
    'Runs COMMAND in an instance that you have acquired, with the arguments, the streams and the terminal that it was called with: arguments arrive byte for byte, with no shell in between. Without a command it is a shell.',
    'The exit status is that of the command, and 128 and the number of the signal if one ended it; 124 if --timeout did; 127 if the command was not found and 126 if it could not be executed; 125 for whatever of crcache failed before or around it.',
    "Without options it costs no more than a small shell: it calls the instance's own script, which is the file `run` in its directory and can be called by hand as well.",
    'An instance that nobody holds is refused. Inside of a lease (CRCACHE_LEASE, set by crcache with and in an instance) one that another lease holds is refused as well.',
  ],
  operands: [
    {
      name: 'NAME',
      orOption: 'source',
      completes: 'instance',
      summary: 'the instance; the name of a source means its only instance in use',
    },
    {
      name: 'COMMAND',
      optional: true,
      repeats: true,
      verbatim: true,
      completes: 'command',
      summary: 'the command and its arguments; a shell unless given',
    },
  ],
  options: [
    {
      name: 'env',
      short: 'e',
      value: 'KEY=VALUE',
      repeats: true,
      summary: 'set a variable for the command; KEY alone hands on your own value',
    },
    {
      name: 'env-file',
      value: 'FILE',
      repeats: true,
      completes: 'file',
      summary: 'set what the lines KEY=VALUE of this file say, as they are',
    },
    {
      name: 'directory',
      short: 'C',
      value: 'DIR',
      summary: 'run the command in this directory of the instance',
    },
    {name: 'user', short: 'u', value: 'USER', summary: 'run the command as this user'},
    {
      name: 'shell',
      short: 'S',
      value: 'CMDLINE',
      summary: 'run this command line by sh -c; further words are its $1, $2 and so on',
    },
  ],
  examples: [
    {line: 'crcache run build-0 make -j4', means: 'a command'},
    {line: "crcache run build-0 -S 'cd /src && make >log'", means: 'a line for the shell'},
    {
      line: 'crcache run -C /src -e CC=clang build-0 make',
      means: 'in a directory, with a variable',
    },
  ],
  failureStatus: 125,
  async run(context, args) {
    const [first = '', ...rest] = args.operands;
    const source = args.value('source');
    const start = planRun(openCache(context, sayTo(context)), {
      instance: source ?? first,
      words: source === undefined ? rest : args.operands,
      line: args.value('shell'),
      settings: args.values('env'),
      settingFiles: args.values('env-file'),
      directory: args.value('directory'),
      user: args.value('user'),
    });
    return runInPlace(context, start);
  },
};
