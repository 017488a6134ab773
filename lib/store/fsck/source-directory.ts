// A source's directory: what is in it, and who may read it.

import {entryOf, exists, listNames, makeDirectory, readLink} from '../../files.js';
import {states} from '../../instance.js';
import {otherDirectories} from '../source-state.js';
import type {Check, Finding} from './finding.js';
import {isDirectoryItself, textOfFile, type SourceLook} from './look.js';

export const sourceChecks: readonly Check<SourceLook>[] = [
  {name: 'a source has all its directories', find: missingDirectories},
  {name: "a source's directory holds nothing unknown", find: unknownNames},
  {name: 'a source says by what root it was defined', find: badOrigin},
  {name: 'each kept configuration has an instance', find: unusedConfigs},
];

const directories: readonly string[] = [...states, ...otherDirectories];
const files = ['lock.holder', 'origin', 'log', 'log.1', 'drained', 'configs.hash'];

/** Who makes the directories makes them at once, but not all of them in one moment. */
const makingMs = 10_000;

function missingDirectories({directory, whole}: SourceLook): Finding[] {
  const ageMs = Date.now() - Number(entryOf(directory)?.mtimeMs ?? Date.now());
  if (Math.abs(ageMs) < makingMs && !exists(`${directory}/trash`)) return [];
  return directories.flatMap((name) => {
    const path = `${directory}/${name}`;
    if (isDirectoryItself(path)) return [];
    const isThere = exists(path);
    return {
      path,
      what: isThere ? 'not a directory' : 'missing',
      mend: `--repair ${isThere ? 'moves it to lost-found and ' : ''}makes the directory; by hand: mkdir -m 700 '${path}'`,
      of: isThere ? [path] : [],
      isWithoutLock: true,
      repair: () => {
        if (!isDirectoryItself(path)) whole.setAside(path);
        makeDirectory(path);
      },
    };
  });
}

function unknownNames({directory, whole}: SourceLook): Finding[] {
  return listNames(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    if (name === 'lock' || directories.includes(name) || name.endsWith('.new')) return [];
    if (files.includes(name) && entryOf(path)?.isFile() !== false) return [];
    return {
      path,
      what: files.includes(name) ? 'not a file' : 'not of crcache',
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      isWithoutLock: name === 'lock.holder',
      repair: () => {
        whole.setAside(path);
      },
    };
  });
}

function badOrigin({directory, whole}: SourceLook): Finding[] {
  const path = `${directory}/origin`;
  const text = textOfFile(path);
  if (text === undefined || text.startsWith('/')) return [];
  return [
    {
      path,
      what: 'not the path of a configuration root',
      mend: '--repair moves it to lost-found, and the next acquire writes it anew',
      repair: () => {
        whole.setAside(path);
      },
    },
  ];
}

function unusedConfigs(look: SourceLook): Finding[] {
  const used = new Set(
    look.instances.map((name) => readLink(`${look.state.instancePath(name)}/config`)),
  );
  return listNames(`${look.directory}/configs`)
    .filter((name) => !used.has(`../../configs/${name}`))
    .map((name) => ({
      path: `${look.directory}/configs/${name}`,
      what: 'no instance was made from it',
      mend: 'it takes up room, and nothing else',
      isNote: true,
    }));
}
