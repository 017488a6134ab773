// How a command ends, and how it is ended, by every way.

import * as assert from 'uvu/assert';
import {constants} from 'node:os';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {ownSeconds, seeGone} from '../../../helpers/sleepers.js';
import type {There, Way} from './there.js';

const signals = ['HUP', 'INT', 'QUIT', 'KILL', 'TERM', 'USR1', 'PIPE', 'ALRM'] as const;

const allStatuses = Array.from({length: 256}, (_, status) => status);

/** Those that mean something to one or another program on the way. */
const telling = [0, 1, 124, 125, 127, 137, 143, 255, 2, 77, 126, 128, 129, 130, 141, 254];

/**
 * Runs `one WORD` for several words, eight at once, and prints a line with the word and its status for each.
 */
const atOnce = `
  at_once() { for each; do { one "$each"; echo "$each $?"; } & [ $((++count % 8)) != 0 ] || wait; done; wait; }
`;

export function describeEnds(there: There): void {
  const {tellsByItself = false} = there.kind.manners ?? {};
  for (const way of there.ways) {
    there.test(`statuses pass ${way.name}`, {timeLimitMs: 60_000}, async (t) => {
      const isTriedWithAll = there.kind.isTriedByAllWays === true && way.startsNode !== true;
      const direct = isTriedWithAll ? allStatuses : telling;
      const statuses = way.isParent ? telling.slice(0, 8) : direct;
      const code = `one() { in_it sh -c "exit $1"; }; at_once ${statuses.join(' ')}`;
      const {stdout, stderr} = await there.shell(t, way, atOnce + code);
      const expected = statuses.map((status) => `${String(status)} ${String(status)}`);
      assert.equal([linesIn(stdout), stderr], [expected.sort(), '']);
    });

    there.test(`signals pass ${way.name}`, async (t) => {
      const code = `one() { in_it sh -c "ulimit -c 0; kill -$1 \\$\\$" 2>/dev/null; }
        set -m # or what stands in the background ignores INT
        at_once ${signals.join(' ')}`;
      const {stdout} = await there.shell(t, way, atOnce + code);
      const expected = signals.map(
        (name) => `${name} ${String(128 + constants.signals[`SIG${name}`])}`,
      );
      assert.equal(linesIn(stdout), expected.sort());
    });

    there.test(`what cannot be run is 127 or 126 ${way.name}, quietly`, async (t) => {
      const code = `in_it sh -c 'echo >plain'
        one() { in_it "$1" 2>"said.$count" >>out; }; count=0
        at_once no-such-command /no/such/file -x -- ./plain / ${tellsByItself ? '' : "''"}
        in_it rm plain; wc -c <out; cat said.* | wc -l
        ${tellsByItself ? '' : "grep -h '[0-9]: exec:' said.*"}`;
      // Each is told in one line on stderr, which is no shell's of ours, and nothing on stdout.
      const here = way.name === 'with options' ? code.replaceAll('plain', 'tmp/plain') : code;
      const {stdout, stderr} = await there.shell(t, way, atOnce + here);
      const expected = [
        ...[
          ...(tellsByItself ? ['6'] : [' 127', '7']),
          '-- 127',
          '-x 127',
          '/ 126',
          '/no/such/file 127',
          '0',
          'no-such-command 127',
        ],
        `${here === code ? './plain' : './tmp/plain'} 126`,
      ];
      assert.equal([linesIn(stdout), stderr], [expected.sort(), '']);
    });

    there.test(`signals to the client reach the command ${way.name}`, async (t) => {
      const names = ['HUP', 'INT', 'QUIT', 'TERM', 'USR1', 'WINCH', 'CONT'];
      const command = `
        for signal in ${names.join(' ')}; do trap "echo $signal" $signal; done
        trap 'echo USR2; exit 9' USR2
        echo up; while :; do sleep 0.05; done`;
      t.write('command', command);
      const code = `
        mkfifo answers; exec 3<>answers; set -m
        (exec ${way.code} sh -c "$(cat command)" >answers) &
        for signal in '' ${names.join(' ')} USR2; do
          [ -z "$signal" ] || kill -s "$signal" $!
          read -t 10 -r answer <&3; echo "$answer"
        done
        wait $!; echo $?`;
      const {stdout, stderr} = await there.shell(t, way, code);
      assert.is(stdout, ['up', ...names, 'USR2', '9', ''].join('\n'), stderr);
    });
  }

  there.test(
    'signals to all of the client’s processes reach the command, and its status is its own',
    async (t) => {
      // As a terminal and timeout send them.
      const [directly = rsh] = there.ways;
      const command = `for signal in INT TERM; do trap "echo $signal; exit 9" $signal; done
      echo up; while :; do sleep 0.05; done`;
      t.write('command', command);
      const code = `
      mkfifo answers; exec 3<>answers; set -m
      for signal in INT TERM; do
        (exec ${directly.code} sh -c "$(cat command)" >answers) &
        read -t 10 -r answer <&3; kill -s "$signal" -- "-$!"
        read -t 10 -r answer <&3; wait $!; echo "$answer $?"
      done`;
      const {stdout, stderr} = await there.shell(t, directly, code);
      assert.is(stdout, 'INT 9\nTERM 9\n', stderr);
    },
  );

  for (const way of there.kind.manners?.isFar === true ? [byWith, ...there.ways.slice(1, 2)] : []) {
    there.test(
      `TERM to a client, called ${way.name}, ends it, and all that holds its output`,
      async (t) => {
        const mark = ownSeconds(t);
        const code = `
        mkfifo up; exec 3<>up
        (exec ${way.code} sh -c 'sleep ${mark} & echo up; sleep ${mark}' >up 2>said) &
        read -r _ <&3; kill -s TERM $!; wait $!; echo $?; cat said`;
        const {stdout, stderr} = await there.shell(t, way, code);
        assert.equal([stdout, stderr], ['143\n', '']);
        await seeGone(mark, 10_000); // some clients wait for none of them
      },
    );
  }

  if (there.kind.differsBy === undefined) {
    const what = 'KILL to 3 clients, called by with, leaves no command after two seconds';
    there.test(what, {timeLimitMs: 60_000}, async (t) => {
      await killClients(t, {there, way: byWith, signal: 'KILL', count: 3});
    });
  }

  for (const way of [...there.ways.slice(0, 2), rsh]) {
    // With both signals 50 directly; elsewhere each client is several processes, or a tool, and slow to start.
    const isFar = there.kind.manners?.isFar === true;
    const count = way.isParent || way === rsh ? 5 : isFar ? 10 : 25;
    for (const signal of ['TERM', 'KILL']) {
      const what = `${signal} to ${String(count)} clients, called ${way.name}, leaves no command`;
      there.test(`${what} after two seconds`, {timeLimitMs: 120_000}, async (t) => {
        await killClients(t, {there, way, signal, count});
      });
    }
  }
}

