// How a command gets into a container: by lxc-attach, which leaves its command behind when it ends. What is missing comes
// from lib/source/far-script.ts; who a user is, the container's own passwd says.

import {fillIn} from '../command.js';
import {functionsBeside} from '../far/beside.js';
import {farWay, type FarTool} from '../far-script.js';
import {idOf} from '../ids.js';
import {scriptAround, usually} from '../run-script.js';
import {withSignals} from '../signal-defaults.js';
import {quote} from '../../quote.js';
import {named} from './container.js';
import {backendOf, type LxcInstance, pidFileOf} from './keys.js';

/** What lxc-attach says where it has failed itself, or a signal has ended it. */
const ownStatuses = [1, 129, 130, 137, 141, 143, 255];

export function lxcScript(instance: LxcInstance): string {
  const {settings} = instance;
  const {run_command: command} = settings;
  const entry = command === undefined ? throughLxc(instance) : throughCommand(instance, command);
  const way = farWay(instance, {
    functions: `${functionsBeside(pidFileOf(instance))}\n${entry}`,
    ownStatuses,
    directory: settings.cwd,
    settings: settings.env,
    ...(command === undefined ? lxcItself(instance) : {}),
  });
  const user = settings.user === 'root' ? undefined : settings.user;
  return scriptAround(instance, usually(user) + way);
}

/** A user's own way: whose environment it has there is not known. */
function throughCommand(instance: LxcInstance, command: string): string {
  const handle = {id: idOf(instance), containers: backendOf(instance)};
  const enter = fillIn(command, {name: instance.name, handle});
  const begin = `${searchPath}; HOME=/root; [ -d "$HOME" ] || HOME=/`;
  return `crcache_far() { exec $crcache_apart ${withSignals} ${enter} sh -c ${quote(`${begin}\n`)}"$1"; }
${aside(`${enter} sh -c ${quote(`${begin}\n`)}"$1"`)}`;
}

/** lxc-attach takes a terminal that any of its streams is, and what was typed for the command. */
function aside(way: string): string {
  return `crcache_aside() {
  { crcache_said=$(timeout 20 ${way} 2>&1 >&8 8>&-); } 8>&1
  crcache_rest=$?
  [ -z "$crcache_said" ] || printf '%s\\n' "$crcache_said" >&2
  return "$crcache_rest"
}`;
}

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What lxc-attach does itself: it becomes the user, and sets the environment, to which it adds that of the container. */
function lxcItself({settings}: LxcInstance): Partial<FarTool> {
  const own = settings.config.flatMap(
    (line) => /^lxc\.environment\s*=\s*([A-Za-z_]\w*)/.exec(line)?.[1] ?? [],
  );
  const added = ['container', 'CRCACHE_HOLD', 'CRCACHE_CONTAINER', ...own];
  const wanted = [...usualNames, ...settings.env.map((each) => each.split('=')[0])];
  return {
    userCheck: 'crcache_knows "$crcache_user" && crcache_leave_groups',
    settingOption: '-v',
    makesTerminal: true,
    arrival: `unset ${added.filter((name) => !wanted.includes(name)).join(' ')}\n[ -d "$HOME" ] || HOME=/`,
  };
}

const usualNames = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TERM'];

/** Who is in other groups, which lxc-attach drops, is become there, if the container has a program for that. */
const leaveGroups = `crcache_finds_groups() {
  while IFS=: read -r crcache_name crcache_rest crcache_rest crcache_rest; do
    case ,$crcache_rest, in *",$1,"*) return ;; esac
  done
  return 1
}
crcache_leave_groups() {
  crcache_of_tree group crcache_finds_groups "$crcache_user" || return 0
  for crcache_rest in /bin/su /usr/bin/su /bin/setpriv /usr/bin/setpriv; do
    # An absolute symlink is the container's own.
    [ ! -e "$crcache_tree$crcache_rest" ] && [ ! -L "$crcache_tree$crcache_rest" ] || crcache_become=$crcache_user
  done
}`;

function throughLxc(instance: LxcInstance): string {
  const attach = `lxc-attach ${named(instance).map(quote).join(' ')} --clear-env`;
  const path = `-v ${searchPath}`;
  return `${leaveGroups}
crcache_far() {
  crcache_name=\${crcache_user:-root} crcache_uid=0 crcache_gid=0 crcache_home=/ crcache_shell=/bin/sh
  if crcache_knows "$crcache_name"; then
    IFS=: read -r crcache_name crcache_rest crcache_uid crcache_gid crcache_rest crcache_home crcache_shell <<END
$crcache_entry
END
  fi
  [ -z "$crcache_become" ] || crcache_uid=0 crcache_gid=0
  LC_ALL=C exec $crcache_apart ${withSignals} ${attach} -u "$crcache_uid" -g "$crcache_gid" ${path} -v "HOME=$crcache_home" \\
    -v "USER=$crcache_name" -v "LOGNAME=$crcache_name" -v "SHELL=\${crcache_shell:-/bin/sh}" "$@"
}
${aside(`${attach} ${path} -- sh -c "$1"`)}`;
}
