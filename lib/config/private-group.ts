// Groups that have one user alone. Where each user has one, umask 002 lets that write to files, and nobody else by it.

import {readText} from '../files.js';

/** Whether the machine's own files say of a group that it is this user's, and nobody else is in it. */
export function isPrivateGroup(group: bigint, uid: number): boolean {
  const gid = String(group);
  const owners = entriesOf('/etc/passwd').filter(([, , , own]) => own === gid);
  const [, , , members] = entriesOf('/etc/group').find(([, , id]) => id === gid) ?? [];
  const isTheirs = owners.length > 0 && owners.every(([, , id]) => id === String(uid));
  return isTheirs && (members === '' || owners.some(([name]) => name === members));
}

function entriesOf(file: string): string[][] {
  return (readText(file) ?? '').split('\n').map((line) => line.split(':'));
}
