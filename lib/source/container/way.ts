// How a command gets into a container: by the engine's exec, whose client loses statuses, prints its own failures on
// stdout and leaves its command behind. What is missing comes from lib/source/far-script.ts.
//
// Where the container's processes are this machine's, signals reach them without the engine, which is slow to start.

import {endMarked} from '../end-marked.js';
import {farWay} from '../far-script.js';
import {idOf} from '../ids.js';
import {quote} from '../../quote.js';
import {scriptAround} from '../run-script.js';
import type {Engine} from './engine.js';
import {isHere} from './holding.js';
import type {ContainerInstance} from './keys.js';

/** What the engines' exec says where it has failed itself; 141 and 143: a signal ended it. */
const ownStatuses = [1, 125, 126, 127, 137, 141, 143, 255];

export function containerScript(instance: ContainerInstance, engine: Engine): string {
  const {settings} = instance;
  const functions = [throughEngine(instance, engine)];
  if (isHere(instance)) functions.push(onThisMachine(instance));
  const way = farWay(instance, {
    functions: functions.join('\n'),
    ownStatuses,
    directory: settings.cwd,
    settings: settings.env,
    keepsEnvironment: true,
    userCheck: 'crcache_knows "$crcache_user"',
  });
  const user = settings.user === undefined ? '' : `: "\${CRCACHE_RUN_USER:=${settings.user}}"\n`;
  return scriptAround(instance, user + way);
}

function throughEngine(instance: ContainerInstance, engine: Engine): string {
  const exec = `${engine} exec -i`;
  const id = quote(idOf(instance));
  const user = '${crcache_user:+--user "$crcache_user"}';
  return `crcache_far() {
  crcache_as_text "$1"
  if [ "$crcache_terminal" = on ]; then exec ${exec} -t ${user} ${id} sh -c "$crcache_text"; fi
  exec ${exec} ${user} ${id} sh -c "$crcache_text"
}
crcache_aside() { crcache_as_text "$1" && timeout 20 ${exec} ${user} ${id} sh -c "$crcache_text"; }
# Engines are spoken to in JSON, which loses what is not UTF-8.
crcache_as_text() {
  crcache_text=$1 crcache_ascii=' -~\t\n' LC_ALL=C
  case $1 in
    *[!$crcache_ascii]*) crcache_text="eval \\"\\$(printf %b '$(printf %s "$1" | od -An -v -to1 | tr -d '\\n' | sed 's/ /\\\\0/g')')\\"" ;;
  esac
}
crcache_knows() { timeout 20 ${engine} exec ${id} grep -q "^$1:" /etc/passwd </dev/null; }`;
}

function onThisMachine({directory}: ContainerInstance): string {
  return `crcache_signal() { sh -c ${quote(endMarked)} sh "CRCACHE_RUN_MARK=$1" "$2"; }
crcache_tree() { read -r crcache_pid crcache_line <${quote(`${directory}/pid`)} && crcache_tree=/proc/$crcache_pid/root; }
crcache_was_told() { crcache_tree && rmdir "$crcache_tree/tmp/.crcache-$crcache_mark"; }
crcache_knows() { crcache_tree && grep -qs "^$1:" "$crcache_tree/etc/passwd"; }`;
}
