// Lines of sh for a host whose user has another shell: that reads them first, and what it makes of them has no status.

import {quote} from '../../quote.js';

/** A line that all shells read alike; the last line of what it prints is the path of the one that did. */
export const tellShell = `exec sh -c 'echo "$SHELL"'`;

/** Whether a shell reads lines as sh does; one that did not tell its name is taken at its word. */
export function isLikeSh(shell: string): boolean {
  return (
    !shell.startsWith('/') || /\/(?:[bd]?ash|busybox|ksh(?:93)?|mksh|sh|yash|zsh)$/.test(shell)
  );
}

const begin = `exec sh -c ${quote('eval "$(printf %b "$0")"')} `;

/** The same line for any shell: what one of them might read in its own way, even between quotes, is a number. */
export function forAnyShell(line: string): string {
  const coded = line.replace(
    /[\\'!\n]/g,
    (character) => `\\0${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `${begin}'${coded}'`;
}

/** Code of sh that does so with $crcache_text. */
export const codeText = `crcache_text=${quote(begin)}\\'$(printf '%s\\n' "$crcache_text" |
  sed -e 's/\\\\/\\\\0134/g' -e "s/'/\\\\\\\\0047/g" -e 's/!/\\\\0041/g' -e 's/$/\\\\0012/' | tr -d '\\n')\\'`;
