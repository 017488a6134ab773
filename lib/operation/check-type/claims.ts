// What every type must do. To add a claim, write a function that answers what was seen instead, or undefined where it
// holds, and add it to the list. Each is given an instance, which it may change, or release.

import type {Answer} from '../../exec.js';
import {readInstance} from '../instance.js';
import {instance, source, type Trial} from './trial.js';

export interface Claim {
  readonly words: string;
  /** What was seen instead, or undefined. */
  readonly isWrong: (trial: Trial) => Promise<string | undefined>;
  /** Whether the type says so at all; unless given, it must. */
  readonly isClaimed?: (trial: Trial) => boolean;
}

export const claims: readonly Claim[] = [
  {words: 'arguments arrive as they are', isWrong: argumentsArrive},
  {words: 'both outputs arrive, apart', isWrong: outputsArrive},
  {
    words: 'stdin ends where ours does',
    isWrong: async (trial) => differs(await trial.run('cat'), {stdout: ''}),
  },
  {words: 'statuses pass', isWrong: statusesPass},
  {words: 'signals pass as 128 and their number', isWrong: signalsPass},
  {
    words: 'what is not found is 127',
    isWrong: async (trial) =>
      differs(await trial.run('no-such-command'), {stdout: '', status: 127}),
  },
  {words: 'a command knows its instance', isWrong: commandKnows},
  {words: 'a command ends with its client', isWrong: commandEnds},
  {words: 'reset ends what runs', isWrong: resetEnds, isClaimed: ({can}) => can.reset},
  {words: 'reset undoes changes', isWrong: resetUndoes, isClaimed: ({can}) => can.reset},
  {
    words: 'two instances do not see one another',
    isWrong: twoAreApart,
    isClaimed: ({can}) => can.isolation !== 'none',
  },
  {
    words: 'what was made is listed',
    isWrong: isListed,
    // What it stands on is listed where that is made.
    isClaimed: ({makes, isAtBottom}) => makes && isAtBottom,
  },
  {
    words: 'discard leaves nothing that is listed',
    isWrong: discardLeavesNothing,
    isClaimed: ({makes}) => makes,
  },
  {
    words: 'discarding what is gone already is fine',
    isWrong: discardTwice,
    isClaimed: ({makes}) => makes,
  },
  {
    words: 'what was being made when its maker was killed goes',
    isWrong: killedGoes,
    isClaimed: ({makes}) => makes,
  },
];

/** How an answer differs from what was wished for, or undefined. */
function differs(answer: Answer, wished: Partial<Answer>): string | undefined {
  const wrong = Object.entries({status: 0, ...wished}).find(
    ([key, value]) => answer[key as keyof Answer] !== value,
  );
  if (wrong === undefined) return undefined;
  const [key, value] = wrong;
  const seen = JSON.stringify(answer[key as keyof Answer]);
  return `${key} is ${seen}, not ${JSON.stringify(value)}`;
}

function argumentsArrive(trial: Trial): Promise<string | undefined> {
  const words = ['', ' ', 'a  b', "it's", '"', '$HOME', '`id`', '*', '\\', '\n', '--', '-n', 'ä'];
  const stdout = words.map((word) => `<${word}>`).join('');
  return trial.run('printf', '<%s>', ...words).then((answer) => differs(answer, {stdout}));
}

async function outputsArrive(trial: Trial): Promise<string | undefined> {
  const answer = await trial.run('sh', '-c', 'printf "out\\n\\n"; printf "err\\n" >&2');
  return differs(answer, {stdout: 'out\n\n', stderr: 'err\n'});
}

