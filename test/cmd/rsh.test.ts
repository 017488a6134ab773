// rsh: what the words of ssh clients mean, under each shell that may run the launcher.

import * as assert from 'uvu/assert';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('the words of ssh');

const shells = {
  sh: ['sh'],
  'busybox sh': ['busybox', 'sh'],
  'bash in POSIX mode': ['bash', '--posix'],
} as const;

/** What `rsh` makes of its words: the words of `run`, the user, and where stdin comes from. */
interface Meaning {
  readonly host?: string;
  /** The command line; a login shell unless given. */
  readonly line?: string;
  readonly user?: string;
  /** NAME=VALUE words. */
  readonly env?: readonly string[];
  readonly stdin?: 'none';
  readonly terminal?: 'on';
}

const shell = 'exec "$SHELL" -l';

const meanings: readonly (readonly [words: readonly string[], meaning: Meaning])[] = [
  [['h-0'], {}],
  [['h-0', ''], {}],
  [['h-0', 'true'], {line: 'true'}],
  [['h-0', 'a', '', ' b  c', '-l', '*'], {line: 'a   b  c -l *'}],
  [['h-0', 'echo', '$HOME', "'", '\n', '\\n'], {line: "echo $HOME ' \n \\n"}],
  [['--', 'h-0', 'ls', '--', '-l'], {line: 'ls -- -l'}],
  [['h-0', '--', 'ls', '--', '-l'], {line: 'ls -- -l'}],
  [['--', 'h-0', '-l', 'x'], {line: '-l x'}],
  [['h-0', '--', '--'], {line: '--'}],
  [['h-0', '-l', 'u', 'id', '-l', 'x'], {user: 'u', line: 'id -l x'}],
  [['h-0', '-n', '-l', 'u', '--', '-x'], {user: 'u', stdin: 'none', line: '-x'}],
  [['-lu', 'h-0', 'id'], {user: 'u', line: 'id'}],
  [['u@h-0', 'id'], {user: 'u', line: 'id'}],
  [['u@v@h-0', 'id'], {user: 'u@v', line: 'id'}],
  [['-l', 'u', 'v@h-0', 'id'], {user: 'u', line: 'id'}],
  [['v@h-0', '-l', 'u', 'id'], {user: 'v', line: 'id'}],
  [['-oUser=u', '-l', 'v', 'h-0', 'id'], {user: 'u', line: 'id'}],
  [['ssh://h-0', 'id'], {line: 'id'}],
  [['ssh://u@h-0:22/', 'id'], {user: 'u', line: 'id'}],
  [['-46AaCgKkMqTvvXxYy', '-tn', 'h-0', 'id'], {stdin: 'none', line: 'id'}],
  [['-qxlu', 'h-0', 'id'], {user: 'u', line: 'id'}],
  [['-p', '22', '-p22', '-i', 'k', '-Fnone', '-J', 'j', 'h-0', 'id'], {line: 'id'}],
  [['-B', 'b', '-b', 'b', '-c', 'c', '-E', 'e', '-e', 'e', '-I', 'i', 'h-0', 'id'], {line: 'id'}],
  [['-m', 'm', '-S', '/a b/%h', '-P', 't', '-o', 'ControlMaster=auto', 'h-0', 'id'], {line: 'id'}],
  [['-o', 'StdinNull=yes', 'h-0', 'id'], {stdin: 'none', line: 'id'}],
  [['-o', 'stdinnull no', '-oport 22', '-oFoo', 'h-0', 'id'], {line: 'id'}],
  [['-oSessionType=default', '-oForkAfterAuthentication=no', 'h-0', 'id'], {line: 'id'}],
  [['-tt', 'h-0', 'id'], {terminal: 'on', line: 'id'}],
  [['-t', '-t', 'h-0'], {terminal: 'on'}],
  [['-o', 'RequestTTY=force', 'h-0', 'id'], {terminal: 'on', line: 'id'}],
  [['-tt', '-o', 'RequestTTY no', 'h-0', 'id'], {line: 'id'}],
  [['-t', 'h-0', 'id'], {line: 'id'}],
  [['-o', 'SendEnv=GIT_PROTOCOL', 'h-0', 'id'], {env: ['GIT_PROTOCOL=version=2'], line: 'id'}],
  [['-oSendEnv LC_* -x NONE', 'h-0', 'id'], {env: ['LC_A=a b', "LC_B='\n"], line: 'id'}],
  [['-osendenv=host user', 'h-0', 'id'], {env: ['host=$x', 'user=*'], line: 'id'}],
  [['-o', 'SetEnv=A=b', 'h-0', 'id'], {env: ['A=b'], line: 'id'}],
  [
    ['-o', 'SetEnv  A=b "C=d e"\tF="g h" I= J=k=l"', 'h-0'],
    {env: ['A=b', 'C=d e', 'F=g h', 'I=', 'J=k=l"']},
  ],
  [['-s', '--', 'h-0', 'sftp'], {line: 'sftp'}],
  [['-s', 'h-0', '-oForwardX11 no', 'sftp'], {line: 'sftp'}],
  [
    ['-x', '-oPermitLocalCommand=no', '-oRequestTTY=no', '-lu', '--', 'h-0', 'scp -t .'],
    {user: 'u', line: 'scp -t .'},
  ],
];

const environment = {
  GIT_PROTOCOL: 'version=2',
  LC_A: 'a b',
  LC_B: "'\n",
  host: '$x',
  user: '*',
};

