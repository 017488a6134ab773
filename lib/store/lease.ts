// Who holds an instance, since when, and until when.

import {CrcacheError} from '../errors.js';
import {exists, renameIfThere} from '../files.js';
import {formatIdentity, parseIdentity, type Fate, type ProcessIdentity} from '../processes.js';
import {damaged, readFacts, writeFacts, type Facts} from './record.js';

export interface Lease {
  /** Names this allocation, never another; the instances of one request share it. */
  readonly id: string;
  /** A user, or for a backing instance 'pool-0#INCARNATION'. */
  readonly holder: string;
  readonly host: string;
  readonly user: string;
  /** The command that acquired it, for people. */
  readonly command: string;
  readonly cwd: string;
  readonly since: string;
  /** The lease ends by itself at this time. */
  readonly until?: string;
  /** The lease ends when this process does. */
  readonly forProcess?: ProcessIdentity;
  /** The lease inside of which it was acquired: what runs there may use and release what it has got. */
  readonly within?: string;
}

export function writeLease(instancePath: string, lease: Lease, options?: {flush: boolean}): void {
  const {until, forProcess, within, ...facts} = lease;
  writeFacts(
    `${instancePath}/lease`,
    {
      ...facts,
      ...(until === undefined ? {} : {until}),
      ...(forProcess === undefined ? {} : {'for-pid': formatIdentity(forProcess)}),
      ...(within === undefined ? {} : {within}),
    },
    options,
  );
}

/** The lease of an instance; undefined where it has none. */
export function readLease(instancePath: string): Lease | undefined {
  const path = `${instancePath}/lease`;
  const facts = readFacts(path);
  return facts === undefined ? undefined : toLease(facts, path);
}

/** The lease of an instance, or that nobody can say what it is. */
export function leaseIfReadable(instancePath: string): Lease | 'damaged' | undefined {
  try {
    return readLease(instancePath);
  } catch (error) {
    if (error instanceof CrcacheError && error.kind === 'damaged') return 'damaged';
    throw error;
  }
}

/** Whether a lease is the one that is wanted, if one is, or was acquired inside of that. */
export function isHeldBy({id, within}: Lease, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === id || wanted === within;
}

/** Ends the lease of an instance: who finishes what is under way then need not ask whose it was. */
export function endLease(instancePath: string): void {
  renameIfThere(`${instancePath}/lease`, `${instancePath}/last-lease`);
}

/** Whether an instance has a lease that nobody has ended. */
export function isLeased(instancePath: string): boolean {
  return exists(`${instancePath}/lease`);
}

function toLease(facts: Facts, path: string): Lease {
  const must = (key: string): string => {
    const value = facts[key];
    if (value === undefined) throw damaged(path, `'${key}' is missing`);
    return value;
  };
  const {until, within, 'for-pid': words} = facts;
  const forProcess = words === undefined ? undefined : parseIdentity(words);
  if (words !== undefined && forProcess === undefined) throw damaged(path, `'${words}'`);
  if (until !== undefined && Number.isNaN(Date.parse(until))) throw damaged(path, `'${until}'`);
  return {
    id: must('id'),
    holder: must('holder'),
    host: must('host'),
    user: must('user'),
    command: must('command'),
    cwd: must('cwd'),
    since: must('since'),
    ...(until === undefined ? {} : {until}),
    ...(forProcess === undefined ? {} : {forProcess}),
    ...(within === undefined ? {} : {within}),
  };
}

/** Why a lease has ended, or undefined while it lasts. One without a time or a process never ends by itself. */
export function whyEnded(
  {until, forProcess}: Lease,
  now: Date,
  fateOf: (identity: ProcessIdentity) => Fate,
): string | undefined {
  if (until !== undefined && Date.parse(until) <= now.getTime())
    return `its lease ended at ${until}`;
  if (forProcess !== undefined && fateOf(forProcess) === 'dead') {
    return `process ${String(forProcess.pid)}, for which it was held, is gone`;
  }
  return undefined;
}
