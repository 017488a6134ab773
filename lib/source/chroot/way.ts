// How a command gets into a chroot: one small shell that reads who the user is in the tree's own passwd, and becomes
// the command by way of nsenter, in a clean environment. So statuses, signals and the client's death are the command's
// own; only with a pid namespace, which a process cannot enter itself, the shell stays as its parent.

import {quote} from '../../quote.js';
import {fillIn} from '../command.js';
import {farEntry} from '../far/far-side.js';
import {scriptOnThisMachine, usually} from '../run-script.js';
import {type ChrootInstance, pathOf} from './keys.js';
import {isOrdinaryUser} from '../tree/tree.js';
import {watcherOfOne} from '../watcher.js';

export function chrootScript(instance: ChrootInstance): string {
  return scriptOnThisMachine(instance, wayInto(instance));
}

function wayInto(instance: ChrootInstance): string {
  const {name, settings} = instance;
  const path = pathOf(instance);
  return [
    `{ read -r crcache_pid crcache_start crcache_line <${quote(`${path}/holder`)} &&`,
    '  read -r crcache_line </proc/$crcache_pid/stat; } 2>/dev/null || crcache_fail ' +
      quote(`${name} is gone`),
    // A zombie keeps its start time, and holds nothing.
    `case $crcache_line in *') Z '*) crcache_line= ;; esac`,
    `case $crcache_line in *" $crcache_start "*) ;; *) crcache_fail ${quote(`${name} is gone`)} ;; esac`,
    `crcache_root=/proc/$crcache_pid/root${quote(`${path}/root`)}`,
    `[ -d "$crcache_root" ] || crcache_fail ${quote(`the tree of ${name} is gone`)}`,
    `${usually(settings.user)}crcache_user=$CRCACHE_RUN_USER`,
    'unset CRCACHE_RUN_USER CRCACHE_RUN_FAILED CRCACHE_RUN_TERMINAL CRCACHE_RUN_WHY',
    findUser(instance),
    become(instance),
    findDirectory(instance),
    ...(settings.run_command === undefined ? [withGroups(instance)] : []),
    'case ${1:-} in -*) set -- env -- "$@" ;; esac # nsenter would take it for an option',
    ...(settings.isolate.includes('pid') ? entryByParent(instance) : entryByItself(instance)),
  ].join('\n');
}

/** Their line in the tree's passwd, the last of which may have no end; a tree without one has a root all the same. */
function findUser(instance: ChrootInstance): string {
  return `crcache_name= crcache_home=/ crcache_shell=/bin/sh crcache_uid= crcache_gid= crcache_as= crcache_inside=1 crcache_groups=
crcache_read() {
  while IFS=: read -r crcache_name crcache_line crcache_uid crcache_gid crcache_line crcache_home crcache_shell || [ -n "$crcache_name" ]; do
    [ "$crcache_name" != "$crcache_user" ] || return 0
  done
  crcache_uid=
}
${readBy('crcache_read', {instance, file: 'passwd'})}
if [ -z "$crcache_uid" ]; then
  [ "$crcache_user" = root ] || crcache_fail "there is no user '$crcache_user'"
  crcache_uid=0 crcache_gid=0 crcache_home=/
fi`;
}

/** In an ordinary user's namespace there is nobody but root. */
function become(instance: ChrootInstance): string {
  if (isOrdinaryUser())
    return `[ "$crcache_uid" = 0 ] || crcache_fail "cannot become user '$crcache_user': an ordinary user's chroot has root alone"`;
  return `if [ "$crcache_uid" != 0 ]; then
  crcache_as="--setuid=$crcache_uid --setgid=$crcache_gid"
${findGroups(instance)}
fi`;
}

/** The other groups that they are in, by the tree's own file; nsenter knows of none, and chroot(8) does. */
function findGroups(instance: ChrootInstance): string {
  return `crcache_read() {
  while IFS=: read -r crcache_name crcache_line crcache_line crcache_rest || [ -n "$crcache_name" ]; do
    case ,$crcache_rest, in *",$crcache_user,"*) crcache_groups=$crcache_groups\${crcache_groups:+,}+$crcache_line ;; esac
  done
}
${readBy('crcache_read', {instance, file: 'group'})}
[ -z "$crcache_groups" ] || chroot --userspec=+0:+0 / true 2>/dev/null || crcache_groups=`;
}

/** Who is in other groups becomes that by chroot(8), which does not go to where the command starts. */
function withGroups(instance: ChrootInstance): string {
  const root = quote(`${pathOf(instance)}/root`);
  return `if [ -n "$crcache_groups" ]; then
  set -- /bin/sh -c 'cd -- "$0" && exec "$@"' "$crcache_cwd" "$@"
  set -- ${tool('chroot', instance)} "--userspec=+$crcache_uid:+$crcache_gid" "--groups=$crcache_groups" ${root} "$@"
  crcache_inside= crcache_as=
fi`;
}

interface TreeFile {
  readonly instance: ChrootInstance;
  /** In the tree's /etc. */
  readonly file: string;
}

