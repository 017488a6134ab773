// The frame of a run script: a few lines of POSIX sh that run their arguments in an instance. That of an instance that
// stands on it reads it by `.`, having set crcache_upper: it then only leads the way, for the frame is the upper one's.
//
// What the caller may say to it stands in the environment, and is taken out of it before the command starts:
// CRCACHE_RUN_USER, the user to run as;
// CRCACHE_RUN_FAILED, the status of whatever fails before the command starts, 125 unless given;
// CRCACHE_RUN_TERMINAL, 'on' or 'off' where a terminal is wished for or not (here, it is the caller's own);
// CRCACHE_RUN_WATCHED, set where all that the command has started is to end when the script is killed;
// CRCACHE_RUN_BELOW, the directory of an instance whose commands are those of one above it, which keeps its name there;
// CRCACHE_RUN_WHY, a file to write 'crcache' or 'lost' to before it fails: the status alone could be the command's.

import {endMarked} from './end-marked.js';
import {quote} from '../quote.js';
import type {InstanceFacts} from './source.js';
import {watcherBeside} from './watcher.js';

/**
 * A script for types whose commands are processes of this machine, in the script's own place. `way` leads into the
 * instance, and is sh code that ends in `exec … "$@"`, or in `crcache_fail MESSAGE`.
 */
export function scriptOnThisMachine(instance: InstanceFacts, way: string): string {
  return scriptAround(instance, watched(instance, way));
}

/** The frame alone: it notes its pid and start time in `running/`, and reads the lease, by builtins. */
export function scriptAround(instance: InstanceFacts, way: string): string {
  return `#!/bin/sh
# runs its arguments in ${instance.name}
if [ -z "\${crcache_upper:-}" ]; then
  crcache_here=${quote(instance.directory)}
  crcache_failed=\${CRCACHE_RUN_FAILED:-125} crcache_why=\${CRCACHE_RUN_WHY:-}
  crcache_fail() {
    echo "crcache: $1" >&2
    [ -z "$crcache_why" ] || echo crcache >"$crcache_why"
    exit "$crcache_failed"
  }
  { read -r crcache_line </proc/$$/stat && echo "$crcache_line" >"$crcache_here/running/$$"; } 2>/dev/null || {
    [ ! -d "$crcache_here/running" ] || crcache_fail "cannot write into '$crcache_here/running': is the disk full?"
    crcache_fail '${instance.name} is gone'
  }
  if [ "\${CRCACHE_RUN_BELOW:-}" = "$crcache_here" ]; then
    unset CRCACHE_RUN_BELOW
  else
    { IFS== read -r crcache_line CRCACHE_LEASE <"$crcache_here/lease"; } 2>/dev/null || CRCACHE_LEASE=
    CRCACHE_INSTANCE=${instance.name} CRCACHE_INCARNATION=${instance.incarnation}
  fi
  export CRCACHE_LEASE CRCACHE_INSTANCE CRCACHE_INCARNATION
fi
${way}
`;
}

/**
 * Where that is asked for, this shell stays as the parent of what goes the way, with a watcher over both. A signal to it
 * ends it, and the watcher does the rest; what is typed at a terminal is the command's affair where that has asked for one.
 */
function watched({incarnation}: InstanceFacts, way: string): string {
  return `crcache_go() {
${way}
}
[ -n "\${CRCACHE_RUN_WATCHED:-}" ] || crcache_go "$@"
unset CRCACHE_RUN_WATCHED
crcache_mark=${incarnation}.$$. crcache_terminal=\${CRCACHE_RUN_TERMINAL:-}
${watcherBeside(`set -- "CRCACHE_RUN_ID=$crcache_mark" END\n${endMarked}`)}
export CRCACHE_RUN_ID="$crcache_mark"
# While a command runs dash puts INT off, unless it takes itself for one that reads its stdin.
crcache_end_by_int() { command set -s && trap - INT; } 2>/dev/null
if [ "$crcache_terminal" = on ] && [ -t 0 ]; then trap : INT QUIT; else crcache_end_by_int; fi
exec 9>&2 2>/dev/null # where a shell tells of a signal
(exec 2>&9 7>&- 9>&-; crcache_go "$@")
crcache_status=$?
echo over >&7
exit "$crcache_status"`;
}

/** Code that has commands run as this user, unless they say whom as. */
export function usually(user: string | undefined): string {
  return user === undefined
    ? ''
    : `[ -n "\${CRCACHE_RUN_USER:-}" ] || CRCACHE_RUN_USER=${quote(user)}\n`;
}

/** Code that ends so, and says why, where a shell would tell as a failure of its own script's that it cannot run $1. */
export function beRunnable(end = 'exit'): string {
  return `case $1 in
    */*)
      if [ ! -e "$1" ]; then echo "crcache: command not found: '$1'" >&2; ${end} 127; fi
      if [ -d "$1" ] || [ ! -x "$1" ]; then echo "crcache: cannot execute '$1'" >&2; ${end} 126; fi
      ;;
    *) [ -n "$1" ] && command -v -- "$1" >/dev/null || { echo "crcache: command not found: '$1'" >&2; ${end} 127; } ;;
  esac`;
}

/**
 * The end of a script whose commands are ordinary processes here: as the caller, or as the user that is asked for.
 * That one's home is an expression of sh: their own, unless the instance has one of its own.
 */
export function execHere(home = '$crcache_home'): string {
  return `case \${1:-} in -*) set -- env -- "$@" ;; esac # a shell would take it for an option
crcache_user=\${CRCACHE_RUN_USER:-}
unset CRCACHE_RUN_USER CRCACHE_RUN_FAILED CRCACHE_RUN_TERMINAL CRCACHE_RUN_WHY
if [ -z "$crcache_user" ]; then
  ${beRunnable()}
  exec "$@"
fi
crcache_line=$(getent passwd -- "$crcache_user") || crcache_fail "there is no user '$crcache_user'"
IFS=: read -r crcache_name crcache_line crcache_uid crcache_gid crcache_line crcache_home crcache_shell <<END
$crcache_line
END
if [ "$(id -u)" = "$crcache_uid" ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
  HOME=${home} USER=$crcache_name LOGNAME=$crcache_name SHELL=$crcache_shell
  export HOME USER LOGNAME SHELL
  exec setpriv --reuid="$crcache_uid" --regid="$crcache_gid" --init-groups -- "$@"
fi
crcache_line=$(sudo -n -u "$crcache_user" -- true 2>&1) ||
  crcache_fail "cannot become user '$crcache_user': $crcache_line"
: >"$crcache_here/running/sudo.$crcache_uid" || crcache_fail "$CRCACHE_INSTANCE is gone"
exec sudo -n -u "$crcache_user" -- sh -c 'export "$1" "$2" "$3"; shift 3; exec "$@"' sh \\
  "CRCACHE_LEASE=$CRCACHE_LEASE" "CRCACHE_INSTANCE=$CRCACHE_INSTANCE" \\
  "CRCACHE_INCARNATION=$CRCACHE_INCARNATION" "$@"`;
}
