// Who may read and write the files, and files that were never finished.

import {entryOf, listNames, makePrivate, removeFile} from '../../files.js';
import type {Check, Finding} from './finding.js';
import {isDirectoryItself, type SourceLook, type StoreLook} from './look.js';

export const storeAccessChecks: readonly Check<StoreLook>[] = [
  {
    name: 'the state directory is its owner’s alone',
    find: (look) => filesOf(look).flatMap((path) => accessOf(look, path)),
  },
  {
    name: 'a file is written at once',
    find: (look) => filesOf(look).flatMap((path) => unfinished(look, path)),
  },
];

export const accessChecks: readonly Check<SourceLook>[] = [
  {
    name: "a source's files are those of the state directory's owner alone",
    find: (look) => filesOfSource(look).flatMap((path) => accessOf(look.whole, path)),
  },
  {
    name: 'a file of a source is written at once',
    find: (look) => filesOfSource(look).flatMap((path) => unfinished(look.whole, path)),
  },
];

/** A file that is being written has a temporary name for less than this. */
const unfinishedMs = 600_000;

function filesOf({directory}: StoreLook): string[] {
  return [directory, ...below(directory)];
}

/** The source's own, and each instance's; what users' hooks and tools write below an instance is theirs. */
function filesOfSource({directory}: SourceLook): string[] {
  const tops = below(directory);
  const parts = ['queue', 'instances'].flatMap((name) => below(`${directory}/${name}`));
  const instances = parts.filter((path) => path.includes('/instances/') && isDirectoryItself(path));
  return [directory, ...tops, ...parts, ...instances.flatMap(below)];
}

function below(directory: string): string[] {
  return listNames(directory).map((name) => `${directory}/${name}`);
}

function accessOf({directory}: StoreLook, path: string): Finding[] {
  const entry = entryOf(path);
  const owner = entryOf(directory)?.uid;
  if (entry === undefined || owner === undefined) return [];
  if (entry.uid !== owner) {
    return [
      {
        path,
        what: `belongs to user ${String(entry.uid)}, and the state directory to user ${String(owner)}`,
        mend: `chown -h ${String(owner)} '${path}'`,
      },
    ];
  }
  const isOpen = (entry.mode & 0o077n) !== 0n && !entry.isSymbolicLink();
  if (!isOpen || isMadeByCommands(path)) return [];
  return [
    {
      path,
      what: `others may use it: its mode is ${mode(entry.mode)}`,
      mend: `--repair changes that; by hand: chmod go= '${path}'`,
      repair: () => {
        makePrivate(path);
      },
    },
  ];
}

/** Written with whatever umask the user has; the directories above protect it. */
function isMadeByCommands(path: string): boolean {
  return /\/instances\/[^/]+\/(hooks\.log|imports|jobs)$/.test(path);
}

function mode(bits: bigint): string {
  return (bits & 0o7777n).toString(8).padStart(4, '0');
}

function unfinished({store}: StoreLook, path: string): Finding[] {
  const entry = path.endsWith('.new') ? entryOf(path) : undefined;
  if (entry?.isFile() !== true) return [];
  const ageMs = store.around.now().getTime() - Number(entry.mtimeMs);
  if (Math.abs(ageMs) < unfinishedMs) return [];
  return [
    {
      path,
      what: 'begun and never finished: its writer was cut off',
      mend: `--repair removes it; by hand: rm '${path}'`,
      repair: () => {
        removeFile(path);
      },
    },
  ];
}