async function statusesPass(trial: Trial): Promise<string | undefined> {
  for (const status of [0, 1, 2, 77, 124, 125, 126, 127, 137, 255]) {
    const wrong = differs(await trial.run('sh', '-c', `exit ${String(status)}`), {status});
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

async function signalsPass(trial: Trial): Promise<string | undefined> {
  for (const [signal, number] of [
    ['TERM', 15],
    ['KILL', 9],
    ['HUP', 1],
  ] as const) {
    const answer = await trial.run('sh', '-c', `kill -${signal} $$`);
    const wrong = differs(answer, {status: 128 + number});
    if (wrong !== undefined) return `${signal}: ${wrong}`;
  }
  return undefined;
}

async function commandKnows(trial: Trial): Promise<string | undefined> {
  return differs(await trial.run('sh', '-c', 'echo "$CRCACHE_INSTANCE"'), {
    stdout: `${instance}\n`,
  });
}

/** Prints how many processes have this word, a number that nothing else sleeps for. */
const countOf = (mark: string): string => `
  for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$file" 2>/dev/null; echo; done |
  grep -c "^sleep ${mark}"`;

const newMark = (): string => `9${String(Date.now() % 1e7)}`;

/** Waits for two seconds at most until nothing sleeps any more. */
async function sleepsOn(trial: Trial, mark: string): Promise<boolean> {
  for (let round = 0; round < 10; round++) {
    const {stdout} = await trial.run('sh', '-c', `${countOf(mark)}; :`);
    if (stdout.trim() === '0') return false;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return true;
}

async function commandEnds(trial: Trial): Promise<string | undefined> {
  const mark = newMark();
  await trial.runAndKill('sleep', mark);
  return (await sleepsOn(trial, mark)) ? 'its client was killed, and it runs on' : undefined;
}

async function resetEnds(trial: Trial): Promise<string | undefined> {
  const mark = newMark();
  await trial.run('sh', '-c', `setsid sleep ${mark} </dev/null >/dev/null 2>&1 &`);
  const wrong = differs(await trial.call('reset-instance', instance), {});
  if (wrong !== undefined) return wrong;
  return (await sleepsOn(trial, mark)) ? 'what was left in the background runs on' : undefined;
}

async function resetUndoes(trial: Trial): Promise<string | undefined> {
  const made = differs(await trial.run('sh', '-c', 'echo >crcache-was-here'), {});
  const wrong = made ?? differs(await trial.call('reset-instance', instance), {});
  if (wrong !== undefined) return wrong;
  const {status} = await trial.run('test', '-e', 'crcache-was-here');
  return status === 0 ? 'a file that was made is there still' : undefined;
}

async function twoAreApart(trial: Trial): Promise<string | undefined> {
  const {stdout, stderr} = await trial.call('acquire', '-s', source);
  const other = stdout.trim();
  if (other === '') return stderr.trim();
  await trial.run('sh', '-c', 'echo >crcache-was-here');
  const {status} = await trial.call('run', other, '--', 'test', '-e', 'crcache-was-here');
  return status === 0 ? 'a file of one is in the other' : undefined;
}

async function isListed(trial: Trial): Promise<string | undefined> {
  return (await trial.list()).includes(instance) ? undefined : `'${instance}' is not listed`;
}

async function discardLeavesNothing(trial: Trial): Promise<string | undefined> {
  const wrong = differs(await trial.call('release', '--all', '--force'), {});
  return wrong ?? leftIn(await trial.list());
}

const leftIn = (names: readonly string[]): string | undefined =>
  names.length === 0 ? undefined : `${names.join(', ')} is there still`;

async function discardTwice(trial: Trial): Promise<string | undefined> {
  const {type, facts} = readInstance(trial.cache, trial.cache.source(source), instance);
  try {
    await type.discard(facts);
    await type.discard(facts);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function killedGoes(trial: Trial): Promise<string | undefined> {
  await trial.call('release', '--all', '--force');
  for (const seconds of ['0.3', '0.6']) {
    await trial.callAndKill(seconds, 'acquire', '-s', source);
    await trial.call('release', '--all', '--force');
    await trial.call('gc');
    const left = leftIn(await trial.list());
    if (left !== undefined) return left;
  }
  return undefined;
}
