import {resolve} from 'node:path';
import {blockFrom, blockOptions, blockParagraphs, pathsBehind} from '../lib/cli/block-options.js';
import type {Command} from '../lib/cli/command.js';
import type {Context} from '../lib/cli/context.js';
import {eachFrom, eachOptions, refuseStrayOf} from '../lib/cli/each-options.js';
import {instanceOrSource} from '../lib/cli/operands.js';
import type {Arguments} from '../lib/cli/parse.js';
import {Progress} from '../lib/cli/progress.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {CrcacheError} from '../lib/errors.js';
import type {RunRequest} from '../lib/operation/run.js';
import {runCommand, type Manner} from '../lib/operation/run-command.js';
import {clearStatusFile, type StatusFile} from '../lib/operation/status-file.js';

export const run: Command = {
  name: 'run',
  kind: 'porcelain',
  summary: 'run a command in an instance',
  description: [
    'Runs COMMAND in an instance that you have acquired, with the arguments, the streams and the terminal that it was called with: arguments arrive byte for byte, with no shell in between. Without a command it is a shell.',
    'The exit status is that of the command, and 128 and the number of the signal if one ended it; 124 if --timeout did; 127 if the command was not found and 126 if it could not be executed; 125 for whatever of crcache failed before or around it.',
    "Without options it costs no more than a small shell: it calls the instance's own script, which is the file `run` in its directory and can be called by hand as well.",
    "A status file has the lines status, why and, where a signal ended the command, signal. Why is exited, signalled, timeout, lost (the way into the instance broke) or crcache (what failed was ours): it tells a 125 of ours from the command's. What an earlier command has left there goes at the start, and the file is there, whole, when the command has ended. A pipe, a device, what a symlink leads to, or a descriptor as in /dev/fd/3 is written into.",
    'A command is at your terminal if you are at one, where its instance is on this machine. Elsewhere it is as with ssh: a shell gets a terminal, a command gets one with -t.',
    "With --files, as in `crcache run --files NAME FILE... -- COMMAND`, the command finds each FILE under the path that it has here. Where an instance does not see the files of this machine they are copied in first. In COMMAND's words a relative path of a FILE becomes an absolute one, and a path that cannot be in the instance another one.",
    'With --log all that the command prints is kept, whatever its size, until the instance is discarded, or gc finds a hundred later ones; the values of variables that are set for it are not.',
    'With --log, -T or --each what the command prints comes by a pipe. As with `cmd | cat` and with ssh, it is read until nobody holds that any more: a process that the command leaves behind with it is waited for, until --timeout ends that one. The status is the one that the command has ended with by then.',
    ...blockParagraphs,
    'Inside of crcache with --streams, NAME may be a stream, as in :1 or :db. With -d and --each it may be several, as in :1-3 or :1,db: a job begins in each as soon as that is there, and with --together in all of them within 200 ms, or in none. A job of a stream has a command barrier: see crcache barrier.',
    'An instance that nobody holds is refused. Inside of a lease (CRCACHE_LEASE, set by crcache with and in an instance) one that another lease holds is refused as well.',
  ],
  operands: [
    instanceOrSource,
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
    ...blockOptions,
    {name: 'terminal', short: 't', summary: 'give the command a terminal, though stdin is none'},
    {name: 'no-terminal', short: 'T', summary: 'give the command no terminal, though stdin is one'},
    {
      name: 'timeout',
      value: 'DURATION',
      summary: 'end the command, and all that it started, after this time: by TERM, then by KILL',
    },
    {
      name: 'grace',
      value: 'DURATION',
      summary: 'the time from TERM to KILL; 10s unless given',
    },
    {
      name: 'status-file',
      value: 'FILE',
      completes: 'file',
      summary: 'write how the command ended to this file, as lines KEY=VALUE',
    },
    {
      name: 'detach',
      short: 'd',
      summary: 'let the command run on as a job, and print the name of that: see crcache jobs',
    },
    {
      name: 'output',
      value: 'NAME=PATH',
      repeats: true,
      summary: 'with -d: keep this file of the instance as an output when the job ends',
    },
    {
      name: 'together',
      value: 'NAME',
      summary: 'with -d, in streams: let the jobs begin at once, when all instances are there',
    },
    ...eachOptions,
    {
      name: 'log',
      summary: "keep argv, times, status and output in the instance's directory; crcache log tells",
    },
    {
      name: 'files',
      summary:
        "the words between NAME and '--' are files that are copied in first; words VAR=VALUE before COMMAND set variables",
    },
  ],
  examples: [
    {
      line: 'crcache run --timeout 10m --status-file end build-0 make check',
      means: 'a command that may take ten minutes, with how it ended in a file',
    },
    {line: 'crcache run build-0 make -j4', means: 'a command'},
    {line: 'crcache run -d build-0 make check', means: 'a job, which runs on by itself'},
    {line: 'crcache run -d --together talk :1-2 ./talk', means: 'in two streams at the same time'},
    {line: "crcache run build-0 -S 'cd /src && make >log'", means: 'a line for the shell'},
    {
      line: 'crcache run -C /src -e CC=clang build-0 make',
      means: 'in a directory, with a variable',
    },
  ],
  seeAlso: ['crcache-jobs(1)', 'crcache-hooks(5)', 'crcache-streams(7)', 'crcache-test-runners(7)'],
  failureStatus: 125,
  async run(context, args) {
    const statusFile = statusFileFrom(context, args);
    if (statusFile !== undefined) clearStatusFile(statusFile);
    if (args.has('grace') && !args.has('timeout') && !args.has('fail-fast')) {
      throw new CrcacheError('usage', "option '--grace' goes with '--timeout' or '--fail-fast'");
    }
    if (args.has('detach')) return detach(context, args);
    for (const name of ['together', 'output']) {
      if (args.has(name)) throw new CrcacheError('usage', `option '--${name}' goes with '-d'`);
    }
    if (args.has('each') || args.has('all')) return runInEach(context, args);
    refuseStrayOf(args);
    const request = pathsBehind(requestFrom(context, args));
    return runCommand(openCache(context, sayTo(context)), request, {
      ...mannerFrom(context, args),
      statusFile,
    });
  },
};

