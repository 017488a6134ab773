// What runs where files arrive: POSIX sh that unpacks a tar archive from stdin beside its destination, and renames
// what came to its place when all of it is there. So a file appears whole or not at all, and what is cut off, or does
// not fit on the disk, leaves nothing. Where names end up follows the rules of cp.

import {lostBits} from './check.js';
import {ends, markerOf, type Manner} from './manner.js';
import {merging} from './merge-script.js';
import {removal} from './remove-trees.js';
import {blocks} from './send-script.js';

export interface Destination {
  readonly path: string;
  /** Makes the names that exist for a moment its own. */
  readonly nonce: string;
  /** The one name that arrives, or undefined where several do; '.' is what is in a directory. */
  readonly name: string | undefined;
  /** It is a new directory, which is made for this, and for its owner alone. */
  readonly isNew: boolean;
  /** It is the path of the file itself, and directories above it are made. */
  readonly isExact?: boolean;
}

export interface ReceiveManner extends Pick<Manner, 'preserves' | 'isPlain'> {
  /**
   * What others put there: the sh tells what place that is, and where, each ended by a NUL.
   *
   * 'all': there is no tar. The sh waits until it reads that all is whole: at the end of its stdin without that, what has
   * come goes. A 'tree' is what is renamed afterwards. Without mkdir and mv files can only be made where they are to be:
   * 'into' a directory, or as 'exact' that one.
   *
   * 'large': large files, in a directory to be made in the tree that tar unpacks, to which names there are hard links.
   */
  readonly byOthers?: 'all' | 'large' | undefined;
}

/** What the sh is to read when others have put all into its place. */
export const wholeWord = 'whole';

/** The words of a sh that receives files. */
export function receiveCommand(
  {path, nonce, name, isNew, isExact = false}: Destination,
  {preserves, isPlain, byOthers}: ReceiveManner,
): readonly string[] {
  const words = [
    path,
    nonce,
    markerOf(nonce),
    name ?? '',
    isNew ? 'new' : '',
    preserves ? 'preserve' : '',
    isPlain ? '' : 'rich',
    byOthers ?? '',
    isExact ? 'exact' : '',
  ];
  return ['-c', script, 'crcache-cp', ...words];
}

