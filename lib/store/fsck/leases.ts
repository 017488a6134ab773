// Who holds what: leases, and instances that stand on others.

import {entryOf, writeWhole} from '../../files.js';
import {formatTime} from '../../time.js';
import {writeLease, type Lease} from '../lease.js';
import {newNonce} from '../worker.js';
import {gcMends, type Check, type Finding} from './finding.js';
import {isDirectoryItself, type PlacedLink, type SourceLook} from './look.js';

export const leaseChecks: readonly Check<SourceLook>[] = [
  {name: 'a lease can be read', find: unreadable},
  {name: 'what is in use has a lease', find: withoutLease},
  {name: 'what is cached has no lease', find: cachedWithLease},
  {name: 'who holds an instance exists', find: withoutHolder},
  {name: 'what an instance stands on exists, and is held by it alone', find: wrongBacking},
  {name: 'an instance says what it stands on', find: missingBacking},
];

function leasePath({state}: SourceLook, {place}: PlacedLink): string {
  return `${state.instancePath(place.instance)}/lease`;
}

/** The symlinks of a state. One that belongs to a double is looked at as any other. */
function inState({placed}: SourceLook, ...states: readonly string[]): PlacedLink[] {
  return placed.filter(({state}) => states.includes(state));
}

function unreadable(look: SourceLook): Finding[] {
  return look.placed.flatMap((link) => {
    const path = leasePath(look, link);
    const isUnreadable =
      entryOf(path) !== undefined && look.leaseOf(link.place.instance) === undefined;
    if (!isUnreadable) return [];
    const then = link.state === 'in-use' ? ", and writes one whose holder is 'unknown'" : '';
    return {
      path,
      what: 'not a lease',
      mend: `--repair moves it to lost-found${then}`,
      of: [link.path, path],
      repair: () => {
        look.whole.setAside(path);
      },
    };
  });
}

function withoutLease(look: SourceLook): Finding[] {
  return inState(look, 'in-use').flatMap((link) => {
    const {instance} = link.place;
    if (
      entryOf(leasePath(look, link)) !== undefined ||
      !isDirectoryItself(look.state.instancePath(instance))
    )
      return [];
    return {
      path: link.path,
      what: 'in use without a lease',
      mend: `--repair writes one whose holder is 'unknown'; whoever uses it may go on, and when nobody does: crcache release ${instance}`,
      repair: () => {
        writeLease(look.state.instancePath(instance), unknownLease(look, instance), {flush: true});
      },
    };
  });
}

/** Nobody's lease ends only when a person ends it, unless it can be told that another instance stands on this one. */
function unknownLease({whole, state}: SourceLook, instance: string): Lease {
  const above = standingOn(whole.sources(), instance)[0];
  const {workshop, now} = state.around;
  return {
    id: newNonce(),
    holder: above === undefined ? 'unknown' : holderOf(above),
    host: workshop.here.host,
    user: 'unknown',
    command: 'unknown',
    cwd: '/',
    since: formatTime(now()),
  };
}

function cachedWithLease(look: SourceLook): Finding[] {
  return inState(look, 'cached').flatMap((link) => {
    const path = leasePath(look, link);
    const lease = look.leaseOf(link.place.instance);
    if (lease === undefined) return [];
    return {
      path,
      what: `a lease of ${lease.holder}, and yet '${link.place.instance}' is cached`,
      mend: `--repair moves it to lost-found; whoever still uses '${link.place.instance}' has no right to it`,
      of: [link.path, path],
      repair: () => {
        look.whole.setAside(path);
      },
    };
  });
}

/** A backing's holder is an incarnation of another instance: 'pool-0#INCARNATION'. */
function withoutHolder(look: SourceLook): Finding[] {
  return inState(look, 'in-use').flatMap((link) => {
    const holder = look.leaseOf(link.place.instance)?.holder ?? '';
    const [, name, incarnation] = /^(.+)#([a-z0-9]+)$/.exec(holder) ?? [];
    if (name === undefined) return [];
    const above = look.whole.findInstance(name);
    if (above?.source.textOf(name, 'incarnation')?.trim() === incarnation) return [];
    return {
      path: leasePath(look, link),
      what: `held by '${holder}', which does not exist`,
      mend: gcMends,
      of: [link.path],
    };
  });
}

/** An instance that stands on another one. */
interface Standing {
  readonly look: SourceLook;
  readonly link: PlacedLink;
  readonly backing: string;
}

const holding = ['cached', 'allocating', 'in-use', 'releasing', 'broken'];

function standingOn(looks: readonly SourceLook[], backing?: string): Standing[] {
  const all = looks.flatMap((look) =>
    inState(look, ...holding).flatMap((link): Standing[] => {
      const name = look.textOf(link.place.instance, 'backing')?.trim();
      return name === undefined ? [] : [{look, link, backing: name}];
    }),
  );
  return backing === undefined ? all : all.filter((each) => each.backing === backing);
}

function holderOf({look, link}: Standing): string {
  const {instance} = link.place;
  return `${instance}#${look.textOf(instance, 'incarnation')?.trim() ?? ''}`;
}

function wrongBacking(look: SourceLook): Finding[] {
  return standingOn([look]).flatMap((standing) => {
    const {link, backing} = standing;
    const what = whyWrong(standing);
    if (what === undefined) return [];
    const {instance} = link.place;
    return {
      path: `${look.state.instancePath(instance)}/backing`,
      what,
      mend: `'${instance}' must not be used: crcache discard-instance --force ${instance}; '${backing}' stays with who holds it`,
      of: [link.path],
    };
  });
}

function whyWrong(standing: Standing): string | undefined {
  const {look, backing} = standing;
  const found = look.whole.findInstance(backing);
  if (found === undefined) return `names '${backing}', which does not exist`;
  const lease = found.source.leaseOf(backing);
  if (lease?.holder === holderOf(standing)) return undefined;
  if (lease === undefined) return `names '${backing}', which nobody holds`;
  return `names '${backing}', which '${lease.holder}' holds`;
}

/** Where the lease of a backing tells more than the instance above, that is made good. */
function missingBacking(look: SourceLook): Finding[] {
  return inState(look, 'in-use').flatMap((link) => {
    const backing = link.place.instance;
    const [, name = '', incarnation] =
      /^(.+)#([a-z0-9]+)$/.exec(look.leaseOf(backing)?.holder ?? '') ?? [];
    const above = look.whole.findInstance(name);
    if (above?.link === undefined || !['cached', 'in-use'].includes(above.link.state)) return [];
    if (above.source.textOf(name, 'incarnation')?.trim() !== incarnation) return [];
    const path = `${above.source.state.instancePath(name)}/backing`;
    if (entryOf(path) !== undefined) return [];
    return {
      path,
      what: `missing, and '${name}' stands on '${backing}'`,
      mend: `--repair writes it; by hand: echo ${backing} >'${path}'`,
      of: [link.path, above.link.path],
      repair: () => {
        writeWhole(path, `${backing}\n`, {flush: true});
      },
    };
  });
}
