// Allocations of Slurm, for real: a cluster of this machine's own. What is true of commands in all kinds of instances is
// in contract/.

import * as assert from 'uvu/assert';
import {relayed} from '../../../lib/source/slurm/way.js';
import {type ChildProcess} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {namesIn} from '../../helpers/invariants.js';
import type {Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {startSlurm} from '../../helpers/slurm-cluster.js';
import {suite} from '../../helpers/suite.js';

const test = suite('slurm');

/** A cluster may be slow to start; Slurm looks for what has failed, or has used up its time, twice a minute. */
const slow = {timeLimitMs: 240_000};

function source(t: Sandbox, ...lines: readonly string[]): void {
  const all = ['[DEFAULT]', 'type=slurm', ...lines, ''];
  t.write('config/sources/cluster/source.conf', all.join('\n'));
  t.atEnd(() => t.crcache(['release', '--all']));
}

/** What the handle of an instance says. */
function fact(t: Sandbox, name: string, key: string): string {
  const handle = readFileSync(`${t.dir}/state/sources/cluster/instances/${name}/handle`, 'utf8');
  return new RegExp(`^${key}=(.+)$`, 'm').exec(handle)?.[1] ?? '';
}

/** A node of an allocation that is over keeps what was noted there for a client: nobody can ask it any more. */
function dropNotes(t: Sandbox, name: string): void {
  const record = `${t.dir}/state/sources/cluster/instances/${name}`;
  const mark = `.crcache-${readFileSync(`${record}/incarnation`, 'utf8').trim()}.`;
  t.atEnd(() => {
    for (const each of readdirSync('/tmp').filter((name) => name.startsWith(mark)))
      rmSync(`/tmp/${each}`, {recursive: true, force: true});
  });
}

async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await isSo());) {
    if (Date.now() > deadline) throw new Error(`it never was so: ${isSo.toString()}`);
    await pause(50);
  }
}

test('an instance is an allocation, and ends with it', slow, async (t) => {
  const {ask} = await startSlurm(t, 1);
  source(t, 'reserve=1', 'cwd=/tmp', 'env=A=b c', 'time=90s', 'args=--comment ours');
  const names = (): Promise<string> => ask('squeue', '--noheader', '--format=%j %k %l');
  await ask('salloc', '--quiet', '--no-shell', '--job-name=crcache-other-cluster-0-abc');
  await ok(t.crcache(['acquire', '-s', 'cluster']));
  const id = fact(t, 'cluster-0', 'id');
  assert.is(fact(t, 'cluster-0', 'node'), 'n1');
  assert.match(await names(), `${id} ours 2:00\n`);
  t.env['SECRET'] = 'here';
  t.env['SLURM_LABELIO'] = '1';
  const code = 'echo "$HOME|$A|${SECRET-clean}|$SLURM_JOB_USER"; pwd';
  const said = await ok(t.crcache(['run', 'cluster-0', 'sh', '-c', code]));
  assert.is(said, '/root|b c|clean|root\n/tmp\n');
  // What ends in no line end arrives, and what nobody reads ends a command.
  const asking = `mkfifo answers; exec 3<>answers
    crcache run cluster-0 sh -c 'printf half; read -r word; echo "$word"; exec yes' <&3 |
      { dd bs=4 count=1 2>/dev/null; echo done >&3; head -n 2; }`;
  assert.is((await t.run('sh', ['-c', asking])).stdout, 'halfdone\ny\n');
  await ok(t.crcache(['release', 'cluster-0']));
  assert.match(await names(), id);

  // A directory that the node has needs no copy.
  t.write('shared/file', 'here\n');
  const link = `${t.dir}/link`;
  await ok(t.crcache(['acquire', '-s', 'cluster', '--import', `${t.dir}/shared:${link}:rw`]));
  const change = 'readlink "$0"; cat "$0/file"; echo changed >"$0/file"';
  const seen = await ok(t.crcache(['run', 'cluster-0', 'sh', '-c', change, link]));
  assert.is(seen, `${t.dir}/shared\nhere\n`);
  assert.is(readFileSync(`${t.dir}/shared/file`, 'utf8'), 'changed\n');
  await ok(t.crcache(['release', 'cluster-0']));
  assert.is(existsSync(link), false);

  // One that was ended from outside is not given out.
  await ask('scancel', `--name=${id}`);
  await ok(t.crcache(['acquire', '-s', 'cluster']));
  assert.not.match(await names(), id);

  // What no record knows goes, and what is another's stays.
  const store = /^crcache-[^-]+/.exec(id)?.[0] ?? '';
  await ask('scancel', '--name=crcache-other-cluster-0-abc');
  await ask('salloc', '--quiet', '--no-shell', '--job-name=crcache-other-cluster-0-abd');
  await ok(t.crcache(['discard-instance', '--force', 'cluster-0']));
  await ask('salloc', '--quiet', '--no-shell', `--job-name=${store}-cluster-7-abc`);
  await ok(t.crcache(['gc']));
  assert.not.match(await names(), `${store}-cluster-7-abc`);
  assert.match(await names(), 'crcache-other-cluster-0-abd');
});

