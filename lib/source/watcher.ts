// Who ends a command whose client was killed, in POSIX sh: a process that reads a pipe, of which the other end is the
// client's alone. Unless `over` is written to 7 first, it does at the client's end what is due after its death. What
// the client starts closes 7. The code that does it finds $crcache_mark, $crcache_user and $crcache_end.

import {openPipe, pipeInInstance} from './pipe.js';
import {marks, watcherKey} from '../processes.js';
import {quote} from '../quote.js';

/** Code that starts a watcher in a session of its own: it lives on where all of the client's are killed at once. */
export function watcherApart(afterDeath: string): string {
  const watch = `${awaitDeath}\n${afterDeath}`;
  return watcher(`${alone}\nexec setsid sh -c ${quote(watch)}`);
}

/** The same beside the client: what it ends is killed by whatever kills both, and it is started in less time. */
export function watcherBeside(afterDeath: string): string {
  return watcher(`${awaitDeath}\n${alone}\nexec setsid sh -c ${quote(afterDeath)}`);
}

/** One that kills a single process, whose pid the client writes to 7 before anything else. */
export function watcherOfOne(): string {
  return watcher(`${alone}
exec setsid sh -c ${quote('read -r pid && ! read -r over && kill -s KILL "$pid"')}`);
}

const awaitDeath = `IFS= read -r crcache_word && [ "$crcache_word" = over ] && exit`;

/** Without a locale, for which setsid would read a dozen files. */
const alone = `CRCACHE_RUN_WATCHER=\${CRCACHE_RUN_ID:-} ${watcherKey}=1 LC_ALL=C
export CRCACHE_RUN_WATCHER ${watcherKey} LC_ALL crcache_mark crcache_user crcache_end
unset ${marks.join(' ')}`;

/** What the client says once it is over must not fail where the watcher is gone. */
const pipe = openPipe({from: 8, to: 7, isLasting: true, ...pipeInInstance});

function watcher(code: string): string {
  return `${pipe}
{
trap '' HUP INT QUIT TERM
exec <&8 7>&- 8<&- >/dev/null 2>&1
${code}
} &
exec 8<&-`;
}
