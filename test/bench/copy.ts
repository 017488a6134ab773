// What cp costs beside two tars and what leads into the instance, and sync beside rsync.

import {spawnSync} from 'node:child_process';
import {mkdirSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {addProgram, makeGolden} from '../helpers/golden.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {acquireKind, canBeTested, kinds, type Kind} from '../lib/source/contract/kinds.js';
import {peakMemoryOf, wallTimeOf, type Cost, type Row, type Topic} from './measure.js';

/** They lead where local leads: fewer runs tell whether there is anything in their way. */
const variants = ['pool over local', 'sim'];
const here = ['local', ...variants];
const far = ['chroot', 'chroot with GNU tar', 'ssh', 'docker'];
const mebibyte = 2 ** 20;

/** One for each kind: what it needs is in a sandbox of its own. */
export const copies: readonly Topic[] = [...topicsOf('copy', here), ...topicsOf('far-copy', far)];

function topicsOf(name: string, names: readonly string[]): Topic[] {
  const measured = [...kinds, ...likeDebian()].filter(
    (kind) => names.includes(kind.name) && canBeTested(kind),
  );
  return measured.map((kind) => ({name, rows: (t) => rowsOf(t, kind)}));
}

/** A chroot with the tar that most have; that of the contract has busybox'. */
function likeDebian(): Kind[] {
  return kinds
    .filter(({name}) => name === 'chroot')
    .map((kind) => ({
      ...kind,
      name: 'chroot with GNU tar',
      before: (t) => {
        makeGolden(t, `${t.dir}/golden`);
        rmSync(`${t.dir}/golden/bin/tar`);
        addProgram(`${t.dir}/golden`, 'tar');
      },
    }));
}

const trees = {big: '256 MiB', many: '10,000 files'} as const;

function makeTrees(t: Sandbox): void {
  for (const each of ['big', 'many', 'huge']) mkdirSync(`${t.dir}/${each}`);
  writeFileSync(`${t.dir}/big/file`, Buffer.alloc(256 * mebibyte, 'bytes'));
  const small = Buffer.alloc(1024, 'bytes');
  for (let index = 0; index < 10_000; index++) {
    const directory = `${t.dir}/many/${String(index % 100)}`;
    if (index < 100) mkdirSync(directory);
    writeFileSync(`${directory}/${String(index)}`, small);
  }
  writeFileSync(`${t.dir}/huge/file`, '');
  truncateSync(`${t.dir}/huge/file`, 2048 * mebibyte);
}

/** A directory in an instance. */
interface Place {
  readonly name: string;
  readonly at: string;
}

async function rowsOf(t: Sandbox, kind: Kind): Promise<Row[]> {
  makeTrees(t);
  const name = await acquireKind(t, kind);
  const {stdout} = await t.run('crcache', ['run', name, 'mktemp', '-d']);
  const at = stdout.trim();
  const place = {name, at};
  const tool = here.includes(kind.name) ? '' : `crcache run ${name}`;
  const row = (
    what: string,
    against: string,
    [code, otherCode]: readonly [string, string],
  ): Row => ({
    what: `${what}: ${kind.name}`,
    against,
    bound: 1.2,
    runs: variants.includes(kind.name) ? 2 : 5,
    cost: inNewPlace(t, place, code),
    otherCost: inNewPlace(t, place, otherCode),
  });
  const rows = Object.entries(trees).flatMap(([tree, size]) => {
    run(t, `crcache cp ${tree} ${name}:${at}/`);
    return [
      row(`cp of ${size} into an instance`, 'tar c | TOOL tar x', [
        `crcache cp ${tree} ${name}:${at}/new`,
        `tar c -C ${tree} . | ${tool} sh -c 'mkdir "$0" && tar x -C "$0"' ${at}/new`,
      ]),
      row(`cp of ${size} out of one`, 'TOOL tar c | tar x', [
        `crcache cp ${name}:${at}/${tree} new`,
        `${tool} tar c -C ${at}/${tree} . | { mkdir new && tar x -C new; }`,
      ]),
    ];
  });
  return kind.name === 'local' ? [...rows, ...memoryRows(t, place), syncRow(t, place)] : rows;
}

function memoryRows(t: Sandbox, {name, at}: Place): Row[] {
  const row = (what: string, code: string): Row => ({
    what: `memory for cp of 2 GiB ${what}, in KiB`,
    against: '150 MiB',
    bound: 1,
    runs: 1,
    cost: peakMemoryOf(t, ['sh', '-c', code]),
    otherCost: () => 150 * 1024,
  });
  return [
    row('in', `rm -rf ${at}/new; tar c huge | crcache cp - ${name}:${at}/new`),
    row('out', `crcache cp ${name}:${at}/new -`), // what came in has no holes
  ];
}

function syncRow(t: Sandbox, {name, at}: Place): Row {
  run(t, 'cp -a many same');
  run(t, `crcache sync many ${name}:${at}/many`);
  return {
    what: 'sync of 10,000 files that are the same',
    against: 'rsync -a',
    bound: 1.5,
    runs: 9,
    cost: wallTimeOf(t, ['crcache', '-q', 'sync', 'many', `${name}:${at}/many`]),
    otherCost: wallTimeOf(t, ['rsync', '-a', 'many/', 'same/']),
  };
}

/** The time of a command line that makes 'new', which goes before, beside what is counted. */
function inNewPlace(t: Sandbox, {name, at}: Place, code: string): Cost {
  const cost = wallTimeOf(t, ['sh', '-c', code]);
  return () => {
    run(t, `rm -rf new; crcache run ${name} rm -rf ${at}/new; sync -f .`);
    return cost();
  };
}

function run({dir, env}: Sandbox, code: string): void {
  const {status, stderr} = spawnSync('sh', ['-c', code], {cwd: dir, env, encoding: 'utf8'});
  if (status !== 0) throw new Error(`'${code}' failed: ${stderr}`);
}
