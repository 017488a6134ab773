// How a command ends, and how it is ended.

import {differs, type Claim, type Seen} from '../claim.js';
import type {Trial} from '../trial.js';

const statusesPass = 'statuses pass';

export const ends: readonly Claim[] = [
  {words: statusesPass, isWrong: passStatuses},
  {words: 'signals pass as 128 and their number', restsOn: [statusesPass], isWrong: passSignals},
  {
    words: 'what is not found is 127',
    restsOn: [statusesPass],
    isWrong: async (trial) =>
      differs(await trial.run('no-such-command'), {stdout: '', status: 127}),
  },
  {
    words: 'what cannot be executed is 126',
    restsOn: [statusesPass],
    isWrong: async (trial) => differs(await trial.run('/'), {stdout: '', status: 126}),
  },
  {
    words: 'a signal to the client reaches the command',
    restsOn: [statusesPass],
    isWrong: signalReaches,
  },
  {words: 'a command ends with its client', isWrong: endsWithClient},
  {
    words: 'reset ends what runs',
    isWrong: resetEnds,
    isClaimed: ({can}) => can.reset,
  },
  {words: 'twenty commands run side by side', isWrong: runSideBySide},
];

async function passStatuses(trial: Trial): Promise<Seen> {
  for (const status of [0, 1, 2, 77, 124, 125, 126, 127, 137, 255]) {
    const wrong = differs(await trial.run('sh', '-c', `exit ${String(status)}`), {status});
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

async function passSignals(trial: Trial): Promise<Seen> {
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

/**
 * Runs a command that tells its pid, sends its client alone a signal then, and prints what the command says and its
 * status. A second command sees then whether it runs on, and ends it.
 */
const signalling = `
  signal=$1 command=$2 then=$3
  mkfifo up || exit; exec 3<>up
  "$run" sh -c "$command" >up 2>/dev/null &
  read -r pid <&3
  kill -s "$signal" $!
  wait $! 2>/dev/null; status=$?
  "$run" sh -c "$then" sh "$pid"
  echo end >&3
  while read -r line <&3 && [ "$line" != end ]; do echo "$line"; done
  echo "status $status"`;

async function signalReaches(trial: Trial): Promise<Seen> {
  const command = 'trap "echo got; exit 9" TERM; echo $$; while :; do sleep 0.05; done';
  const {stdout} = await trial.shell(
    signalling,
    'TERM',
    command,
    'kill -s KILL "$1" 2>/dev/null; :',
  );
  const seen = stdout.trim().replaceAll('\n', ', ');
  return seen === 'got, status 9' ? undefined : `it was to say 'got' and end with 9: ${seen}`;
}

/** What runs on goes by itself after half a minute, if nothing can end it. */
const seconds = '30.';

/** Waits for two seconds at most until process $1 is gone, or another one; or says so, and ends it. */
const seeingEnd = `
  for round in 1 2 3 4 5 6 7 8 9 10; do
    case $(tr '\\0' ' ' <"/proc/$1/cmdline" 2>/dev/null) in "sleep ${seconds}"*) ;; *) exit ;; esac
    sleep 0.2
  done
  echo 'it runs on'; kill -s KILL "$1"`;

async function endsWithClient(trial: Trial): Promise<Seen> {
  const command = `echo $$; exec sleep ${seconds}1`;
  const {stdout} = await trial.shell(signalling, 'KILL', command, seeingEnd);
  return stdout.includes('it runs on') ? 'its client was killed, and it runs on' : undefined;
}

async function resetEnds(trial: Trial): Promise<Seen> {
  const command = `setsid sleep ${seconds}2 </dev/null >/dev/null 2>&1 & echo $!`;
  const started = await trial.run('sh', '-c', command);
  const wrong = differs(await trial.call('reset-instance', trial.instance), {});
  if (wrong !== undefined) return wrong;
  const {stdout} = await trial.run('sh', '-c', seeingEnd, 'sh', started.stdout.trim());
  return stdout === '' ? undefined : 'what was left in the background runs on';
}

/** Each waits for a moment, so that all of them run at once. */
const sideBySide = `
  for each in $(seq 20); do
    { "$run" sh -c 'sleep 0.2; echo "$1"' sh "$each"; echo "$each $?"; } >"$each" 2>&1 &
  done
  wait
  for each in $(seq 20); do
    [ "$(cat "$each")" = "$each
$each 0" ] || { echo "one of them said: $(cat "$each")"; exit; }
  done`;

async function runSideBySide(trial: Trial): Promise<Seen> {
  const {stdout} = await trial.shell(sideBySide);
  return stdout === '' ? undefined : stdout.trim().replaceAll('\n', ', ');
}