const script = `${removal}${merging}
LC_ALL=C; export LC_ALL; unset TAR_OPTIONS
path=$1 nonce=$2 marker=$3 name=$4 new=$5 preserve=$6 rich=$7 others=$8 exact=$9
say() { printf '%s\\n' "$1" >&2; }
fail() { say "$1"; exit 1; }
root= gnu=
if [ -n "$preserve" ] && [ "$(id -u)" = 0 ]; then root=1; fi
if [ "$others" != all ]; then
  command -v tar >/dev/null || exit ${String(ends.hasNoTar)}
  case $(tar --version 2>&1) in *'GNU tar'*) gnu=1 ;; esac
  case $rich:$gnu in rich:) exit ${String(ends.wantsPlain)} ;; :1) exit ${String(ends.wantsRich)} ;; esac
fi
if [ -n "$gnu" ]; then
  if [ -n "$root" ]; then set -- --same-owner --numeric-owner; else set -- --no-same-owner; fi
  [ -z "$preserve" ] || set -- "$@" --xattrs '--xattrs-include=*' --acls
  set -- "$@" --no-unquote -i -b ${String(blocks)} --warning=no-timestamp
elif [ -z "$root" ]; then set -- -o; else set --; fi

case $path in -*) path=./$path ;; esac
slash=
while :; do case $path in ?*/) path=\${path%/} slash=1 ;; *) break ;; esac; done
if [ -n "$exact" ]; then
  [ ! -d "$path" ] || fail "'$path' is a directory"
  mkdir -p -- "\${path%/*}/" || exit 1
fi
if [ -n "$new" ]; then mkdir -m 700 -- "$path" || exit 1; fi
if [ -d "$path" ]; then
  into=1 beside=\${path%/}
else
  into=
  [ -n "$name" ] || fail "'$path' is no directory"
  if [ -e "$path" ] && [ ! -f "$path" ]; then fail "'$path' is neither a file nor a directory"; fi
  if [ -n "$slash" ] && [ -e "$path" ]; then fail "'$path' is no directory"; fi
  case $path in */*) beside=\${path%/*} ;; *) beside=. ;; esac
  [ -d "$beside/" ] || fail "there is no directory '$beside'"
fi
if [ "$others" = all ] && ! { command -v mkdir && command -v mv; } >/dev/null; then
  if [ -n "$into" ]; then where=into; else where=exact; fi
  printf '%s\\0%s\\0' "$where" "$path"; exit
fi

# What has come and is not in its place says in its name whose it is, so that what was left by one who was killed is
# told from a living one's: machine, boot, pid namespace, pid and start. Where there is no /proc nobody can tell.
began() { # PID: when it started, in ticks; nothing where it has ended
  { read -r stat </proc/"$1"/stat; } 2>/dev/null || return 0
  set -- \${stat##*) }
  case $1 in Z | X) ;; *) printf %s "\${20}" ;; esac
}
host= boot= space=
{ read -r host </proc/sys/kernel/hostname && read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
case $host$boot in '' | *[!A-Za-z0-9._-]*) host= ;; esac
owner=
if [ -n "$host" ] && space=$(readlink /proc/self/ns/pid); then
  space=\${space#*[} space=\${space%]}
  owner=,$host,$boot,$space,$$,$(began $$)
fi
part=.crcache-$nonce$owner.part
stage=$beside/$part
tree=$stage/tree # has the modes and times of what comes, and nobody may enter what is above it
shut=
clean() {
  [ ! -e "$stage" ] || remove "$stage" # it may be that it could not be made
  [ -z "$shut" ] || chmod u-w "$beside/"
  [ -z "$new" ] || rmdir -- "$path"
}
remove_ours() {
  rm -f -- "$tree/$marker"
  [ ! -e "$tree/$marker.$others" ] || remove "$tree/$marker.$others"
}
give_up() { clean; fail "$1"; }
sweep() { # DIRECTORY
  [ -n "$owner" ] || return 0
  for left in "$1"/.crcache-*,"$host",*,*,*,*.part; do
    [ -O "$left" ] && [ ! -L "$left" ] || continue
    facts=\${left%.part}
    start=\${facts##*,} facts=\${facts%,*}
    pid=\${facts##*,} facts=\${facts%,*}
    case $facts in
      *",$host,$boot,$space") [ "$(began "$pid")" != "$start" ] || continue ;;
      *",$host,$boot,"*) continue ;; # of another container
    esac
    remove "$left" 2>/dev/null
  done
}
# What was made like a directory that is closed to its owner too is opened to become like it once more.
if [ -n "$into" ] && [ "$name" = . ] && [ ! -w "$beside/" ] && chmod u+w "$beside/" 2>/dev/null; then shut=1; fi
sweep "$beside"
trap 'clean; exit 1' HUP INT TERM
mkdir -m 700 -- "$stage" && mkdir -- "$tree" && printf '' >"$stage/probe" || { clean; exit 1; }
if [ "$others" = all ]; then
  printf 'tree\\0%s\\0' "$tree"
  word=; read -r word
  [ "$word" = ${wholeWord} ] || give_up 'the stream is cut off'
else
  [ -z "$others" ] || printf '%s\\0' "$others" "$tree/$marker.$others"
  tar -x -p -f - "$@" -C "$tree" || { clean; exit 1; }
  [ -e "$tree/$marker" ] || give_up 'the stream is cut off'
  if [ "$name" = . ]; then touch -r "$tree" "$stage/times"; fi
  # Where one name is taken out of the tree, the rest goes with that.
  if [ -z "$into" ] && [ "$name" != . ]; then :
  elif [ -w "$tree" ]; then remove_ours
  else chmod u+w "$tree" && remove_ours && chmod u-w "$tree"; fi
  if [ "$name" = . ]; then touch -r "$stage/times" "$tree"; fi
fi
if [ -n "$preserve" ] && [ -z "$root" ]; then # the owner was another
  find "$tree" ! -type l -perm /6000 -print -exec chmod ug-s {} + >"$stage/lost" || chmod -R ug-s "$tree"
  while read -r each; do say "'\${each#"$tree/"}' ${lostBits}"; done <"$stage/lost"
fi
if [ -n "$shut" ] && [ -w "$tree" ]; then give_up "may not write to '$path'"; fi

level= status=0 appeared=
if [ -n "$into" ]; then
  if [ "$name" = . ]; then top=too; else top=; fi
  merge "$tree" "$path" "$top" || status=1
else
  if [ "$name" = . ]; then came=$tree; else came=$tree/$name; fi
  if [ -d "$came" ] && [ ! -L "$came" ]; then
    if [ -d "$path" ] && [ ! -L "$path" ]; then appeared=1
    elif [ -e "$path" ] || [ -L "$path" ]; then
      give_up "cannot overwrite '$path', which is no directory, with a directory"
    fi
  elif [ ! -e "$came" ] && [ ! -L "$came" ]; then give_up "'$name' did not arrive"
  elif [ -n "$slash" ]; then give_up "'$path' is no directory"; fi
  if [ -n "$appeared" ]; then merge "$came" "$path" too
  elif [ -d "$came" ] && [ ! -L "$came" ]; then move "$came" "$path" "$path"
  else put "$came" "$path"; fi || status=1
fi
new=
clean
exit "$status"
`;
