// The state directory itself: its layout's version, its id, and what is at its top.

import {CrcacheError} from '../../errors.js';
import {exists, listNames, makeDirectory, writeWhole} from '../../files.js';
import {isSourceName} from '../../instance.js';
import {readFacts, type Facts} from '../record.js';
import {format, inodeOf, writeId} from '../store.js';
import {believedMs, parseWorker} from '../worker.js';
import type {Check, Finding} from './finding.js';
import {isDirectoryItself, textOfFile, type StoreLook} from './look.js';

/** Each bars those after it: of another layout, or of another directory's copy, nothing more can be said. */
export const barringChecks: readonly Check<StoreLook>[] = [
  {name: 'the layout is one that this program knows', find: wrongFormat},
  {name: 'the directory has an id of its own', find: wrongId},
  {name: 'the directory is no copy', find: copied},
];

export const directoryChecks: readonly Check<StoreLook>[] = [
  {name: 'the state directory holds nothing unknown', find: unknownNames},
  {name: "'sources' holds directories with names of sources", find: unknownSources},
  {name: 'who collects alone says who that is', find: badCollector},
];

/** Those beside `sources`: of streams, of connections to hosts, and of what was set aside. */
const others: readonly string[] = ['nameless', 'streams', 'ssh', 'lost-found'];
const directories: readonly string[] = ['sources', ...others];
const names: readonly string[] = ['format', 'id', 'gc', ...directories];

function wrongFormat(look: StoreLook): Finding[] {
  const {directory} = look;
  const path = `${directory}/format`;
  const found = textOfFile(path)?.trim();
  if (found === format || listNames(directory).length === 0) return [];
  const what = found === undefined ? 'missing, or not a file' : `'${found.slice(0, 40)}'`;
  if (/^[0-9]+$/.test(found ?? '') && Number(found) > Number(format)) {
    const newer = `${what}, and this crcache knows '${format}'`;
    return [{path, what: newer, mend: 'use the newer crcache that made it'}];
  }
  return [
    {
      path,
      what: `${what}: not the version of a layout`,
      mend: `--repair moves it to lost-found and writes '${format}'; by hand: echo ${format} >'${path}'`,
      of: [exists(path) ? path : directory],
      repair: () => {
        look.setAside(path);
        writeWhole(path, `${format}\n`);
      },
    },
  ];
}

function wrongId(look: StoreLook): Finding[] {
  const {directory} = look;
  const path = `${directory}/id`;
  const {id, inode} = factsOf(path) ?? {};
  if (id !== undefined && inode !== undefined) return [];
  if (listNames(directory).length === 0) return []; // nothing was ever made here
  return [
    {
      path,
      what: exists(path) ? "cannot be read: it wants 'id=' and 'inode='" : 'missing',
      mend: '--repair moves it to lost-found and writes a new one; by hand: bring back the old one, since what was made under it is listed by it alone',
      of: [exists(path) ? path : directory],
      repair: () => {
        look.setAside(path);
        writeId(directory);
      },
    },
  ];
}

function factsOf(path: string): Facts | undefined {
  if (textOfFile(path) === undefined) return undefined;
  try {
    return readFacts(path);
  } catch (error) {
    if (error instanceof CrcacheError) return undefined;
    throw error;
  }
}

function copied(look: StoreLook): Finding[] {
  const {directory} = look;
  const path = `${directory}/id`;
  const inode = inodeOf(directory);
  const noted = factsOf(path)?.['inode'];
  if (noted === undefined || noted === inode) return [];
  return [
    {
      path,
      what: `that of the directory with inode ${noted}, and this one has ${inode}: moved here, or a copy`,
      mend: "if it was moved, and the original is gone: crcache fsck --moved; if it is a copy: --repair moves 'sources' to lost-found, since its instances belong to the original, and writes a new id",
      repair: () => {
        look.setAside(path);
        look.setAside(`${directory}/sources`);
        makeDirectory(`${directory}/sources`);
        writeId(directory);
      },
    },
  ];
}

function unknownNames(look: StoreLook): Finding[] {
  const {directory} = look;
  return listNames(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    const isDirectory = directories.includes(name);
    const isKnown = names.includes(name) && isDirectoryItself(path) === isDirectory;
    if (isKnown || name.endsWith('.new') || !exists(path)) return [];
    return {
      path,
      what: names.includes(name) ? `not a ${isDirectory ? 'directory' : 'file'}` : 'not of crcache',
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      repair: () => {
        look.setAside(path);
        if (name === 'sources') makeDirectory(path);
      },
    };
  });
}

function unknownSources(look: StoreLook): Finding[] {
  return listNames(`${look.directory}/sources`).flatMap((name) => {
    const path = `${look.directory}/sources/${name}`;
    if (isSourceName(name) && isDirectoryItself(path)) return [];
    return {
      path,
      what: isSourceName(name) ? 'not a directory' : "not a source's name",
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      repair: () => {
        look.setAside(path);
      },
    };
  });
}

function badCollector(look: StoreLook): Finding[] {
  const path = `${look.directory}/gc`;
  const text = textOfFile(path);
  if (text === undefined) return [];
  const worker = parseWorker(text.trim());
  if (worker !== undefined) {
    const {workshop} = look.store.around;
    if (workshop.fateOf(worker) !== 'unknown') return [];
    const what = `${workshop.describe(worker)} does what is due, which cannot be judged from here`;
    const mend = `gc --auto passes it over when the file is ${String(believedMs / 60_000)} minutes old`;
    return [{path, what, mend, isNote: true}];
  }
  return [
    {
      path,
      what: 'does not name a process: no gc --auto starts',
      mend: `--repair moves it to lost-found; by hand: rm '${path}'`,
      repair: () => {
        look.setAside(path);
      },
    },
  ];
}
