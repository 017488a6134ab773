// What a world has at some moments: the state of its sources, and the instances of its backend.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type {World} from './world.js';

/** Below a world's root. The state directory itself stays: it knows itself from a copy. */
const parts = ['state/sources', 'crcache-sim'];

type Entry =
  | {readonly kind: 'directory'}
  | {readonly kind: 'link'; readonly target: string}
  | {readonly kind: 'file'; readonly text: string; readonly mode: number};

/** By their paths below the world's root, each after the directory that it is in. */
export type Copy = ReadonlyMap<string, Entry>;

export function copyOf({root}: World): Copy {
  const copy = new Map<string, Entry>();
  for (const part of parts) readInto(copy, root, part);
  return copy;
}

/** Makes a world what it was. */
export function putBack({root, state}: World, copy: Copy): void {
  for (const part of parts) rmSync(`${root}/${part}`, {recursive: true});
  for (const [path, entry] of copy) {
    const whole = `${root}/${path}`;
    if (entry.kind === 'directory') mkdirSync(whole, {mode: 0o700});
    else if (entry.kind === 'link') symlinkSync(entry.target, whole);
    else writeFileSync(whole, entry.text, {encoding: 'latin1', mode: entry.mode});
  }
  const sources = `${state}/sources`;
  for (const name of readdirSync(sources)) takeForTheSame(`${sources}/${name}/lock`);
}

/** The sources whose state is not the same in two copies; an instance of the backend is of the source that it is named after. */
export function changedSources(before: Copy, after: Copy): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const changed = paths.filter(
    (path) => JSON.stringify(before.get(path)) !== JSON.stringify(after.get(path)),
  );
  const sources = changed.flatMap((path) => {
    const [part, directory = '', instance = ''] = path.split('/');
    if (part === 'state') return path.split('/')[2] ?? [];
    return directory === '' ? [] : instance.replace(/-[0-9]+\..*$/, '');
  });
  return [...new Set(sources)].sort();
}

function readInto(copy: Map<string, Entry>, root: string, path: string): void {
  copy.set(path, {kind: 'directory'});
  for (const entry of readdirSync(`${root}/${path}`, {withFileTypes: true})) {
    const below = `${path}/${entry.name}`;
    const whole = `${root}/${below}`;
    if (entry.isDirectory()) readInto(copy, root, below);
    else if (entry.isSymbolicLink()) copy.set(below, {kind: 'link', target: readlinkSync(whole)});
    else
      copy.set(below, {
        kind: 'file',
        text: readFileSync(whole, 'latin1'),
        mode: statSync(whole).mode,
      });
  }
}

/** Who holds a lock says which directory that is: it is another one in a copy. */
function takeForTheSame(lock: string): void {
  if (!existsSync(lock)) return;
  const [worker = ''] = readFileSync(`${lock}.holder`, 'utf8').split(' ');
  const {ino, ctimeNs} = statSync(lock, {bigint: true});
  writeFileSync(`${lock}.holder`, `${worker} ${String(ino)}.${String(ctimeNs)}\n`);
}
