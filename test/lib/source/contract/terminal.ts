// The caller's terminal is the command's, by every way. Where instances are elsewhere, a command has one if it is wished for.

import * as assert from 'uvu/assert';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../../helpers/sleepers.js';
import {headOf, type There, type Way} from './there.js';

/** Where the terminal is a way to another one, script(1) tells that one by a NUL that its stdin has ended. */
function shown(text: string, {kind}: There): string {
  return kind.manners?.isFar === true ? text.replace(/^\^@/, '') : text;
}

/** What each kind's own way to a terminal does, which may add a CR where it is a terminal's behind another. */
export function describeMadeTerminal(there: There): void {
  const {test} = there;

  test('a terminal is made for a command with -t, and none is left with -T', async (t) => {
    t.needs('script');
    const name = await there.enter(t);
    const asked = await t.crcache(['run', '-t', name, '-S', 'tty && stty size; exit 4']);
    assert.is(asked.status, 4, asked.stderr);
    assert.match(shown(asked.stdout, there), /^\/dev\/(pts\/[0-9]+|console)\r+\n/);
    const long = ['a'.repeat(100 * 1024), `'${'b'.repeat(70_000)}`];
    const told = await t.crcache(['run', '-t', name, '-S', 'echo "${#1} ${#2}"', ...long]);
    assert.match(shown(told.stdout, there), /^102400 70001\r+\n$/, told.stderr); // once
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
    await onTerminal(t, there, {way, command, steps});
  });
}

