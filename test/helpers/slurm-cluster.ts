// A cluster of Slurm on this machine: a controller and nodes, each a slurmd with a port of its own, and munge, who says
// to them who calls. Root only. All that is theirs is in the test's directory, and all of them end with it.

import {type ChildProcess, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {closeSync, mkdirSync, openSync, readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {hostname} from 'node:os';
import {setTimeout as pause} from 'node:timers/promises';
import {environmentOf, processesWith} from '../../lib/processes.js';
import type {Sandbox} from './sandbox.js';

export interface SlurmCluster {
  /** What its programs answer; they must succeed. */
  readonly ask: (program: string, ...words: readonly string[]) => Promise<string>;
  /** Ends a node as a loss of power does, with all that runs on it. */
  readonly kill: (node: string) => Promise<void>;
  /** Has the controller stand still, or go on. */
  readonly pauseController: (signal: 'SIGSTOP' | 'SIGCONT') => void;
}

/** Starts a cluster with nodes n1, n2, … of two cores each, or as many as they are to say that they have. */
export async function startSlurm(
  t: Sandbox,
  count: number,
  {cores = 2} = {},
): Promise<SlurmCluster> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('slurmctld', 'slurmd', 'srun', 'salloc', 'munged');
  const at = `${t.dir}/slurm`;
  mkdirSync(`${at}/munge`, {recursive: true});
  mkdirSync(`${at}/state`);
  t.write('slurm/munge/key', randomBytes(64).toString('hex'), 0o600);
  const port = await freePorts(count + 1);
  t.env['SLURM_CONF'] = t.write('slurm/slurm.conf', configuration(at, {count, cores, port}));
  t.env['PATH'] = `${t.env['PATH'] ?? ''}:/usr/sbin`;
  const start = starter(t, at);
  start('munged', [
    ...['--foreground', '--force', `--socket=${at}/munge/socket`, `--key-file=${at}/munge/key`],
    ...[`--pid-file=${at}/munge/pid`, `--seed-file=${at}/munge/seed`],
  ]);
  const controller = start('slurmctld', ['-D', '-i']);
  const names = Array.from({length: count}, (_, index) => `n${String(index + 1)}`);
  for (const name of names) start('slurmd', ['-D', '-N', name], {CRCACHE_TEST_NODE: name});
  const ask: SlurmCluster['ask'] = async (program, ...words) => {
    const {status, stdout, stderr} = await t.run(program, words);
    if (status !== 0) throw new Error(`'${program} ${words.join(' ')}': ${stderr}`);
    return stdout;
  };
  for (;;) {
    const {stdout} = await t.run('sinfo', ['--noheader', '--Node', '--states=idle']);
    if (stdout.trim().split('\n').length === count && stdout !== '') break;
    if (controller.exitCode !== null) throw new Error(readFileSync(`${at}/slurmctld.log`, 'utf8'));
    await pause(20);
  }
  return {
    ask,
    async kill(node) {
      for (const pid of processesOf(t, node)) process.kill(pid, 'SIGKILL');
      while (processesOf(t, node).length > 0) await pause(5);
    },
    pauseController: (signal) => controller.kill(signal),
  };
}

/** Starts a program that ends with the test. */
function starter(t: Sandbox, at: string) {
  return (program: string, words: readonly string[], more: Sandbox['env'] = {}): ChildProcess => {
    const log = openSync(`${at}/${program}${more['CRCACHE_TEST_NODE'] ?? ''}.log`, 'a');
    const daemon = spawn(program, words, {stdio: ['ignore', log, log], env: {...t.env, ...more}});
    closeSync(log);
    const end = once(daemon, 'exit');
    t.atEnd(async () => {
      daemon.kill('SIGTERM');
      await end;
    });
    return daemon;
  };
}

/** A node's daemon, what looks after its steps, and their commands. */
function processesOf({env}: Sandbox, node: string): number[] {
  return processesWith(`SLURM_CONF=${env['SLURM_CONF'] ?? ''}`).filter((pid) =>
    ['CRCACHE_TEST_NODE', 'SLURMD_NODENAME'].some((key) =>
      environmentOf(pid).includes(`${key}=${node}`),
    ),
  );
}

/** The first of so many ports in a row that nobody listens on; others look for theirs elsewhere. */
async function freePorts(count: number): Promise<number> {
  for (let first = 10_000 + (process.pid % 2_000) * 10; ; first += 10) {
    const ports = Array.from({length: count}, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => {
      resolve(false);
    });
    server.listen(port, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

interface Shape {
  readonly count: number;
  readonly cores: number;
  /** The controller's; those of nodes follow. */
  readonly port: number;
}

function configuration(at: string, {count, cores, port}: Shape): string {
  return `ClusterName=crcache
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${String(port)}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${at}/state
SlurmdSpoolDir=${at}/spool-%n
SlurmctldPidFile=${at}/slurmctld.pid
SlurmdPidFile=${at}/slurmd-%n.pid
AuthType=auth/munge
AuthInfo=socket=${at}/munge/socket
CredType=cred/munge
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
InactiveLimit=0
KillWait=2
SlurmdTimeout=6
MessageTimeout=4
TCPTimeout=2
PropagateResourceLimits=NONE
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1
NodeName=n[1-${String(count)}] NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${String(port + 1)}-${String(port + count)} CPUs=${String(cores)} CoresPerSocket=${String(cores)} RealMemory=2000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}
