import {dirname, join} from 'node:path';
import type {Command} from '../lib/cli/command.js';
import {runExtension} from '../lib/cli/extension.js';

export const rsh: Command = {
  name: 'rsh',
  kind: 'porcelain',
  summary: 'run a command line in an instance, for programs that call ssh',
  description: [
    'Takes the words that ssh clients pass and runs the command line in the instance NAME, which is in use: rsync, git, scp, sftp, GNU parallel, Ansible and others can so use any kind of instance. The words after NAME are joined with blanks and run by /bin/sh in the instance, from its home directory; without any it is a login shell.',
    'NAME is an instance as elsewhere, or USER@NAME, or ssh://USER@NAME. These options of ssh do something: -l USER; -n, stdin is empty; -q, no messages of rsh; -t, -tt and -T, with a terminal or without (in an instance on this machine, that of the caller); -s, the word after NAME is a subsystem, which can only be sftp; -G, print what NAME means and end; -V, print the version on stderr and end; -O, end at once, as there is no connection to control; -o with User, RequestTTY, StdinNull, SendEnv and SetEnv. Where a user is named twice the first counts.',
    'What would need a connection is refused: -D, -f, -L, -N, -Q, -R, -W and -w. All other options of ssh are taken and do nothing. Options of every command are given before the word rsh; after it, all words are those of ssh.',
    'The status is that of the command line: 128+n where signal n ended it, unlike ssh, which says 255 for that too. 255 is what failed of rsh itself, as clients of ssh expect it, or what the command line ended with. Where rsh is killed, all that the command line has started ends within two seconds; what it leaves running when it ends by itself runs on until the instance is released.',
  ],
  takesAllWords: true,
  operands: [
    {
      name: 'WORD',
      verbatim: true,
      repeats: true,
      summary: 'options of ssh, NAME and the command line',
    },
  ],
  options: [],
  examples: [
    {line: "rsync -a -e 'crcache rsh' dir/ pool-0:dir/", means: 'copies a tree into an instance'},
    {
      line: "GIT_SSH_COMMAND='crcache rsh' git clone pool-0:/srv/project",
      means: 'clones a repository that is in it',
    },
    {line: 'crcache rsh root@pool-0 uname -a', means: 'runs a command line there, as root'},
  ],
  seeAlso: ['crcache-ssh-config(1)', 'crcache-ssh(7)'],
  failureStatus: 255,
  run(context, args) {
    // The launcher knows what these words mean (cmd/rsh.sh); it asks here only where options stand before 'rsh'.
    const launcher = join(dirname(context.program.at(-1) ?? ''), '../cmd/crcache');
    return runExtension(context, launcher, ['rsh', ...args.operands]);
  },
};
