// How a command gets into a session: by schroot, which says 1 for whatever fails and for every signal, and leaves its
// command behind when it is killed. What is missing comes from lib/source/far-script.ts.
//
// The processes are this machine's: signals reach them from outside, but for another user's where root does not call.

import {onNote} from '../far/far-side.js';
import {farWay} from '../far-script.js';
import {quote} from '../../quote.js';
import {scriptAround, usually} from '../run-script.js';
import {withSignals} from '../signal-defaults.js';
import type {SchrootInstance} from './keys.js';
import {locationOf, sessionOf} from './session.js';

/** What schroot says where it has failed itself, or a signal has ended it. */
const ownStatuses = [1, 129, 130, 137, 141, 143];

export function schrootScript(instance: SchrootInstance): string {
  const {settings} = instance;
  const way = farWay(instance, {
    functions: functionsOf(instance),
    ownStatuses,
    directory: settings.cwd,
    settings: settings.env,
    userCheck: 'getent passwd -- "$crcache_user" >/dev/null',
  });
  return scriptAround(instance, usually(settings.user) + way);
}

function functionsOf(instance: SchrootInstance): string {
  const run = `schroot --quiet --run-session --chroot ${quote(sessionOf(instance))} --directory /`;
  const user = '${crcache_user:+--user "$crcache_user"}';
  const told = onNote('rmdir', '"$crcache_mark"', quote(locationOf(instance) ?? ''));
  return `# What schroot says is not the command's: it warns of each session that somebody else ends at that moment.
[ -e /proc/self/fd/2 ] || exec 2>/dev/null
crcache_into() { crcache_text="exec 2>&9 9>&-
$crcache_fit
$1"; }
# The home and the shell are those that the user has on this machine.
crcache_fit='[ -d "$HOME" ] || HOME=/; [ -x "$SHELL" ] || SHELL=/bin/sh'
crcache_far() {
  crcache_into "$1"
  exec 9>&2 2>/dev/null
  if [ "$crcache_terminal" = on ]; then exec ${run} ${user} -- sh -c ${quote(onTerminal)} "$crcache_text"; fi
  LC_ALL=C exec $crcache_apart ${withSignals} ${run} ${user} -- sh -c "$crcache_text"
}
crcache_aside() { crcache_into "$1"; timeout 20 ${run} ${user} -- sh -c "$crcache_text" 9>&2 2>/dev/null; }
crcache_tell_lost() {
  timeout 20 ${run} ${user} -- true </dev/null 2>&1 >/dev/null | sed -n 's/^E: /crcache: schroot: /p' >&2
  echo "crcache: lost the connection to '$CRCACHE_INSTANCE'" >&2
}
crcache_reaches() { [ -z "$crcache_user" ] || [ "$(id -u)" = 0 ]; }
crcache_signal() {
  if crcache_reaches; then sh -c "$crcache_end" sh "CRCACHE_RUN_MARK=$1" "$2"; else crcache_far_signal "$@"; fi
}
crcache_was_told() {
  if crcache_reaches; then ${told}; return; fi
  crcache_aside "${onNote('rmdir', '$crcache_mark')}"
}`;
}

/**
 * What a terminal says to the command it says to schroot too, which bears INT, and would be ended by QUIT: it ignores
 * that, and so would the command, but for an env that knows how to have it back.
 */
const onTerminal = `env --default-signal=QUIT true 2>/dev/null && exec env --default-signal=QUIT sh -c "$0"
exec sh -c "$0"`;