async function detach(context: Context, args: Arguments): Promise<undefined> {
  if (context.launcher !== undefined) {
    context.launcher.restart();
    return;
  }
  const ofOthers = ['files', 'timeout', 'status-file', 'terminal', 'log'];
  for (const name of [...ofOthers, ...eachOptions.map((option) => option.name)]) {
    if (args.has(name))
      throw new CrcacheError('usage', `options '--${name}' and '-d' contradict each other`);
  }
  const cache = openCache(context, sayTo(context));
  const {startJobs} = await import('../lib/operation/stream/start-jobs.js');
  const jobs = await startJobs(cache, {
    ...pathsBehind(requestFrom(context, args)),
    outputs: args.values('output'),
    together: args.value('together'),
  });
  await context.stdout.write(jobs.map(({name}) => `${name}\n`).join(''));
}

async function runInEach(context: Context, args: Arguments): Promise<number | undefined> {
  const {launcher, stdout, stderr, cwd} = context;
  if (launcher !== undefined) {
    launcher.restart();
    return undefined;
  }
  const progress = new Progress(context);
  const request = pathsBehind({...requestFrom(context, args), ...eachFrom(args, cwd)});
  const output = {
    stdout: (lines: Uint8Array) => progress.aside(() => stdout.write(lines)),
    stderr: (lines: Uint8Array) => progress.aside(() => stderr.write(lines)),
    progress,
  };
  const manner = {...mannerFrom(context, args), output};
  const {runEach} = await import('../lib/operation/run-each.js');
  return runEach(openCache(context, sayTo(context)), request, manner);
}

function requestFrom(context: Context, args: Arguments): RunRequest {
  const source = args.value('source');
  const [first = '', ...rest] = args.operands;
  if (args.has('terminal') && args.has('no-terminal')) {
    throw new CrcacheError('usage', "options '-t' and '-T' contradict each other");
  }
  const {before, after} = args.sides;
  return {
    instance: source ?? first,
    ...(args.has('files')
      ? {words: after, files: source === undefined ? before.slice(1) : before}
      : {words: source === undefined ? rest : args.operands}),
    line: args.value('shell'),
    block: blockFrom(args),
    settings: args.values('env'),
    settingFiles: args.values('env-file'),
    directory: args.value('directory'),
    user: args.value('user'),
    terminal: args.has('terminal') ? 'on' : args.has('no-terminal') ? 'off' : undefined,
    isAtTerminal: context.stdinIsTerminal(),
  };
}

function statusFileFrom({cwd, umask}: Context, args: Arguments): StatusFile | undefined {
  const file = args.value('status-file');
  return file === undefined ? undefined : {path: resolve(cwd, file), umask};
}

function mannerFrom({launcher, umask, stdout, stderr}: Context, args: Arguments): Manner {
  const isRead = args.has('log') || args.has('no-terminal');
  return {
    launcher,
    umask,
    timeoutMs: args.duration('timeout'),
    graceMs: args.duration('grace') ?? 10_000,
    isWithoutTerminal: args.has('no-terminal'),
    isLogged: args.has('log'),
    reader: isRead ? {stdout: stdout.write, stderr: stderr.write} : undefined,
  };
}
