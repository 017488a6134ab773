// The caller's terminal is the command's, in every kind of instance and by every way into it.

import * as assert from 'uvu/assert';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {suite} from '../../../helpers/suite.js';
import {acquireKind, eachWay, kinds, type Where} from './kinds.js';

const test = suite('the terminal');

eachWay((where) => {
  const {kind, way} = where;

  test(`is the command's, with its size, in ${kind.name} ${way.name}`, async (t) => {
    const command = 'tty; stty size; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all; exit 6';
    const steps = [
      ['see', 'all'],
      ['end', 6],
    ];
    const seen = await onTerminal(t, where, {command, steps});
    assert.match(seen, '31 77');
  });

  test(`tells of a new size in ${kind.name} ${way.name}`, async (t) => {
    const command = 'trap "stty size; exit 0" WINCH; echo up; while :; do sleep 0.05; done';
    await onTerminal(t, where, {
      command,
      steps: [
        ['see', 'up'],
        ['size', 20, 40],
        ['see', '20 40'],
        ['end', 0],
      ],
    });
  });

  test(`interrupts once in ${kind.name} ${way.name}`, async (t) => {
    const command = `
      trap 'echo "int $((n = n + 1))"' INT; trap 'echo quit; exit 8' QUIT
      echo up; while :; do sleep 0.05; done`;
    const steps = [
      ['see', 'up'],
      ['type', '\u0003'],
      ['see', 'int 1'],
      ['type', '\u001c'],
      ['see', 'quit'],
      ['end', 8],
    ];
    const seen = await onTerminal(t, where, {command, steps});
    assert.not.match(seen, 'int 2');
  });

  test(`stops a job and takes it up again in ${kind.name} ${way.name}`, async (t) => {
    const command = 'echo up; read -r line; echo "read $line"; exit 5';
    const steps: Steps = [
      // Each line is typed when the shell has asked for one.
      ...[
        ['see', '$ '],
        ['type', 'in_it sh command\n'],
        ['see', 'up'],
      ],
      ...[
        ['type', '\u001a'],
        ['see', 'Stopped'],
        ['see', '$ '],
      ],
      ...[
        ['type', 'fg\n'],
        ['see', '${2:-command}'],
        ['type', 'word\n'],
        ['see', 'read word'],
      ],
      ...[
        ['see', '$ '],
        ['type', 'echo "status $?"\n'],
        ['see', 'status 5'],
        ['see', '$ '],
      ],
      ...[
        ['type', 'exit 0\n'],
        ['end', 0],
      ],
    ];
    await onTerminal(t, where, {command, steps, isInShell: true});
  });
});

for (const kind of kinds) {
  test(`is made for a command with -t, and none is left with -T, in ${kind.name}`, async (t) => {
    t.needs('script');
    const name = await acquireKind(t, kind);
    const asked = await t.crcache(['run', '-t', name, '-S', 'tty && stty size; exit 4']);
    assert.is(asked.status, 4, asked.stderr);
    assert.match(asked.stdout, /^\/dev\/pts\/[0-9]+\r\n/);
    const command =
      '[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo none; read -r word; echo "$word"; tty 2>&1; exit 3';
    const way = {name: '', code: 'crcache run -T "$name"', isParent: true};
    const steps = [
      ['see', 'none'],
      ['type', 'word\n'],
      ['see', 'word'],
      ['see', 'not a tty'],
      ['end', 3],
    ];
    await onTerminal(t, {kind, way}, {command, steps, name});
  });

  test(`is where a shell speaks to its user in ${kind.name}`, async (t) => {
    const name = await acquireKind(t, kind);
    const way = {name: '', code: 'crcache shell "$name"; exit; :', isParent: false};
    t.env['SHELL'] = '/bin/sh';
    const steps = [
      ['type', 'echo "in $CRCACHE_INSTANCE"; exit 3\n'],
      ['see', `in ${name}`],
      ['end', 3],
    ];
    await onTerminal(t, {kind, way}, {command: '', steps, name});
  });
}

type Steps = readonly (readonly (string | number)[])[];

interface Scene {
  /** What the command does. */
  readonly command: string;
  /** What is typed, what is to be seen then, and which status is the last. */
  readonly steps: Steps;
  /** Whether the way is called from an interactive shell, by the name of in_it. */
  readonly isInShell?: boolean;
  /** The instance; one of its own unless given. */
  readonly name?: string;
}

/** Plays a scene on a terminal of 31 lines and 77 columns; the value is all that was seen on it. */
async function onTerminal(
  t: Sandbox,
  {kind, way}: Where,
  {command, steps, isInShell = false, name: known}: Scene,
): Promise<string> {
  t.needs('python3', 'bash');
  const name = known ?? (await acquireKind(t, kind));
  t.write('command', command);
  t.write(
    'home/.bashrc',
    `PS1='$ '; name=${name} node=${process.execPath}
in_it() { ${way.code} "\${1:-sh}" "${t.dir}/\${2:-command}"; }
`,
  );
  const words = isInShell
    ? ['bash', '--noprofile', '-i']
    : ['bash', '--noprofile', '-c', '. "$HOME/.bashrc"; in_it'];
  const program = t.write('terminal.py', player);
  const {status, stdout, stderr} = await t.run('python3', [
    program,
    JSON.stringify(steps),
    ...words,
  ]);
  assert.is(status, 0, `${stderr}\n${stdout}`);
  return stdout;
}

/** Plays the steps of a scene; prints what it saw, and fails with the first step that does not come true. */
const player = `
import fcntl, json, os, pty, select, struct, sys, termios, time
steps = json.loads(sys.argv[1])
def resize(fd, rows, columns): fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
pid, terminal = pty.fork()
if pid == 0:
    resize(0, 31, 77)
    os.execvp(sys.argv[2], sys.argv[2:])
seen, start = b'', 0
def fail(why):
    os.kill(pid, 9)
    print(seen.decode(errors='replace'))
    sys.exit('%s, step %r' % (why, step))
def take():
    global seen
    if not select.select([terminal], [], [], 10)[0]: fail('nothing comes')
    try: more = os.read(terminal, 65536)
    except OSError: more = b''
    seen += more
    return more
for step in steps:
    if step[0] == 'see':
        word = step[1].encode()
        while word not in seen[start:]:
            if not take(): fail('it ended before')
        start = seen.index(word, start) + len(word)
    elif step[0] == 'type': os.write(terminal, step[1].encode())
    elif step[0] == 'size': resize(terminal, *step[1:])
    else:
        while take(): pass
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status != step[1]: fail('status %d' % status)
print(seen.decode(errors='replace'))
`;
