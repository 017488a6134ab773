import type {Command} from '../lib/cli/command.js';
import {instanceOrSource} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {runCommand} from '../lib/operation/run-command.js';

export const shell: Command = {
  name: 'shell',
  kind: 'porcelain',
  summary: 'open a shell in an instance',
  description: [
    'Opens a login shell in an instance that you have acquired: your own shell ($SHELL) where the instance is on this machine, /bin/sh elsewhere. Its exit status is that of the shell; 125 is for whatever of crcache failed.',
  ],
  operands: [instanceOrSource],
  options: [
    {name: 'user', short: 'u', value: 'USER', summary: 'open the shell of this user'},
    {
      name: 'directory',
      short: 'C',
      value: 'DIR',
      summary: 'begin in this directory of the instance',
    },
  ],
  examples: [{line: 'crcache shell build-0', means: 'look around in an instance'}],
  failureStatus: 125,
  run(context, args) {
    const {launcher, umask} = context;
    const request = {
      instance: args.value('source') ?? args.operands[0] ?? '',
      words: [],
      directory: args.value('directory'),
      user: args.value('user'),
      isAtTerminal: context.stdinIsTerminal(),
    };
    const manner = {launcher, umask, graceMs: 0, isWithoutTerminal: false};
    return runCommand(openCache(context, sayTo(context)), request, manner);
  },
};
