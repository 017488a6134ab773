// A pipe of a shell's is one in every shell, and its ends end as they are meant to.

import * as assert from 'uvu/assert';
import {openPipe} from '../../../lib/source/pipe.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a pipe of a shell');

const shells = [
  {name: 'dash', words: ['dash']},
  {name: 'busybox', words: ['busybox', 'sh']},
  {name: 'bash', words: ['bash', '--posix']},
  // It makes a file of a here-document, as those before 5.1.
  {name: 'an old bash', words: ['env', 'BASH_COMPAT=5.0', 'bash', '--posix']},
] as const;

for (const {name, words} of shells) {
  test(`${name} has one, and nothing is left of it`, async (t) => {
    t.needs('bash', 'busybox', 'dash');
    const code = `${openPipe({from: 4, to: 5, name: 'named', orElse: 'exit 9'})}
[ -p /proc/self/fd/4 ] && [ -p /proc/self/fd/5 ] && [ ! -e named ] || exit 8
{ cat <&4; echo end; } 4<&4 5>&- &
exec 4<&-
echo through >&5
exec 5>&-
wait`;
    const [program, ...more] = words;
    const {status, stdout, stderr} = await t.run(program, [...more, '-c', code]);
    assert.equal([status, stdout, stderr], [0, 'through\nend\n', '']);
  });

  test(`${name} tells who writes that nobody reads, unless it is to last`, async (t) => {
    t.needs('bash', 'busybox', 'dash');
    const end = {from: 4, to: 5, name: 'named', orElse: 'exit 9'};
    const write = 'exec 4<&-; (trap "" PIPE; echo said >&5) 2>/dev/null; echo $?';
    const code = `(${openPipe(end)}\n${write})\n(${openPipe({...end, isLasting: true})}\n${write})`;
    const [program, ...more] = words;
    const {stdout} = await t.run(program, [...more, '-c', code]);
    assert.match(stdout, /^[1-9]\d*\n0\n$/);
  });
}
