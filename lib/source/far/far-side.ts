// What stands on the far side of a run script, in POSIX sh: the command's parent, or what becomes the command.

import {marks, watcherKey} from '../../processes.js';
import {beRunnable} from '../run-script.js';

/** The longest line that is handed to a tool as one word, in characters; one may have four bytes. */
export const farLongest = 30_000;

/** What a tool has statuses for, as FarTool says it. */
interface Statuses {
  readonly ownStatuses: readonly number[];
  readonly successAs?: number;
}

/** And what the command's parent begins with. */
interface Frame extends Statuses {
  readonly arrival?: string;
  readonly makesTerminal?: boolean;
}

/** Code that has a variable's status and 0 change places, on either side of the tool. */
export function swapSuccess({successAs}: Statuses, variable: string): string {
  if (successAs === undefined) return '';
  const other = String(successAs);
  return `case $${variable} in 0) ${variable}=${other} ;; ${other}) ${variable}=0 ;; esac`;
}

/** Where a status is noted that the tool has for itself: the first directory that can be written to. */
const noteIn = ['/tmp', '/dev/shm', '/var/tmp', '/run', '/dev'] as const;

/** Code that runs a command of directories on the note of a mark, an expression of sh, in the tree at `root`. */
export function onNote(command: string, mark: string, root = ''): string {
  return noteIn
    .map((each) => `${command} ${root}${each}/.crcache-${mark} 2>/dev/null`)
    .join(' || ');
}

/** A function that reads the line of user $1, of a passwd, into $crcache_entry; the last line may have no end. */
export const findEntry = `crcache_entry_of() {
  while IFS= read -r crcache_entry || [ -n "$crcache_entry" ]; do
    case $crcache_entry in "$1":*) return ;; esac
  done
  return 1
}`;

/** Its words: where to start, the user to become, the status of our own failures, the command. */
const begin = `directory=$1 user=$2 failed=$3
shift 3
fail() { echo "crcache: $1" >&2; end "$failed"; }
if [ -n "$directory" ]; then cd -- "$directory" 2>/dev/null || fail "cannot enter directory '$directory'"; else cd 2>/dev/null; fi
if [ -n "$user" ]; then
  ${findEntry}
  crcache_entry_of "$user" </etc/passwd || fail "there is no user '$user'"
  IFS=: read -r user line uid gid line home shell <<END
$crcache_entry
END
  if [ "$(id -u)" = 0 ]; then
    become="setpriv --reuid=$uid --regid=$gid --init-groups --"
    if $become true 2>/dev/null; then set -- $become "$@"; else set -- su -s /bin/sh -c 'exec "$@"' "$user" sh "$@"; fi # busybox
    export HOME="$home" USER="$user" LOGNAME="$user" SHELL="$shell" # env of busybox knows a setpriv of its own
  elif [ "$(id -u)" != "$uid" ]; then
    sudo -n -u "$user" -- true || fail "cannot become user '$user'"
    set -- sudo -n -u "$user" -- "$@"
  fi
fi`;

/** As login(1) does: else the user could not open it by its name. */
const giveTerminal = `
if [ -n "$user" ] && [ -t 0 ] && [ "$(id -u)" = 0 ]; then chown "$uid" /proc/self/fd/0; fi`;

/** Becomes the command. */
export const farEntry = `end() { exit "$1"; }
${begin}
exec "$@"`;

/**
 * The command's parent, whose first word is `endMarked`. Where that was told to end, all that it has started ends with it. A status that the tool has for
 * itself is noted in a directory before it is given: the client asks for it.
 */
export function farFrame(tool: Frame): string {
  return `${tool.arrival ?? ''}
end() {
  case ' ${tool.ownStatuses.join(' ')} ' in *" $1 "*) ${onNote('mkdir -m 700', '"$CRCACHE_RUN_MARK"')} ;; esac
  exit "$1"
}
ending=$1
shift
${begin}${tool.makesTerminal === true ? giveTerminal : ''}
trap : HUP INT QUIT TERM
told=
trap told=1 URG
${beRunnable('end')}
exec 9>&2 2>/dev/null # where a shell tells of a signal
(exec "$@" 2>&9 9>&-)
status=$?
# Some tools wait for all who hold the output.
if [ -n "$told" ]; then
  (
    mark=CRCACHE_RUN_MARK=$CRCACHE_RUN_MARK
    trap '' HUP
    unset CRCACHE_RUN_MARK ${marks.join(' ')}
    ${watcherKey}=1 exec sh -c "$ending" sh "$mark" END </dev/null >/dev/null 9>&-
  ) &
fi
${swapSuccess(tool, 'status')}
end "$status"`;
}
