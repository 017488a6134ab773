// What has come and is not in its place says in its name whose it is, so that what was left by one who was killed is told
// from a living one's: the same names as those of the sh that receives (copy/receive-script.ts).

import {readLink, readText} from '../files.js';
import {ownIds, startTimeOf} from '../processes.js';

/** What is in a name after its nonce, and before the pid. */
function readOwner(): string | undefined {
  const host = readText('/proc/sys/kernel/hostname')?.trim() ?? '';
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  const space = /[0-9]+/.exec(readLink('/proc/self/ns/pid') ?? '')?.[0] ?? '';
  const isUsual = [host, boot, space].every((each) => /^[A-Za-z0-9._-]+$/.test(each));
  return isUsual ? `${host},${boot},${space}` : undefined;
}

/** The name for what comes to this process; undefined where nobody could tell whose it is. */
export function partNameOf(nonce: string): string | undefined {
  const owner = readOwner();
  const {pid} = ownIds();
  const start = startTimeOf(pid);
  if (owner === undefined || start === undefined) return undefined;
  return `.crcache-${nonce},${owner},${String(pid)},${start}.part`;
}

/** Of these names, those of what was left by processes of this machine that have gone. */
export function leftAmong(names: readonly string[]): string[] {
  const parts = names.flatMap((name) => {
    const [, host, boot, space, pid, start] = shape.exec(name) ?? [];
    return pid === undefined ? [] : [{name, host, boot, space, pid, start}];
  });
  const owner = parts.length === 0 ? undefined : readOwner()?.split(',');
  if (owner === undefined) return [];
  const [ownHost, ownBoot, ownSpace] = owner;
  const isLeft = ({host, boot, space, pid, start}: (typeof parts)[number]): boolean => {
    if (host !== ownHost) return false;
    if (boot !== ownBoot) return true;
    return space === ownSpace && startTimeOf(Number(pid)) !== start;
  };
  return parts.filter(isLeft).map(({name}) => name);
}

const shape =
  /^\.crcache-[A-Za-z0-9]+,([A-Za-z0-9._-]+),([A-Za-z0-9._-]+),([0-9]+),([0-9]{1,10}),([0-9]+)\.part$/;