export function describeTerminal(there: There): void {
  const {test, kind} = there;
  const isFar = kind.manners?.isFar === true;
  for (const way of isFar ? farWays : there.ways) {
    test(`the terminal is the command's, with its size, ${way.name}`, async (t) => {
      const command = 'tty; stty size; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all; exit 6';
      const steps = [
        ['see', 'all'],
        ['end', 6],
      ];
      const seen = await onTerminal(t, there, {way, command, steps});
      assert.match(seen, '31 77');
    });

    test(`the terminal tells of a new size ${way.name}`, async (t) => {
      // The first size comes as news too where a program sets it once the command has begun; it hears of others then.
      const command = `
        trap 'size=$(stty size); echo "$size"; [ "$size" != "20 40" ] || exit 0' WINCH
        until [ "$(stty size)" = "31 77" ]; do sleep 0.05; done
        echo up; while :; do sleep 0.05; done`;
      await onTerminal(t, there, {
        ...{way, command},
        steps: [
          ['see', 'up'],
          ['size', 20, 40],
          ['see', '20 40'],
          ['end', 0],
        ],
      });
    });

    test(`the terminal interrupts once ${way.name}`, async (t) => {
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
      const seen = await onTerminal(t, there, {way, command, steps});
      assert.not.match(seen, 'int 2');
    });

    if (isFar) continue;

    test(`the terminal stops a job and takes it up again ${way.name}`, async (t) => {
      const command = 'echo up; read -r line; echo "read $line"; exit 5';
      await onTerminal(t, there, {way, command, isInShell: true, steps: stopping});
    });
  }

  for (const way of isFar ? there.allWays : []) {
    test(`what is typed reaches a command that has no terminal ${way.name}`, async (t) => {
      const command = `trap 'echo clean''up; exit 5' INT
        echo up; read -r word; echo "got $word"; while :; do sleep 0.05; done`;
      const steps = [
        ['see', 'up'],
        ['type', 'word\n'],
        ['see', 'got word'],
        ['type', '\u0003'],
        ['see', 'cleanup'],
        ['end', 5],
      ];
      assert.not.match(await onTerminal(t, there, {way, command, steps}), 'crcache:');
      const simple = [
        ['see', 'up'],
        ['type', '\u0003'],
        ['end', 130],
      ];
      const seen = await onTerminal(t, there, {way, command: 'echo up; sleep 60', steps: simple});
      assert.not.match(seen, 'crcache:');
    });
  }

  test('a shell speaks to its user, and has job control', async (t) => {
    const way = {name: '', code: 'crcache shell "$name"; exit; :', isParent: false};
    t.env['SHELL'] = '/bin/sh';
    const steps = [
      ['type', 'echo "in $CRCACHE_INSTANCE"\n'],
      ['see', 'in %NAME'],
      ['type', "sh -c 'echo u''p; read -r line; exit 5'\n"],
      ['see', 'up'],
      ['type', '\u001a'],
      ['see', 'Stopped'],
      ['type', 'fg\n'],
      ['type', 'word\n'],
      ['type', 'echo "status $?"\n'],
      ['see', 'status 5'],
      ['type', 'exit 3\n'],
      ['end', 3],
    ];
    await onTerminal(t, there, {way, command: '', steps});
  });

  // What these ways do is the same for every kind: one of them shows that the kinds' scripts let it be.
  for (const way of isFar ? [] : apartWays.slice(0, kind.name === 'local' ? undefined : 1)) {
    test(`the terminal interrupts all of a command, and ends it by going away, ${way.name}`, async (t) => {
      const mark = ownSeconds(t);
      const command = `sh -c 'echo up; exec sleep ${mark}'; echo no`;
      for (const end of [
        [['type', '\u0003'], way.interrupted],
        [['hang up'], way.gone],
      ]) {
        await onTerminal(t, there, {way, command, steps: [['see', 'up'], ...end]});
        assert.equal(processesWith(mark), []);
      }
    });
  }

  for (const way of farWays) {
    test(`an output that nobody reads ends a command ${way.name} for a terminal, quietly`, async (t) => {
      t.needs('script');
      const code = `in_it yes | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const {stdout, stderr} = await there.shell(t, way, code);
      assert.equal([shown(stdout, there), stderr], ['y\r\n141\n', '']);
    });
  }
}

/** The ways of a command that is given a terminal where there is none. */
const farWays: readonly Way[] = [
  {name: 'with a wish for it', code: 'crcache run -t "$name"', isParent: false},
  {name: 'with a time limit', code: 'crcache run -t --timeout 1h "$name"', isParent: true},
];

/** The ways of a command that the terminal does not reach by itself, or not all of it, and how they end. */
const apartWays = [
  {options: '-T "$name"', status: 130},
  {options: '--log "$name"', status: 130},
  {options: '--timeout 1h "$name"', status: 130},
  {options: '--each "$name" --', status: 1},
].map(({options, status}) => ({
  name: `with ${options.split(' ')[0] ?? ''}`,
  code: `exec crcache run ${options}`,
  isParent: true,
  interrupted: ['end', status],
  gone: ['end', status === 1 ? 1 : 129],
}));

/** The steps of a person who stops a command of theirs. Each line is typed when the shell has asked for one. */
const stopping: Steps = [
  ['see', '$ '],
  ['type', 'in_it sh -c "$command"\n'],
  ['see', 'up'],
  ['type', '\u001a'],
  ['see', 'Stopped'],
  ['see', '$ '],
  ['stopped'],
  ['type', 'fg\n'],
  ['see', '"$@"'],
  ['type', 'word\n'],
  ['see', 'read word'],
  ['see', '$ '],
  ['type', 'echo "status $?"\n'],
  ['see', 'status 5'],
  ['see', '$ '],
  ['type', 'exit 0\n'],
  ['end', 0],
];

type Steps = readonly (readonly (string | number)[])[];

interface Scene {
  readonly way: Way;
  /** What the command does. */
  readonly command: string;
  /** What is typed, what is to be seen then, and which status is the last; `stopped`: all jobs are. %NAME is the instance. */
  readonly steps: Steps;
  /** Whether the way is called from an interactive shell, by the name of in_it. */
  readonly isInShell?: boolean;
}

/** Plays a scene on a terminal of 31 lines and 77 columns; the value is all that was seen on it. */
async function onTerminal(
  t: Sandbox,
  there: There,
  {way, command, steps, isInShell = false}: Scene,
): Promise<string> {
  t.needs('python3', 'bash');
  const name = await there.enter(t);
  t.write('command', command);
  const setup = t.write('setup', `PS1='$ ' command=$(cat ${t.dir}/command)\n${headOf(way, name)}`);
  const words = isInShell
    ? ['bash', '--noprofile', '--rcfile', setup, '-i']
    : ['bash', '--noprofile', '-c', `. ${setup}; in_it sh -c "$command"`];
  const program = t.write('terminal.py', player);
  const played = JSON.stringify(steps).replaceAll('%NAME', name);
  const {status, stdout, stderr} = await t.run('python3', [program, played, ...words]);
  assert.is(status, 0, `${stderr}\n${stdout}`);
  return stdout;
}

/** Plays the steps of a scene; prints what it saw, and fails with the first step that does not come true. */
const player = `
import fcntl, glob, json, os, pty, select, struct, sys, termios, time
steps = json.loads(sys.argv[1])
def resize(fd, rows, columns): fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
pid, terminal = pty.fork()
if pid == 0:
    resize(0, 31, 77)
    os.execvp(sys.argv[2], sys.argv[2:])
seen, start, gone = b'', 0, False
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
def stats():
    for file in glob.glob('/proc/[0-9]*/stat'):
        try: yield open(file).read().rpartition(')')[2].split()
        except OSError: pass
def await_stop():
    # A process that the kernel has not yet let see its signal would read what is typed next.
    deadline = time.time() + 10
    while True:
        if all(stat[0] in 'TZ' for stat in stats() if stat[3] == str(pid) != stat[2]): return
        time.sleep(0.01)
        if time.time() > deadline: fail('it does not stop')
for step in steps:
    if step[0] == 'see':
        word = step[1].encode()
        while word not in seen[start:]:
            if not take(): fail('it ended before')
        start = seen.index(word, start) + len(word)
    elif step[0] == 'stopped': await_stop()
    elif step[0] == 'type': os.write(terminal, step[1].encode())
    elif step[0] == 'hang up': gone = os.close(terminal) is None
    elif step[0] == 'size': resize(terminal, *step[1:])
    else:
        while not gone and take(): pass
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status != step[1]: fail('status %d' % status)
print(seen.decode(errors='replace'))
`;
