// The files of an instance that say one thing each.

import {CrcacheError} from '../../errors.js';
import {entryOf, isDirectory, isExecutable, makeExecutable, writeWhole} from '../../files.js';
import {parseInstanceName, type State} from '../../instance.js';
import {formatTime} from '../../time.js';
import {parseFacts, writeFacts} from '../record.js';
import {isNonce} from '../worker.js';
import type {Check, Finding} from './finding.js';
import {isDirectoryItself, textOfFile, type PlacedLink, type SourceLook} from './look.js';

export const factChecks: readonly Check<SourceLook>[] = [
  {name: 'what an instance says of itself can be read', find: unreadable},
  {name: 'what is cached or in use has all that it needs', find: missing},
  {name: 'the way into an instance can be used', find: unusableRun},
  {name: 'an instance has the configuration that it was made from', find: lostConfig},
];

interface Fact {
  readonly name: string;
  readonly isRight: (text: string) => boolean;
  /** Completes "it wants …". */
  readonly wants: string;
  /** An instance that is cached or in use has it. */
  readonly isNeeded?: boolean;
  /** What is written instead; undefined: nothing, and the file is done without. */
  readonly instead?: (look: SourceLook) => string;
  /** What is lost with it. */
  readonly loses?: string;
  /** Without it nobody knows what the instance is: a cached one is given to nobody any more. */
  readonly isVital?: boolean;
}

const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text.trim()));
const isCount = (text: string): boolean => /^[0-9]+\n?$/.test(text);

const facts: readonly Fact[] = [
  {
    name: 'incarnation',
    isRight: (text) => isNonce(text.replace(/\n$/, '')),
    wants: 'a word of twelve small letters and digits',
    isVital: true,
  },
  {name: 'handle', isRight: areFacts, wants: 'KEY=VALUE lines', isNeeded: true, isVital: true},
  {
    name: 'created',
    isRight: isTime,
    wants: 'a time',
    isNeeded: true,
    instead: ({state}) => formatTime(state.around.now()),
  },
  {name: 'concurrency', isRight: isCount, wants: 'a number', isNeeded: true, instead: () => '1'},
  {name: 'used', isRight: isTime, wants: 'a time'},
  {name: 'uses', isRight: isCount, wants: 'a number'},
  {
    name: 'backing',
    isRight: (text) => parseInstanceName(text.trim()) !== undefined,
    wants: "an instance's name",
  },
  {name: 'problem', isRight: areFacts, wants: 'KEY=VALUE lines'},
  {
    name: 'imports',
    isRight: areImports,
    wants: 'a line of JSON for each import',
    loses: 'what was changed in copies is not written back then, so look there first',
  },
];

function areImports(text: string): boolean {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.every((line) => {
    try {
      const record = JSON.parse(line) as Partial<Record<string, unknown>> | null;
      return ['nonce', 'local', 'remote', 'how'].every((key) => typeof record?.[key] === 'string');
    } catch {
      return false;
    }
  });
}

function areFacts(text: string): boolean {
  try {
    parseFacts(text, '');
    return true;
  } catch (error) {
    if (error instanceof CrcacheError) return false;
    throw error;
  }
}

const settled: readonly State[] = ['cached', 'in-use'];

function unreadable(look: SourceLook): Finding[] {
  return eachFact(look, (link, fact, path) => {
    if (entryOf(path) === undefined) return [];
    const text = textOfFile(path);
    if (text !== undefined && fact.isRight(text)) return [];
    const what =
      text === undefined ? 'not a file' : `cannot be read: it wants ${fact.wants}${excerpt(text)}`;
    return withMend(look, {link, fact, finding: {path, what, mend: '', of: [link.path, path]}});
  });
}

function missing(look: SourceLook): Finding[] {
  return eachFact(look, (link, fact, path) => {
    const isWanted = fact.isNeeded === true && settled.includes(link.state);
    const isVital = fact.name === 'incarnation';
    if ((!isWanted && !isVital) || entryOf(path) !== undefined) return [];
    const what = `missing, and '${link.place.instance}' is ${link.state}`;
    return withMend(look, {link, fact, finding: {path, what, mend: '', of: [link.path]}});
  });
}