function linesIn(text: string): string[] {
  return text.trimEnd().split('\n').sort();
}

interface Killing {
  readonly there: There;
  readonly way: Way;
  readonly signal: string;
  readonly count: number;
}

/** The way of programs that call ssh; the words after it are one line of sh. */
const rsh: Way = {name: 'by rsh', code: 'crcache rsh "$name"', isParent: false};

/** An instance for each command: few, since making one may take long. */
const byWith: Way = {
  name: 'by with',
  code: 'crcache with "${name%-*}" --wait --',
  isParent: true,
};

/** Kills clients while their commands run, all at once, and looks for the commands two seconds later. */
async function killClients(t: Sandbox, {there, way, signal, count}: Killing): Promise<void> {
  const mark = ownSeconds(t);
  // What the command itself started ends with it only where somebody is there to see to it.
  const isSeenTo = way === rsh || (way.isParent && signal === 'KILL');
  const line = `'${isSeenTo ? `sleep ${mark} &` : ''} echo up; exec sleep ${mark}'`;
  const command = way === rsh ? line : `sh -c ${line}`;
  // Each opens the pipe anew: ssh has what it writes to not wait, for all who share the opened file.
  const code = `
    mkfifo up; exec 3<>up; pids=
    for each in $(seq ${String(count)}); do
      (exec ${way.code} ${command} >up) & pids="$pids $!"
    done
    for each in $(seq ${String(count)}); do read -r _ <&3; done
    kill -s ${signal} $pids 2>said; wait $pids 2>/dev/null; echo killed`;
  const {stdout, stderr} = await there.shell(t, way, code);
  assert.is(stdout, 'killed\n', stderr);
  await seeGone(mark, 2000);
}
