// Whole trees of files. fs-extra is loaded when the first one is copied.

import {readText} from './files.js';

/** Copies a directory and all below, modes and times included. */
export async function copyTree(from: string, to: string): Promise<void> {
  const {copy} = (await import('fs-extra')).default;
  await copy(from, to, {preserveTimestamps: true});
}

/** Where something is mounted below a directory, innermost first. */
export function mountsBelow(directory: string): string[] {
  const table = readText('/proc/self/mountinfo') ?? '';
  const points = table.split('\n').map((line) => line.split(' ')[4] ?? '');
  return points
    .map((point) => point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => byte(octal)))
    .filter((point) => point.startsWith(`${directory}/`))
    .reverse();
}

function byte(octal: string): string {
  return String.fromCharCode(parseInt(octal, 8));
}