/** Has a function of sh read a file. A symlink on the way there is the tree's own, and may lead elsewhere from here. */
function readBy(reader: string, {instance, file}: TreeFile): string {
  return `if [ -L "$crcache_root/etc" ] || [ -L "$crcache_root/etc/${file}" ]; then
  ${reader} <<END
$(${nsenter(instance)} "--root=$crcache_root" -- cat /etc/${file} 2>/dev/null)
END
elif [ -r "$crcache_root/etc/${file}" ]; then
  ${reader} <"$crcache_root/etc/${file}"
fi`;
}

function findDirectory(instance: ChrootInstance): string {
  const {name, settings} = instance;
  const {cwd} = settings;
  // An absolute symlink on the way there is the tree's own, and leads elsewhere from here.
  const isThere = `[ -d "$crcache_root$crcache_cwd" ] || ${nsenter(instance)} ${rooted} sh -c : 2>/dev/null`;
  if (cwd === undefined) return `crcache_cwd=\${crcache_home:-/}\n${isThere} || crcache_cwd=/`;
  const missing = quote(`cannot enter directory '${cwd}' in '${name}'`);
  return `crcache_cwd=${quote(cwd)}\n${isThere} || crcache_fail ${missing}`;
}

function environment({settings}: ChrootInstance): string {
  return [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    '"HOME=${crcache_home:-/}" "USER=$crcache_user" "LOGNAME=$crcache_user" "SHELL=${crcache_shell:-/bin/sh}"',
    '"LANG=${LANG:-C.UTF-8}" ${TERM+"TERM=$TERM"} ${CRCACHE_LEASE:+"CRCACHE_LEASE=$CRCACHE_LEASE"}',
    // By this mark the client finds what the command started, and ends it too.
    '${CRCACHE_RUN_ID:+"CRCACHE_RUN_ID=$CRCACHE_RUN_ID"}',
    '"CRCACHE_INSTANCE=$CRCACHE_INSTANCE" "CRCACHE_INCARNATION=$CRCACHE_INCARNATION"',
    ...(settings.run_command === undefined ? settings.env.map(quote) : []),
  ].join(' \\\n  ');
}

/** The command is the client itself. For a locale env would read a dozen files, which takes as long as its start. */
function entryByItself(instance: ChrootInstance): string[] {
  return [
    `set -- ${nsenter(instance)} ${entry(instance)} "$@"`,
    `LC_ALL=C exec env -i ${environment(instance)} "$@"`,
  ];
}

/**
 * A sh in the namespaces is the command's parent, hands signals on, and takes it along when it is killed. Who becomes
 * another user forgets to end with its parent: then a watcher sees to it.
 */
function entryByParent(instance: ChrootInstance): string[] {
  return [
    `set -- ${tool('setpriv', instance)} --pdeathsig KILL -- ${tool('nsenter', instance)} ${entry(instance)} "$@"`,
    `set -- env -i --default-signal=INT,QUIT ${environment(instance)} "$@"`,
    `crcache_parent=${quote(parent)}`,
    `[ "$crcache_uid" = 0 ] || {\n${watcherOfOne()}\ncrcache_parent=${quote(watchedParent)}\n}`,
    `LC_ALL=C exec ${nsenter(instance)} --no-fork -- sh -c "$crcache_parent" sh "$@"`,
  ];
}

/** A wait that a signal ended is waited for again: what has ended has no process any more. */
const parenting = `child=$!
for each in HUP INT QUIT TERM USR1 USR2 ALRM WINCH CONT; do trap "kill -s $each $child" $each; done
until wait $child; status=$?; ! kill -0 $child 2>/dev/null; do :; done`;

const parent = `"$@" <&0 & ${parenting}
exit $status`;

const watchedParent = `"$@" <&0 7>&- & echo $! >&7
${parenting}
echo over >&7
exit $status`;

/** A program that is called in an environment of the user's own, whose PATH may lead elsewhere. */
function tool(name: string, {settings}: ChrootInstance): string {
  const isSetBefore = settings.run_command === undefined;
  const hasOwnPath = isSetBefore && settings.env.some((setting) => setting.startsWith('PATH='));
  return hasOwnPath ? `"$(command -v ${name})"` : name;
}

function nsenter(instance: ChrootInstance): string {
  const {settings} = instance;
  const kinds = settings.isolate.filter((each) => each !== 'mount').map((each) => `--${each}`);
  const user = isOrdinaryUser() ? ['--user', '--preserve-credentials'] : [];
  return [
    tool('nsenter', instance),
    '--target',
    '"$crcache_pid"',
    '--mount',
    ...user,
    ...kinds,
  ].join(' ');
}

const rooted = '${crcache_inside:+"--root=$crcache_root" "--wdns=$crcache_cwd"} ${crcache_as:-} --';

/** How the words go on once in the namespaces: to the tree, as the user; by a user's own command, from there. */
function entry(instance: ChrootInstance): string {
  const {settings, name} = instance;
  if (settings.run_command === undefined) return rooted;
  const command = fillIn(settings.run_command, {name, handle: {root: `${pathOf(instance)}/root`}});
  const user = '"${crcache_as:+$crcache_user}"';
  const code = [...settings.env.map((setting) => `export ${quote(setting)}`), farEntry].join('\n');
  return `-- ${command} /bin/sh -c ${quote(code)} sh "$crcache_cwd" ${user} "$crcache_failed"`;
}
