// The frame of a run script: a few lines of POSIX sh that run their arguments in an instance.
//
// What the caller may say to it stands in the environment, and is taken out of it before the command starts:
// CRCACHE_RUN_USER, the user to run as; CRCACHE_RUN_AS, the name under which the instance is used (that of a pool's).

import {quote} from './quote.js';
import type {InstanceFacts} from './source.js';

/**
 * A script for types whose commands are processes of this machine, in the script's own place. It notes its pid and
 * start time in `running/`, and reads the lease, by builtins alone; `way` leads into the instance, and is sh code
 * that ends in `exec … "$@"`.
 */
export function scriptOnThisMachine(instance: InstanceFacts, way: string): string {
  return `#!/bin/sh
# runs its arguments in ${instance.name}
here=${quote(instance.directory)}
read -r stat </proc/$$/stat && echo "$stat" >"$here/running/$$" || exit 125
[ -n "\${CRCACHE_RUN_AS:-}" ] || IFS== read -r _ CRCACHE_LEASE <"$here/lease" || CRCACHE_LEASE=
CRCACHE_INSTANCE=\${CRCACHE_RUN_AS:-${instance.name}} CRCACHE_INCARNATION=${instance.incarnation}
export CRCACHE_LEASE CRCACHE_INSTANCE CRCACHE_INCARNATION
${way}
`;
}

/** The end of a script whose commands are ordinary processes here: as the caller, or as the user that is asked for. */
export const execHere = `user=\${CRCACHE_RUN_USER:-}
unset CRCACHE_RUN_USER CRCACHE_RUN_AS
[ -n "$user" ] || exec "$@"
[ "$(id -u)" = 0 ] && exec setpriv --reuid="$user" --regid="$(id -g -- "$user")" --init-groups -- "$@"
exec sudo -n -u "$user" -- "$@"`;
