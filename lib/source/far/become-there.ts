// How a way becomes another user where the one that it arrives as is not root: by sudo, and before anything else is done,
// so that what ends a command, and what that leaves running, runs as the same user.

import {quote} from '../../quote.js';

/** Its words: the user, the status of our own failures, and the line of sh that the user is to run. */
const becoming = `
uid=$(id -u) wanted=$(id -u "$1" 2>/dev/null) || { echo "crcache: there is no user '$1'" >&2; exit "$2"; }
if [ "$uid" = 0 ] || [ "$uid" = "$wanted" ]; then exec sh -c "$3"; fi # root becomes them later, without sudo
said=$(sudo -n -u "$1" true 2>&1) || { echo "crcache: cannot become user '$1': $said" >&2; exit "$2"; }
# What sudo notes of its words would be taken for the mark of a command.
exec sudo -n -H -u "$1" sh -c 'unset SUDO_COMMAND; exec sh -c "$0"' "$3"`;

const begin = `exec sh -c ${quote(becoming)} sh`;

/** The line by which the far side runs a line as a user. */
export function lineAs(user: string, line: string): string {
  return `${begin} ${quote(user)} 1 ${quote(line)}`;
}

/** A function of sh that makes $crcache_text of line $1: the same, or as it is for $crcache_user. */
export const functionLineAs = `crcache_line_as() {
  crcache_text=$1
  [ -n "$crcache_user" ] || return 0
  crcache_main=$crcache_line crcache_line=${quote(begin)}
  crcache_say "$crcache_user" "\${crcache_failed:-1}" "$1"
  crcache_text=$crcache_line crcache_line=$crcache_main
}`;