/** Shows what a sourced rsh.sh leaves of its words, its environment and its stdin. */
const show = `set -u
unset LC_ALL
. "$0"
stdin=; [ ! /dev/stdin -ef /dev/null ] || stdin=none
printf '%s\\0' "\${CRCACHE_RUN_USER-}" "$stdin" "\${CRCACHE_RUN_TERMINAL-}" "$CRCACHE_RUN_FAILED" "$@"`;

const rsh = `${repository}/cmd/rsh.sh`;

for (const [name, [program, ...words]] of Object.entries(shells)) {
  const read = (t: Sandbox, given: readonly string[]) =>
    t.run(program, [...words, '-c', show, rsh, ...given], {env: {...t.env, ...environment}});

  test(`mean what they mean to ssh, under ${name}`, async (t) => {
    t.needs(program);
    for (const [given, meaning] of meanings) {
      const {status, stdout, stderr} = await read(t, given);
      assert.equal([status, stderr], [0, ''], given.join(' '));
      assert.equal(meaningOf(stdout), {...nothing, ...meaning}, given.join(' '));
    }
  });

  test(`that are wrong or want a connection are 255 and a line, under ${name}`, async (t) => {
    t.needs(program);
    for (const [given, message] of refusals) {
      const {status, stdout, stderr} = await read(t, given.split(' '));
      assert.equal([status, stdout], [255, ''], given);
      assert.match(stderr.split('\n')[0] ?? '', message);
      const quiet = await read(t, ['-q', ...given.split(' ')]);
      assert.equal([quiet.status, quiet.stderr], [255, ''], given);
    }
  });
}

const refusals: readonly (readonly [words: string, message: RegExp])[] = [
  ['-L 1:h:2 h-0', /'-L'/],
  ['-NR1:h:2 h-0', /'-N'/],
  ['-fD 1 h-0', /'-f'/],
  ['h-0 -W x:1', /'-W'/],
  ['-oLocalForward=1 h-0', /'-o LocalForward'/],
  ['-oSessionType=none h-0', /'-o SessionType=none'/],
  ['-o forkafterauthentication=yes h-0', /'-o forkafterauthentication=yes'/],
  ['-z h-0', /no option '-z'/],
  ['--foo h-0', /no option '--'/],
  ['-l', /'-l' wants a value/],
  ['-l  h-0', /wants the name of a user/],
  ['-oUser= h-0', /wants the name of a user/],
  ['@h-0', /wants the name of a user/],
  ['-x', /wants an instance's name/],
  ['-- -x', /wants an instance's name, not '-x'/],
  ['u@', /wants an instance's name/],
  ['-s h-0 netconf', /no subsystem 'netconf'/],
  ['-s h-0', /no subsystem ''/],
  ['-oSetEnv=A h-0', /SetEnv wants NAME=VALUE/],
  ['-oSetEnv=A-B=c h-0', /'A-B' is not the name/],
];

const nothing = {host: 'h-0', line: shell, user: '', env: [], stdin: '', terminal: ''};

function meaningOf(shown: string): Meaning {
  const [user, stdin, terminal, failed, run, ...words] = shown.slice(0, -1).split('\0');
  assert.equal([failed, run], ['255', 'run']);
  const [host, ...command] = words;
  const isGiven = command[0] === 'env';
  const env = isGiven
    ? command
        .splice(0, command.length - 3)
        .slice(1)
        .sort()
    : [];
  const [sh, c, text = ''] = command;
  assert.equal([sh, c, command.length], ['/bin/sh', '-c', 3]);
  const [, line = ''] = /^cd [^\n]*\n([^]*)$/.exec(text) ?? [];
  const shownLine = line.includes('sftp-server') ? 'sftp' : line;
  return {host, line: shownLine, user, env, stdin, terminal} as Meaning;
}

test('ask for a terminal where there is one', async (t) => {
  t.needs('script');
  const shown = async (words: string): Promise<string> => {
    const line = `sh -c '. ${rsh}; echo "\${CRCACHE_RUN_TERMINAL-no wish}"' sh ${words}`;
    const {stdout} = await t.run('script', ['-qec', line, '/dev/null']);
    return stdout.trim();
  };
  assert.is(await shown('-t h-0 id'), 'on');
  assert.is(await shown('-T h-0'), 'off');
  assert.is(await shown('-T h-0 id'), 'no wish');
  assert.is(await shown('h-0'), 'on');
  assert.is(await shown('h-0 id'), 'no wish');
  assert.is(await shown('-tn h-0'), 'no wish');
});

test('that only ask are answered at once', async (t) => {
  const answers: readonly (readonly [words: string, stdout: string, stderr: RegExp])[] = [
    ['-G h-0', 'host h-0\nhostname h-0\n', /^$/],
    ['-G -p 22 u@h-0', 'host h-0\nuser u\nhostname h-0\n', /^$/],
    ['-O check h-0', '', /^$/],
    ['-O exit -o ControlPath=/x h-0', '', /^$/],
    ['-V', '', /^crcache [0-9.]+\n$/],
    ['-vV h-0', '', /^crcache [0-9.]+\n$/],
  ];
  for (const [words, expected, message] of answers) {
    const {status, stdout, stderr} = await t.crcache(['rsh', ...words.split(' ')]);
    assert.equal([status, stdout], [0, expected], words);
    assert.match(stderr, message);
  }
});

test('are not those of help, but the first', async (t) => {
  for (const word of ['--help', '-h']) {
    const {status, stdout} = await t.crcache(['rsh', word]);
    assert.is(status, 0);
    assert.match(stdout, /^usage: crcache rsh/);
  }
});
