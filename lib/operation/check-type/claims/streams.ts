// What goes into a command and what comes out of it.

import {decodeBytes} from '../../../bytes.js';
import type {Answer} from '../../../exec.js';
import {basis, differs, type Claim, type Seen} from '../claim.js';
import type {Trial} from '../trial.js';

const stdinArrives = 'stdin arrives, and ends where ours does';
const outputsArrive = 'both outputs arrive, apart';

/** Each takes no more for granted than those before it have shown. */
export const streams: readonly Claim[] = [
  {
    words: stdinArrives,
    restsOn: [],
    isWrong: getsStdin,
  },
  {
    words: outputsArrive,
    restsOn: [stdinArrives],
    isWrong: givesBoth,
  },
  {words: basis, restsOn: [outputsArrive], isWrong: (trial) => argumentsArrive(trial, shellWords)},
  {
    words: 'an argument may hold any bytes',
    isWrong: (trial) => argumentsArrive(trial, ['\n', 'ä', '\u0001', decodeBytes(anyByte)]),
  },
  {words: 'any bytes pass, in and out', isWrong: bytesPass},
  {
    words: 'a command knows its instance',
    isWrong: knowsInstance,
  },
];

async function getsStdin(trial: Trial): Promise<Seen> {
  const {stdout} = await trial.runWith('what it reads\n', 'cat');
  return stdout.includes('what it reads') ? undefined : 'a command did not get it';
}

async function givesBoth(trial: Trial): Promise<Seen> {
  const answer = await trial.runWith('printf "out\\n\\n"; printf "err\\n" >&2', 'sh');
  return differs(answer, {stdout: 'out\n\n', stderr: 'err\n'});
}

async function knowsInstance(trial: Trial): Promise<Seen> {
  const answer = await trial.run('sh', '-c', 'echo "$CRCACHE_INSTANCE"');
  return differs(answer, {stdout: `${trial.instance}\n`});
}

const shellWords = ['', ' ', 'a  b', "it's", '"', '$HOME', '`id`', '*', '\\', '--', '-n', ';', '&'];

const anyByte = Buffer.from([0x61, 0xff, 0xc3, 0x28]);

async function argumentsArrive(trial: Trial, words: readonly string[]): Promise<Seen> {
  const show = (text: string): Answer => ({status: 0, stderr: '', stdout: text});
  const {stdout, status} = await trial.shell(
    '"$run" printf "<%s>" "$@" | od -An -v -tx1',
    ...words,
  );
  const wished = await trial.shell('printf "<%s>" "$@" | od -An -v -tx1', ...words);
  if (status === 0 && stdout === wished.stdout) return undefined;
  const plain = await trial.run('printf', '<%s>', ...words);
  return differs(plain, show(words.map((word) => `<${word}>`).join(''))) ?? 'some arrive as others';
}

/** A megabyte that holds each byte, and each pair of two. */
async function bytesPass(trial: Trial): Promise<Seen> {
  const code = `
    for each in 0 1 2 3 4 5 6 7; do printf '\\000\\377\\r\\n\\004\\032'; cat /proc/self/exe; done |
      head -c 1000000 >bytes
    cksum <bytes; "$run" cat <bytes | cksum`;
  const {stdout} = await trial.shell(code);
  const [here, there] = stdout.trim().split('\n');
  return here === there ? undefined : `of ${here ?? ''} (sum, bytes) came ${there ?? ''}`;
}
