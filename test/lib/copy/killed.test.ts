// Whatever is killed in the middle of a copy, no half file has its final name, and what is left goes with the next copy.

import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {until} from '../../helpers/held.js';
import {pathWithout} from '../../helpers/path-without.js';
import {findProgram, type Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind} from '../source/contract/kinds.js';

const test = suite('a copy that is killed');

/** Half of the bytes of the tree's only file. */
const half = 300_000;

/** A program of the receiving end; 'rsync' is on both, and is met in the instance. */
type Gated = 'tar' | 'cat' | 'rsync';

/** A tree, an instance, and in it a program that stops in the middle of what it reads where there is a gate. */
async function prepare(t: Sandbox, gated: Gated): Promise<string> {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const real = findProgram(gated) ?? '';
  // head would keep what it has read, and a dialogue such as rsync's stand still.
  const code = `#!/bin/sh
    case $1 in '' | -x | --server) ;; *) exec ${real} "$@" ;; esac
    mv ${t.dir}/gate ${t.dir}/gate-of-this 2>/dev/null || exec ${real} "$@"
    { dd bs=4096 count=${String(Math.floor(half / 4096))} status=none; echo $PPID >${t.dir}/reached; read -r word <${t.dir}/gate-of-this; cat; } 2>/dev/null | ${real} "$@"\n`;
  t.write(`bin/${gated}`, code, 0o755);
  const path = gated === 'cat' ? pathWithout(t, 'tar', 'rsync') : String(t.env['PATH']);
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  writeFileSync(run, readFileSync(run, 'utf8').replace('\n', `\nPATH=${t.dir}/bin:${path}\n`));
  if (gated === 'tar') t.env['PATH'] = `${t.dir}/bin:${path}`;
  for (const each of ['tree', 'in']) mkdirSync(`${t.dir}/${each}`);
  writeFileSync(`${t.dir}/tree/file`, Buffer.alloc(2 * half, 'x'));
  execFileSync('tar', ['-c', '-f', `${t.dir}/stream`, '-C', t.dir, 'tree']);
  return name;
}

class Copy {
  readonly result: Promise<Result>;
  readonly #t: Sandbox;
  #client = 0;

  constructor(t: Sandbox, code: string) {
    this.#t = t;
    execFileSync('mkfifo', [`${t.dir}/gate`]);
    this.result = t.run('sh', ['-c', `exec crcache ${code}`], {
      onStart: ({pid}) => (this.#client = pid ?? 0),
    });
  }

  /** Waits until half has arrived; the value is the pid of the sh that receives. */
  async untilHalf(): Promise<number> {
    const reached = `${this.#t.dir}/reached`;
    await until(() => existsSync(reached) && readFileSync(reached, 'utf8') !== '', 'half is there');
    return Number(readFileSync(reached, 'utf8'));
  }

  kill(): void {
    process.kill(this.#client, 'SIGKILL');
  }

  openGate(): void {
    writeFileSync(`${this.#t.dir}/gate-of-this`, 'go\n');
  }
}

const arrived = (t: Sandbox): string[] => readdirSync(`${t.dir}/in`).sort();
/** What has come of a file has a name of its own: tar's place is one of ours, rsync makes its name of the file's. */
const isPart = (name: string): boolean => /^\.(crcache-.*\.part|file\.\w+)$/.test(name);

interface Case {
  readonly what: string;
  readonly code: (name: string) => string;
  readonly gated?: Gated;
  /** What is in the destination when all is there. */
  readonly brings?: string;
  /** Two programs that share a pipe finish what they began. */
  readonly goesOn?: boolean;
}

const cases: readonly Case[] = [
  {what: 'into an instance', code: (name) => `cp tree ${name}:$PWD/in/`, goesOn: true},
  {what: 'out of one', code: (name) => `cp ${name}:$PWD/tree in/`},
  {what: 'from one to another', code: (name) => `cp ${name}:$PWD/tree ${name}:$PWD/in/`},
  {what: 'from a stream', code: (name) => `cp - ${name}:$PWD/in/ <stream`},
  {what: 'where there is no tar', code: (name) => `cp tree ${name}:$PWD/in/`, gated: 'cat'},
  {
    what: 'sync into an instance by rsync',
    code: (name) => `sync tree ${name}:$PWD/in`,
    gated: 'rsync',
    brings: 'file',
    goesOn: true,
  },
  {
    what: 'sync into an instance by tar',
    code: (name) => `sync -p tree ${name}:$PWD/in`,
    brings: 'file',
    goesOn: true,
  },
  {what: 'sync out of one', code: (name) => `sync ${name}:$PWD/tree in`},
];

for (const {what, code, gated = 'tar', brings = 'tree', goesOn = false} of cases) {
  test(`leaves no half file: ${what}`, async (t) => {
    if (gated === 'rsync') t.needs('rsync');
    const copy = new Copy(t, code(await prepare(t, gated)));
    await copy.untilHalf();
    await until(() => arrived(t).length > 0, 'something has come');
    assert.ok(
      arrived(t).length === 1 && arrived(t).every(isPart),
      `arrived: ${String(arrived(t))}`,
    );
    copy.kill();
    copy.openGate();
    await until(() => !arrived(t).some(isPart), 'what came has gone, or is in its place');
    assert.equal(arrived(t), goesOn ? [brings] : []);
    const file = brings === 'tree' ? 'tree/file' : brings;
    if (goesOn) assert.is(readFileSync(`${t.dir}/in/${file}`).length, 2 * half);
    await copy.result;
  });
}

test(
  'with its receiver leaves what the next copy removes, which leaves a living one alone',
  {timeLimitMs: 60_000},
  async (t) => {
    const name = await prepare(t, 'tar');
    const killed = new Copy(t, `cp tree ${name}:$PWD/in/`);
    const receiver = await killed.untilHalf();
    killed.kill();
    process.kill(receiver, 'SIGKILL');
    killed.openGate();
    await killed.result;
    const [left = ''] = arrived(t);
    assert.ok(isPart(left));
    const scratch = (): string[] => readdirSync(t.env['TMPDIR'] ?? '');
    assert.is(scratch().length, 1, 'it had files of its own');
    assert.is((await t.crcache(['gc', '-q'])).status, 0);
    assert.equal(scratch(), []);

    renameSync(`${t.dir}/reached`, `${t.dir}/reached-before`);
    const living = new Copy(t, `cp tree ${name}:$PWD/in/living`);
    await living.untilHalf();
    assert.is(arrived(t).filter(isPart).length, 1, 'that of the killed one has gone');
    assert.not(arrived(t).includes(left));
    const {status, stderr} = await t.crcache(['cp', 'tree', `${name}:${t.dir}/in/other`]);
    assert.is(stderr, '');
    assert.is(status, 0);
    living.openGate();
    assert.is((await living.result).stderr, '');
    assert.equal(arrived(t), ['living', 'other']);
  },
);
