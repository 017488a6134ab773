// Streams are the command's own, by every way.

import * as assert from 'uvu/assert';
import type {There} from './there.js';

export function describeStreams(there: There): void {
  const isFar = there.kind.manners?.isFar === true;
  for (const way of there.ways) {
    there.test(`streams are what they are ${way.name}`, async (t) => {
      const code = `
        head -c 300000 /dev/urandom >sent
        in_it cat <sent >arrived && cmp sent arrived && echo 'bytes are the same'
        in_it sh -c 'printf "out\\nout\\n"; printf "err\\nerr\\n" >&2; exit 3' >out 2>err
        echo "status $?"; od -An -c out; od -An -c err
        in_it cat </dev/null && echo 'stdin ended'
        in_it sh -c '[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo "no terminal"' </dev/null
        (echo first; echo second) | { in_it sh -c 'read -r line; echo "$line"'; }`;
      const {stdout, stderr} = await there.shell(t, way, code);
      const expected = [
        'bytes are the same',
        'status 3',
        '   o   u   t  \\n   o   u   t  \\n',
        '   e   r   r  \\n   e   r   r  \\n',
        'stdin ended',
        'no terminal',
        'first',
      ];
      assert.equal([stdout.trimEnd().split('\n'), stderr], [expected, '']);
    });

    // Node itself opens /dev/null in the place of a stdout that is closed, before any of its code runs; and a tool that
    // carries streams elsewhere has another one there.
    if (way.name === 'by the program alone' || isFar) continue;

    there.test(`a closed stdout is closed ${way.name}`, async (t) => {
      const code = `in_it sh -c 'echo out || echo fails >&2' >&- 2>said; grep -c '^fails$' said`;
      const {stdout} = await there.shell(t, way, code);
      assert.is(stdout, '1\n');
    });
  }

  if (there.kind.differsBy !== undefined) return;

  for (const way of there.allWays) {
    there.test(`an output that nobody reads ends a command ${way.name}, quietly`, async (t) => {
      const code = `in_it yes | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const {stdout, stderr} = await there.shell(t, way, code);
      assert.equal([stdout, stderr], ['y\n141\n', '']);
    });

    there.test(`a reader that stalls makes a command wait ${way.name}`, async (t) => {
      const {stdout} = await there.shell(t, way, stalling);
      const [told = '', whole, status, plain] = stdout.split('\n');
      assert.ok(Number(told) <= mibOnTheWay, `${told} MiB were taken from the command`);
      assert.equal([whole, status], [plain, '0']);
    });

    // A tool that carries streams elsewhere is ended itself.
    if (isFar) continue;

    there.test(`a command may live on without its reader ${way.name}`, async (t) => {
      const code = `in_it sh -c 'trap "" PIPE; yes 2>/dev/null; exit 5' | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const {stdout, stderr} = await there.shell(t, way, code);
      assert.equal([stdout, stderr], ['y\n5\n', '']);
    });
  }

  // By the ways that node is on, all that could gather there does so within less.
  const logging = there.allWays.filter(({name}) => name === 'with a log');
  for (const way of [...there.ways.slice(0, 2), ...logging]) {
    const [size, bytes] = isFar || logging.includes(way) ? ['256M', 2 ** 28] : ['1G', 2 ** 30];
    const options = {timeLimitMs: 120_000};
    there.test(`${size} flow ${way.name} in little memory`, options, async (t) => {
      t.needs('python3');
      const words = way.code.replace('"$name"', '$(cat name)');
      t.write('flow', `head -c ${size} /dev/zero | ${words} cat | wc -c`);
      const code = `echo "$name" >name; python3 -c '${measure}' bash flow`;
      const {stdout, stderr} = await there.shell(t, way, code);
      assert.is(Number(stdout), bytes, stderr);
      assert.ok(Number(stderr) < 100 * 1024, `${stderr.trim()} KiB`);
    });
  }
}

/** What pipes, sockets and windows on the way may hold at most. */
const mibOnTheWay = 6;

/**
 * Prints how many of a command's MiB were taken from it before its reader read on, what that read, and what it should.
 * The reader has read the first byte, and reads on when the command has got no further for a while.
 */
const stalling = `
  count='for each in $(seq 24); do yes "$each" | head -c 1048576; echo >&2; done'
  mkfifo flow; in_it sh -c "$count" >flow 2>told &
  {
    dd bs=1 count=1 2>/dev/null
    until [ "$(wc -c <told)" = "\${taken:-}" ]; do taken=$(wc -c <told); sleep 0.2; done
    echo "$taken" >taken
    cat
  } <flow | cksum >whole
  cat taken whole; wait $!; echo $?
  sh -c "$count" 2>/dev/null | cksum`;

/** The peak memory of all that a program starts, in KiB, on stderr. */
export const measure = `
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)`;
