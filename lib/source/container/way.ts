// How a command gets into a container: by the engine's exec, whose client loses statuses, prints its own failures on
// stdout and leaves its command behind. What is missing comes from lib/source/far-script.ts.
//
// Where the container's processes are this machine's, signals reach them without the engine, which is slow to start.

import {fillIn} from '../command.js';
import {functionsBeside} from '../far/beside.js';
import {findEntry} from '../far/far-side.js';
import {farWay} from '../far-script.js';
import {idOf} from '../ids.js';
import {quote} from '../../quote.js';
import {scriptAround, usually} from '../run-script.js';
import type {Engine} from './engine.js';
import {fileOf, isHere} from './holding.js';
import type {ContainerInstance} from './keys.js';

/** Numbers of a user, and of a group, are as good as any; a group's name is the engine's affair. */
const userCheck = `case $crcache_user in *[!0-9:]*) crcache_knows "\${crcache_user%%:*}" ;; esac`;

/** What the engines' exec says where it has failed itself; 141 and 143: a signal ended it. */
const ownStatuses = [1, 125, 126, 127, 137, 141, 143, 255];

export function containerScript(instance: ContainerInstance, engine: Engine): string {
  const {settings} = instance;
  const {run_command: command} = settings;
  const own = command && fillIn(command, {name: instance.name, handle: {id: idOf(instance)}});
  const functions = [throughEngine(instance, {engine, own})];
  if (isHere(instance)) functions.push(functionsBeside(fileOf(instance)));
  const way = farWay(instance, {
    functions: functions.join('\n'),
    ownStatuses,
    directory: settings.cwd,
    settings: settings.env,
    keepsEnvironment: true,
    ...(own === undefined ? {userCheck} : {}),
  });
  return scriptAround(instance, usually(settings.user) + way);
}

/**
 * Waits for a terminal's size, for a second where stty can tell it; what comes next is done where there is none. (Of one
 * without a size busybox says nothing.)
 */
const awaitSize = `round=50
command -v stty >/dev/null || round=0
while [ $round -gt 0 ]; do
  case $(stty size 2>/dev/null) in '' | '0 0') ;; *) break ;; esac
  round=$((round - 1))
  sleep 0.02
done
[ $round -gt 0 ] || `;

/** By the engine's exec, or by a command line of the user's own, which has a terminal or none as it likes. */
function throughEngine(
  instance: ContainerInstance,
  {engine, own}: {engine: Engine; own: string | undefined},
): string {
  const id = quote(idOf(instance));
  const user = '${crcache_user:+--user "$crcache_user"}';
  const enter = own ?? `${engine} exec -i ${user} ${id}`;
  const onTerminal = own ?? `${engine} exec -i -t ${user} ${id}`;
  return `crcache_far() {
  crcache_as_text "$1"
  if [ "$crcache_terminal" = on ]; then
    crcache_with_size
    exec ${onTerminal} sh -c "$crcache_text"
  fi
  exec $crcache_apart ${enter} sh -c "$crcache_text"
}
crcache_aside() { crcache_as_text "$1" && timeout 20 ${enter} sh -c "$crcache_text"; }
# Engines are spoken to in JSON, which loses what is not UTF-8.
crcache_as_text() {
  crcache_text=$1 crcache_ascii=' -~\t\n' LC_ALL=C
  case $1 in
    *[!$crcache_ascii]*) crcache_text="eval \\"\\$(printf %b '$(printf %s "$1" | od -An -v -to1 | tr -d '\\n' | sed 's/ /\\\\0/g')')\\"" ;;
  esac
}
# Docker gives a terminal its size when the command has begun, which may have asked for it by then: it waits for that.
crcache_with_size() {
  crcache_size=$(stty size 2>/dev/null) || return 0
  crcache_size="stty rows \${crcache_size% *} cols \${crcache_size#* }"
  crcache_text=${quote(awaitSize)}"$crcache_size 2>/dev/null; $crcache_text"
}
crcache_knows() { timeout 20 ${engine} exec ${id} sh -c ${quote(`${findEntry}\ncrcache_entry_of "$0" </etc/passwd`)} "$1" </dev/null; }`;
}