test('who waits does so in the queue of Slurm, for as long as he lives', slow, async (t) => {
  const {ask} = await startSlurm(t, 1);
  source(t, 'args=--exclusive');
  const states = (): Promise<string> => ask('squeue', '--noheader', '--format=%T');
  await ok(t.crcache(['acquire', '-s', 'cluster']));
  const refused = await t.crcache(['acquire', '-s', 'cluster']);
  assert.equal([refused.status, refused.stdout], [12, '']);
  assert.match(refused.stderr, "cannot have 1 instance of 'cluster': Slurm has no allocation");
  const late = await t.crcache(['acquire', '--wait=1s', '-s', 'cluster']);
  assert.is(late.status, 12, late.stderr);
  assert.is(await states(), 'RUNNING\n');

  const waiting = async (signal?: NodeJS.Signals): Promise<Result> => {
    let child: ChildProcess | undefined;
    const end = t.crcache(['acquire', '--wait', '-s', 'cluster'], {
      onStart: (started) => {
        child = started;
      },
    });
    await until(async () => (await states()).includes('PENDING'));
    if (signal !== undefined) child?.kill(signal);
    else await ok(t.crcache(['release', 'cluster-0']));
    return end;
  };
  await waiting('SIGKILL');
  // Slurm's queue first, and then the record of what was to be made.
  await until(() => namesIn(`${t.dir}/state/sources/cluster/instances`).length === 1);
  assert.is(await states(), 'RUNNING\n');
  const {stdout} = await waiting();
  assert.is(stdout, 'cluster-1\n');
});

test(
  'a partition is as source.conf says; one that there is not is told, and never waited for',
  slow,
  async (t) => {
    const {ask} = await startSlurm(t, 1);
    source(t, 'partition=main');
    await ok(t.crcache(['acquire', '-s', 'cluster']));
    assert.is(await ask('squeue', '--noheader', '--format=%P'), 'main\n');
    source(t, 'partition=none');
    const {status, stderr} = await t.crcache(['acquire', '--wait', '-s', 'cluster']);
    assert.is(status, 1);
    assert.match(stderr, "'salloc': Job submit/allocate failed: Invalid partition name specified");
  },
);

test('where who was to tell how a command ended was killed, it is as if all were', async (t) => {
  const killing = (victim: string): string =>
    `sh -c '${victim}; kill -KILL "$pid"; exit 3'; exit 3`;
  const relay = (line: string): Promise<Result> => t.run('sh', ['-c', relayed, 'sh', line]);
  assert.is((await relay(killing('pid=$PPID'))).status, 137);
  // The task itself: then Slurm says 137.
  const task = await relay(killing('read -r _ _ _ pid _ </proc/$PPID/stat'));
  assert.is(task.signal, 'SIGKILL');
  assert.is((await relay('exit 3')).status, 3);
});

test('what has failed is told as what it is', slow, async (t) => {
  const {ask, kill, pauseController} = await startSlurm(t, 4);
  source(t, 'args=--exclusive');
  const begin = (name: string): Promise<Result> => {
    const code = 'echo >"$0"; exec sleep 600';
    const words = ['--status-file', `end-${name}`, name, 'sh', '-c', code, `${t.dir}/up-${name}`];
    dropNotes(t, name);
    return t.crcache(['run', ...words]);
  };
  await ok(t.crcache(['acquire', '-s', 'cluster', '2']));

  const [inTime, inUse] = [begin('cluster-0'), begin('cluster-1')];
  const isUp = (name: string): boolean => existsSync(`${t.dir}/up-${name}`);
  await until(() => isUp('cluster-0') && isUp('cluster-1'));
  await ask('scontrol', 'update', `jobid=${fact(t, 'cluster-0', 'job')}`, 'EndTime=now');
  const node = fact(t, 'cluster-1', 'node');
  await kill(node);
  const [over, lost] = [await inTime, await inUse];
  assert.is(over.status, 125);
  assert.match(over.stderr, "crcache: lost 'cluster-0': the time of its allocation is over");
  assert.is(lost.status, 125);
  assert.match(lost.stderr, `crcache: lost 'cluster-1': node '${node}' has failed`);
  assert.match(readFileSync(`${t.dir}/end-cluster-1`, 'utf8'), 'why=lost');
  await ok(t.crcache(['release', 'cluster-0', 'cluster-1']));
  // Where this machine is busy, the controller needs more to see that a node has failed.
  source(t, 'args=--exclusive', 'slurm_timeout=6');
  await ok(t.crcache(['acquire', '-s', 'cluster']));

  pauseController('SIGSTOP');
  const start = Date.now();
  const run = await t.crcache(['run', 'cluster-0', 'true']);
  const acquire = await t.crcache(['acquire', '-s', 'cluster']);
  const seconds = (Date.now() - start) / 1000;
  pauseController('SIGCONT');
  assert.is(run.status, 125);
  assert.match(run.stderr, "lost 'cluster-0': the controller of Slurm does not answer");
  assert.is(acquire.status, 1);
  assert.match(acquire.stderr, 'the controller of Slurm does not answer');
  assert.ok(seconds < 60, String(seconds));
});
