// What processes left that are gone, and what stands in the way of others.
import {entryOf, listNames} from '../../files.js';
import {mountsIn} from '../../trees.js';
import {parseInstanceName} from '../../instance.js';
import type {Fate, ProcessIdentity} from '../../processes.js';
import {holderOfLock, staleMs} from '../lock.js';
import {isWorkedPlace} from '../place.js';
import {parseTicket} from '../queue.js';
import type {Surroundings} from '../source-state.js';
import {parseWorker} from '../worker.js';
import {gcMends, type Check, type Finding} from './finding.js';
import {isDirectoryItself, textOfFile, type SourceLook} from './look.js';

export const workerChecks: readonly Check<SourceLook>[] = [
  {name: 'who is at work on an instance runs', find: goneWorkers},
  {name: "the queue holds running processes' tickets", find: badTickets},
  {name: 'the trash is that of running processes', find: oldTrash},
  {name: 'nothing is mounted below the trash', find: mountedTrash},
  {name: 'the lock is renewed by who holds it', find: badLock},
];

/** How a process is told of that is gone, or that cannot be judged; undefined for one that runs. */
function tell(
  worker: ProcessIdentity,
  fate: Fate,
  {workshop}: Surroundings,
): Pick<Finding, 'what' | 'mend' | 'isNote'> {
  const name = workshop.describe(worker);
  if (fate === 'dead') return {what: `${name}, which was at it, is gone`, mend: gcMends};
  return {
    what: `${name} is at it, which cannot be judged from here`,
    mend: workshop.howToJudge(worker),
    isNote: true,
  };
}

function goneWorkers(look: SourceLook): Finding[] {
  return look.placed.flatMap(({path, place}) => {
    if (!isWorkedPlace(place)) return [];
    const fate = look.fateOf(place);
    return fate === 'alive' ? [] : {path, ...tell(place.worker, fate, look.state.around)};
  });
}

function badTickets({directory, whole, state, name: source}: SourceLook): Finding[] {
  return listNames(`${directory}/queue`).flatMap((name): Finding | Finding[] => {
    const path = `${directory}/queue/${name}`;
    if (name.endsWith('.new')) return []; // one of these is being written, or is temporary
    const ticket = parseTicket(name);
    const text = textOfFile(path);
    const [lease, ...instances] = (text ?? '').trimEnd().split('\n');
    const isRight =
      /^[a-z0-9]+$/.test(lease ?? '') &&
      instances.every((instance) => parseInstanceName(instance)?.source === source);
    if (ticket !== undefined && isRight) {
      const fate = state.around.workshop.fateOf(ticket.worker);
      return fate === 'alive' ? [] : {path, ...tell(ticket.worker, fate, state.around)};
    }
    if (entryOf(path) === undefined) return [];
    return {
      path,
      what:
        ticket === undefined
          ? 'not a ticket'
          : `does not name a lease and instances of '${source}'`,
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      repair: () => {
        whole.setAside(path);
      },
    };
  });
}

function oldTrash({directory, state}: SourceLook): Finding[] {
  return listNames(`${directory}/trash`).flatMap((name): Finding | Finding[] => {
    const path = `${directory}/trash/${name}`;
    const worker = parseWorker(name.slice(name.indexOf('@') + 1));
    if (worker === undefined) return {path, what: "nobody's", mend: gcMends};
    const fate = state.around.workshop.fateOf(worker);
    return fate === 'alive' ? [] : {path, ...tell(worker, fate, state.around)};
  });
}

function mountedTrash({directory}: SourceLook): Finding[] {
  return mountsIn(`${directory}/trash`).map((path) => ({
    path,
    what: 'mounted below the trash, which is therefore not removed',
    mend: `umount '${path}'; crcache gc`,
  }));
}

function badLock({directory, whole, state}: SourceLook): Finding[] {
  const path = `${directory}/lock`;
  if (entryOf(path) === undefined) return [];
  if (!isDirectoryItself(path)) {
    return [
      {
        path,
        what: 'not a directory: nobody can take the lock',
        mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
        isWithoutLock: true,
        repair: () => {
          whole.setAside(path);
        },
      },
    ];
  }
  if (listNames(path).length > 0) {
    return [
      {
        path,
        what: 'not empty: it cannot be removed as a lock is',
        mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
        isWithoutLock: true,
        repair: () => {
          whole.setAside(path);
        },
      },
    ];
  }
  const ageMs = Date.now() - Number(entryOf(path)?.mtimeMs ?? Date.now());
  const holder = holderOfLock(directory);
  const isHolderGone = holder !== undefined && state.around.workshop.fateOf(holder) === 'dead';
  if (Math.abs(ageMs) < 2 * staleMs && !isHolderGone) return [];
  const age = ageMs < 0 ? 'from the future' : 'not renewed any more';
  return [
    {
      path,
      what: isHolderGone ? 'its holder is gone' : age,
      mend: 'whoever wants the lock next takes it',
      repair: () => undefined, // to be here is to have taken it
    },
  ];
}
