// Streams are the command's own, on every kind of instance and by every way into it.

import * as assert from 'uvu/assert';
import {suite} from '../../../helpers/suite.js';
import {eachWay, kinds, mainWays, shell} from './kinds.js';

const test = suite('streams');

eachWay(({kind, way}) => {
  test(`are what they are in ${kind.name} ${way.name}`, async (t) => {
    const code = `
      head -c 300000 /dev/urandom >sent
      in_it cat <sent >arrived && cmp sent arrived && echo 'bytes are the same'
      in_it sh -c 'printf "out\\nout\\n"; printf "err\\nerr\\n" >&2; exit 3' >out 2>err
      echo "status $?"; od -An -c out; od -An -c err
      in_it cat </dev/null && echo 'stdin ended'
      in_it sh -c '[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo "no terminal"' </dev/null
      (echo first; echo second) | { in_it sh -c 'read -r line; echo "$line"'; }`;
    const {stdout, stderr} = await shell(t, {kind, way}, code);
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

  test(`that nobody reads end a command in ${kind.name} ${way.name}, without a word`, async (t) => {
    const code = `in_it yes | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const {stdout, stderr} = await shell(t, {kind, way}, code);
    assert.equal([stdout, stderr], ['y\n141\n', '']);
  });

  // Node itself opens /dev/null in the place of a stdout that is closed, before any of its code runs.
  if (way.name === 'by the program alone') return;

  test(`which are closed are closed in ${kind.name} ${way.name}`, async (t) => {
    const code = `in_it sh -c 'echo out || echo fails >&2' >&- 2>said; grep -c '^fails$' said`;
    const {stdout} = await shell(t, {kind, way}, code);
    assert.is(stdout, '1\n');
  });
});

/** The peak memory of all that a program starts, in KiB, on stderr. */
const measure = `
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)`;

for (const kind of kinds) {
  for (const way of mainWays) {
    test(
      `of 1 GiB flow through ${kind.name} ${way.name} in little memory`,
      {timeLimitMs: 120_000},
      async (t) => {
        t.needs('python3');
        const words = way.code.replace('"$name"', '$(cat name)');
        t.write('flow', `head -c 1G /dev/zero | ${words} cat | wc -c`);
        const code = `echo "$name" >name; python3 -c '${measure}' bash flow`;
        const {stdout, stderr} = await shell(t, {kind, way}, code);
        assert.is(stdout, '1073741824\n', stderr);
        assert.ok(Number(stderr) < 100 * 1024, `${stderr.trim()} KiB`);
      },
    );
  }
}
