// What cp costs beside two tars and what leads into the instance, and sync beside rsync.

import {spawnSync} from 'node:child_process';
import {mkdirSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {quote} from '../../lib/quote.js';
import {addProgram, makeGolden} from '../helpers/golden.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {acquireKind, canBeTested, kinds, type Kind} from '../lib/source/contract/kinds.js';
import {callOf, toolOf} from './far-tools.js';
import {peakMemoryOf, wallTimeOf, type Cost, type Row, type Topic} from './measure.js';

const here = ['local', 'pool over local', 'sim', 'command'];
const mebibyte = 2 ** 20;

/** One for each kind: what it needs is in a sandbox of its own. */
export const copies: readonly Topic[] = [
  ...topicsOf(
    'copy',
    kinds.filter(({name}) => here.includes(name)),
  ),
  ...topicsOf('far-copy', kinds.filter((kind) => toolOf(kind) !== undefined).flatMap(withBothTars)),
];

function topicsOf(name: string, all: readonly Kind[]): Topic[] {
  return all.filter(canBeTested).map((kind) => ({name, rows: (t) => rowsOf(t, kind)}));
}

/** Trees of the contract have busybox' tar; most of those that there are have GNU's. */
function withBothTars(kind: Kind): Kind[] {
  const tree = {chroot: 'golden', docker: 'image'}[kind.name];
  if (tree === undefined) return [kind];
  const before = async (t: Sandbox): Promise<void> => {
    makeGolden(t, `${t.dir}/${tree}`);
    rmSync(`${t.dir}/${tree}/bin/tar`);
    addProgram(`${t.dir}/${tree}`, 'tar');
    if (tree === 'image') await kind.before?.(t);
  };
  return [kind, {...kind, name: `${kind.name} with GNU tar`, before}];
}

/** What is copied, and how often: of many files a pair takes longest, and differs least from the next. */
const trees = {
  big: {size: '256 MiB', runs: 9},
  many: {size: '10,000 files', runs: 5},
} as const;

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
  const place = {name, at: stdout.trim()};
  const rows = [...(await copyRows(t, kind, place)), ...memoryRows(t, kind, place)];
  return kind.name === 'local' ? [...rows, syncRow(t, place)] : rows;
}

async function copyRows(t: Sandbox, kind: Kind, place: Place): Promise<Row[]> {
  const {name, at} = place;
  const isHere = here.includes(kind.name);
  const tool = isHere ? '' : (await callOf(t, kind, name)).map(quote).join(' ');
  return Object.entries(trees).flatMap(([tree, {size, runs}]) => {
    const row = (
      what: string,
      against: string,
      [code, otherCode]: readonly [string, string],
    ): Row => ({
      what: `${what}: ${kind.name}`,
      against,
      bound: 1.2,
      runs,
      cost: inNewPlace(t, place, {code}),
      otherCost: inNewPlace(t, place, {code: otherCode, before: `mkdir ${at}/new`}),
    });
    run(t, `crcache cp ${tree} ${name}:${at}/`);
    return [
      row(`cp of ${size} into an instance`, 'tar c | TOOL tar x', [
        `crcache cp ${tree} ${name}:${at}/new`,
        `tar c -C ${tree} . | ${tool} /bin/tar x -f - -C ${at}/new`,
      ]),
      row(`cp of ${size} out of one`, 'TOOL tar c | tar x', [
        `crcache cp ${name}:${at}/${tree} new`,
        `mkdir new && ${tool} /bin/tar c -f - -C ${at}/${tree} . | tar x -C new`,
      ]),
    ];
  });
}

function memoryRows(t: Sandbox, {name: kind}: Kind, {name, at}: Place): Row[] {
  const row = (what: string, code: string): Row => ({
    what: `KiB for cp of 2 GiB ${what}: ${kind}`,
    against: '150 MiB',
    bound: 1,
    runs: 1,
    cost: peakMemoryOf(t, ['sh', '-c', code]),
    otherCost: () => 150 * 1024,
  });
  const clear = `crcache run ${name} rm -rf ${at}/new`;
  return [
    row('in', `${clear}; tar c huge | crcache cp - ${name}:${at}/new`),
    row('out', `rm -rf out; crcache cp ${name}:${at}/new/huge/file out`), // what came in has no holes
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
function inNewPlace(
  t: Sandbox,
  {name, at}: Place,
  {code, before = ':'}: {code: string; before?: string},
): Cost {
  const cost = wallTimeOf(t, ['sh', '-c', code]);
  return () => {
    const clear = `rm -rf ${at}/new; ${before}`;
    run(t, `rm -rf new; crcache run ${name} sh -c ${quote(clear)}; sync -f .`);
    return cost();
  };
}

function run({dir, env}: Sandbox, code: string): void {
  const {status, stderr} = spawnSync('sh', ['-c', code], {cwd: dir, env, encoding: 'utf8'});
  if (status !== 0) throw new Error(`'${code}' failed: ${stderr}`);
}
