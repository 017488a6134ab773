// The frame of a run script: a few lines of POSIX sh that run their arguments in an instance.
//
// What the caller may say to it stands in the environment, and is taken out of it before the command starts:
// CRCACHE_RUN_USER, the user to run as; CRCACHE_RUN_AS, the name under which the instance is used (that of a pool's).

import {quote} from '../quote.js';
import type {InstanceFacts} from './source.js';

/**
 * A script for types whose commands are processes of this machine, in the script's own place. It notes its pid and
 * start time in `running/`, and reads the lease, by builtins alone; `way` leads into the instance, and is sh code
 * that ends in `exec … "$@"`.
 */
export function scriptOnThisMachine(instance: InstanceFacts, way: string): string {
  return `#!/bin/sh
# runs its arguments in ${instance.name}
crcache_here=${quote(instance.directory)}
read -r crcache_line </proc/$$/stat && echo "$crcache_line" >"$crcache_here/running/$$" || exit 125
[ -n "\${CRCACHE_RUN_AS:-}" ] || IFS== read -r crcache_line CRCACHE_LEASE <"$crcache_here/lease" || CRCACHE_LEASE=
CRCACHE_INSTANCE=\${CRCACHE_RUN_AS:-${instance.name}} CRCACHE_INCARNATION=${instance.incarnation}
export CRCACHE_LEASE CRCACHE_INSTANCE CRCACHE_INCARNATION
${way}
`;
}

/** The end of a script whose commands are ordinary processes here: as the caller, or as the user that is asked for. */
export const execHere = `case \${1:-} in -*) set -- env -- "$@" ;; esac # a shell would take it for an option
crcache_user=\${CRCACHE_RUN_USER:-}
unset CRCACHE_RUN_USER CRCACHE_RUN_AS
[ -n "$crcache_user" ] || exec "$@"
crcache_fail() { echo "crcache: cannot become user '$crcache_user': $1" >&2; exit 125; }
crcache_line=$(getent passwd -- "$crcache_user") || crcache_fail 'there is none'
IFS=: read -r LOGNAME crcache_line crcache_uid crcache_gid crcache_line HOME SHELL <<END
$crcache_line
END
if [ "$(id -u)" = "$crcache_uid" ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
  USER=$LOGNAME
  export HOME USER LOGNAME SHELL
  exec setpriv --reuid="$crcache_uid" --regid="$crcache_gid" --init-groups -- "$@"
fi
sudo -n -u "$crcache_user" -- true || crcache_fail 'sudo refuses'
exec sudo -n -u "$crcache_user" -- sh -c 'exec "$@"' sh "$@"`;
