// This process's controlling terminal: whether it has one, and whether what is typed there reaches it.

import {fieldsOf} from './processes.js';
import {readText} from './files.js';

/** Whether it has one. It has none any more when that was closed, or its session's first process has ended. */
export function hasTerminal(): boolean {
  return ownTerminal().device !== '0';
}

/** Whether what is typed at it reaches this process's group: Ctrl-C is then not ours to hand on. */
export function isAtTerminal(): boolean {
  const {group, foreground} = ownTerminal();
  return group !== undefined && group === foreground;
}

/** The number of this process's group. */
export function ownGroup(): number {
  return Number(ownTerminal().group);
}

function ownTerminal(): Readonly<Record<'group' | 'device' | 'foreground', string | undefined>> {
  const [, , group, , device, foreground] = fieldsOf(readText('/proc/self/stat') ?? '');
  return {group, device, foreground};
}
