// How a command ends, and how it is ended, on every kind of instance and by every way into it.

import * as assert from 'uvu/assert';
import {readdirSync, readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {setTimeout as pause} from 'node:timers/promises';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {suite} from '../../../helpers/suite.js';
import {eachWay, kinds, mainWays, shell, type Where} from './kinds.js';

const test = suite('ends');

const signals = ['HUP', 'INT', 'QUIT', 'KILL', 'TERM', 'USR1', 'PIPE', 'ALRM'] as const;

eachWay(({kind, way}) => {
  test(`statuses pass from ${kind.name} ${way.name}`, {timeLimitMs: 60_000}, async (t) => {
    const all = Array.from({length: 256}, (_, status) => status);
    const telling = [0, 1, 2, 77, 124, 125, 126, 127, 128, 137, 143, 254, 255];
    const statuses = way.name === 'directly' ? all : telling;
    const code = `for status in ${statuses.join(' ')}; do in_it sh -c "exit $status"; echo $?; done`;
    const {stdout, stderr} = await shell(t, {kind, way}, code);
    assert.equal([stdout.trim().split('\n').map(Number), stderr], [statuses, '']);
  });

  test(`signals pass from ${kind.name} ${way.name}`, async (t) => {
    const code = `for signal in ${signals.join(' ')}; do
        (in_it sh -c "ulimit -c 0; kill -$signal \\$\\$") 2>/dev/null; echo $?
      done`;
    const {stdout} = await shell(t, {kind, way}, code);
    const expected = signals.map((name) => 128 + constants.signals[`SIG${name}`]);
    assert.equal(stdout.trim().split('\n').map(Number), expected);
  });

  test(`what cannot be run in ${kind.name} ${way.name} is 127 or 126, quietly`, async (t) => {
    const code = `echo >plain; for word in no-such-command /no/such/file -x -- "$PWD/plain" /; do
        in_it "$word" >out; echo $?; done; wc -c <out`;
    const {stdout, stderr} = await shell(t, {kind, way}, code);
    assert.is(stdout, '127\n127\n127\n127\n126\n126\n0\n');
    assert.is(stderr.trim().split('\n').length, 6, stderr);
  });

  test(`signals to the client reach the command in ${kind.name} ${way.name}`, async (t) => {
    const names = ['HUP', 'INT', 'QUIT', 'TERM', 'USR1', 'USR2', 'WINCH', 'CONT'];
    const command = `
      for signal in ${names.join(' ')}; do trap "echo $signal >>${t.dir}/answers" $signal; done
      echo up >>${t.dir}/answers
      until [ -e ${t.dir}/done ]; do sleep 0.02; done
      exit 9`;
    t.write('command', command);
    // With job control, what stands in the background does not ignore INT.
    const code = `
      mkfifo answers; exec 3<>answers; set -m
      (exec ${way.code} sh ${t.dir}/command) &
      for signal in '' ${names.join(' ')}; do
        [ -z "$signal" ] || kill -s "$signal" $!
        read -t 10 -r answer <&3; echo "$answer"
      done
      touch done; wait $!; echo $?`;
    const {stdout, stderr} = await shell(t, {kind, way}, code);
    assert.is(stdout, ['up', ...names, '9', ''].join('\n'), stderr);
  });
});

for (const kind of kinds) {
  for (const way of mainWays) {
    // Where node stays, each is a node.
    const plan = way.isParent ? {count: 10, atOnce: 5} : {count: 50, atOnce: 25};
    for (const signal of ['TERM', 'KILL']) {
      const what = `${signal} to ${String(plan.count)} clients in ${kind.name}, called ${way.name}`;
      test(`${what}, leaves no command after two seconds`, {timeLimitMs: 120_000}, async (t) => {
        for (let killed = 0; killed < plan.count; killed += plan.atOnce) {
          await killClients(t, {kind, way}, {signal, atOnce: plan.atOnce});
        }
      });
    }
  }
}

async function killClients(
  t: Sandbox,
  where: Where,
  {signal, atOnce}: {signal: string; atOnce: number},
): Promise<void> {
  // A number that no other process sleeps for is the mark.
  const mark = `9${String(t.random.below(1e8))}.5`;
  // What the command itself started ends with it only where somebody is there to see to it.
  const child = where.way.isParent && signal === 'KILL' ? `sleep ${mark} &` : '';
  const command = `sh -c '${child} echo up >>${t.dir}/up; exec sleep ${mark}'`;
  const code = `
    rm -f up; mkfifo up; exec 3<>up; pids=
    for each in $(seq ${String(atOnce)}); do
      (exec ${where.way.code} ${command}) & pids="$pids $!"
    done
    for each in $(seq ${String(atOnce)}); do read -r _ <&3; done
    kill -s ${signal} $pids 2>said; wait $pids 2>/dev/null; echo killed`;
  const {stdout, stderr} = await shell(t, where, code);
  assert.is(stdout, 'killed\n', stderr);
  const deadline = Date.now() + 2000;
  while (commandsWith(mark).length > 0 && Date.now() < deadline) await pause(20);
  assert.equal(commandsWith(mark), []);
}

/** The pids of all processes with this word. */
function commandsWith(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    });
}