function eachFact(
  look: SourceLook,
  find: (link: PlacedLink, fact: Fact, path: string) => Finding[] | Finding,
): Finding[] {
  return answering(look).flatMap((link) =>
    facts.flatMap((fact) =>
      find(link, fact, `${look.state.instancePath(link.place.instance)}/${fact.name}`),
    ),
  );
}

/** The symlinks of instances that have a directory. */
function answering(look: SourceLook): PlacedLink[] {
  return look.instances
    .filter((instance) => isDirectoryItself(look.state.instancePath(instance)))
    .flatMap((instance) => look.linksOf(instance).slice(0, 1));
}

function withMend(
  look: SourceLook,
  {link, fact, finding}: {link: PlacedLink; fact: Fact; finding: Finding},
): Finding {
  const {instance} = link.place;
  const {path} = finding;
  if (fact.isVital !== true) {
    const {instead} = fact;
    const told = instead === undefined ? '' : ', and writes what it can tell instead';
    const then = fact.loses === undefined ? told : `; ${fact.loses}`;
    return {
      ...finding,
      mend: `--repair moves what is there to lost-found${then}`,
      repair: () => {
        look.whole.setAside(path);
        if (instead !== undefined) writeWhole(path, `${instead(look)}\n`);
      },
    };
  }
  if (link.state !== 'cached') {
    return {
      ...finding,
      mend: `nobody else gets '${instance}'; write the file by hand, or look for what was made as '${instance}', end it, and remove both records`,
    };
  }
  return {
    ...finding,
    mend: `--repair puts '${instance}' into 'broken', so that nobody gets it; what was made is to be looked for by hand`,
    repair: () => {
      look.whole.setAside(path);
      toBroken(look, link, {during: 'fsck', message: `'${fact.name}' could not be read`});
    },
  };
}

function toBroken(
  {state}: SourceLook,
  {place}: PlacedLink,
  problem: {during: string; message: string},
): void {
  const {instance} = place;
  writeFacts(`${state.instancePath(instance)}/problem`, problem);
  state.move(place, {instance, state: 'broken'}, `fsck: ${problem.message}`);
}

function unusableRun(look: SourceLook): Finding[] {
  return answering(look).flatMap((link) => {
    const {instance} = link.place;
    const path = `${look.state.instancePath(instance)}/run`;
    if (!settled.includes(link.state) || isExecutable(path)) return [];
    const finding = {path, of: [link.path]};
    if (textOfFile(path) !== undefined) {
      return {
        ...finding,
        what: 'not executable',
        mend: `--repair makes it so; by hand: chmod 700 '${path}'`,
        repair: () => {
          makeExecutable(path);
        },
      };
    }
    const what = 'missing: no command can be run';
    if (link.state === 'in-use') return {...finding, what, mend: `crcache release -f ${instance}`};
    return {
      ...finding,
      what,
      mend: `--repair puts '${instance}' into 'broken', and gc discards it`,
      repair: () => {
        look.whole.setAside(path);
        toBroken(look, link, {during: 'discard', message: "its 'run' was missing"});
      },
    };
  });
}

function lostConfig(look: SourceLook): Finding[] {
  return answering(look).flatMap((link) => {
    const {instance} = link.place;
    const path = `${look.state.instancePath(instance)}/config`;
    const isThere = entryOf(path)?.isSymbolicLink() === true;
    if (isThere && isDirectory(path)) return [];
    return {
      path,
      what: isThere ? 'leads nowhere' : 'not a symlink to a configuration',
      mend: `'${instance}' goes by what its source says today; to be rid of it: crcache discard-instance --force ${instance}`,
      of: [link.path],
    };
  });
}

function excerpt(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line === '' ? '' : `, not ${JSON.stringify(line.slice(0, 40))}`;
}
