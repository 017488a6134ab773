// What runs where files arrive: POSIX sh that unpacks a tar archive from stdin beside its destination, and renames
// what came to its place when all of it is there. So a file appears whole or not at all, and what is cut off, or does
// not fit on the disk, leaves nothing. Where names end up follows the rules of cp.

import {markerOf, type Manner} from './manner.js';

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
   * There is no tar. The sh tells where others are to put what comes, and what place that is, each ended by a NUL, and
   * waits until it reads that it is whole: at the end of its stdin without that, what has come goes. A 'tree' is what is
   * renamed afterwards. Without mkdir and mv files can only be made where they are to be: 'into' a directory, or as
   * 'exact' that one.
   */
  readonly isByHand?: boolean;
}

/** What the sh is to read when others have put all into its place. */
export const wholeWord = 'whole';

/** The words of a sh that receives files. */
export function receiveCommand(
  {path, nonce, name, isNew, isExact = false}: Destination,
  {preserves, isPlain, isByHand = false}: ReceiveManner,
): readonly string[] {
  const words = [
    path,
    nonce,
    markerOf(nonce),
    name ?? '',
    isNew ? 'new' : '',
    preserves ? 'preserve' : '',
    isPlain ? '' : 'rich',
    isByHand ? 'hand' : '',
    isExact ? 'exact' : '',
  ];
  return ['-c', script, 'crcache-cp', ...words];
}

const script = `
LC_ALL=C; export LC_ALL; unset TAR_OPTIONS
path=$1 nonce=$2 marker=$3 name=$4 new=$5 preserve=$6 rich=$7 hand=$8 exact=$9
say() { printf '%s\\n' "$1" >&2; }
fail() { say "$1"; exit 1; }
gnu=
if [ -z "$hand" ]; then
  command -v tar >/dev/null || exit 90
  case $(tar --version 2>&1) in *'GNU tar'*) gnu=1 ;; esac
  [ -z "$rich" ] || [ -n "$gnu" ] || exit 91
fi
if [ -n "$gnu" ]; then
  set -- --warning=no-timestamp --no-same-owner
  [ -z "$preserve" ] || set -- --warning=no-timestamp --same-owner --numeric-owner --xattrs '--xattrs-include=*' --acls
elif [ -z "$preserve" ]; then set -- -o; else set --; fi

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
if [ -n "$hand" ] && ! { command -v mkdir && command -v mv; } >/dev/null; then
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
stage=$beside/.crcache-$nonce$owner.part
tree=$stage/tree # has the modes and times of what comes, and nobody may enter what is above it
clear() { rm -rf -- "$1" 2>/dev/null || { chmod -R u+rwx "$1"; rm -rf -- "$1"; }; }
clean() {
  clear "$stage"
  [ -z "$new" ] || rmdir -- "$path"
}
give_up() { clean; fail "$1"; }
if [ -n "$owner" ]; then
  for each in "$beside"/.crcache-*,"$host",*,*,*,*.part; do
    [ -d "$each" ] || continue
    facts=\${each%.part}
    start=\${facts##*,} facts=\${facts%,*}
    pid=\${facts##*,} facts=\${facts%,*}
    case $facts in
      *",$host,$boot,$space") [ "$(began "$pid")" != "$start" ] || continue ;;
      *",$host,$boot,"*) continue ;; # of another container
    esac
    clear "$each" 2>/dev/null
  done
fi
trap 'clean; exit 1' HUP INT TERM
mkdir -m 700 -- "$stage" && mkdir -- "$tree" || { clean; exit 1; }
if [ -n "$hand" ]; then
  printf 'tree\\0%s\\0' "$tree"
  word=; read -r word
  [ "$word" = ${wholeWord} ] || give_up 'the stream is cut off'
else
  tar -x -p -f - -C "$tree" "$@" || { clean; exit 1; }
  [ -e "$tree/$marker" ] || give_up 'the stream is cut off'
  if [ "$name" = . ]; then touch -r "$tree" "$stage/times"; fi
  rm -f -- "$tree/$marker"
  if [ "$name" = . ]; then touch -r "$stage/times" "$tree"; fi
fi

# Renames to another directory; who is not root may write to what moves only so.
move() {
  if [ -d "$1" ] && [ ! -L "$1" ] && [ ! -w "$1" ]; then
    chmod u+w "$1" && mv -f -- "$1" "$2" || return 1
    if [ -d "$3" ]; then chmod u-w "$3"; fi
  else mv -f -- "$1" "$2"; fi
}
# Makes a directory that was there like the one that came.
alike() {
  [ -n "$preserve" ] || return 0
  chown "$(stat -c %u:%g "$1")" "$2" && chmod "$(stat -c %a "$1")" "$2" && touch -r "$1" "$2"
}
merge() (
  from=$1 to=\${2%/} failed=0
  set --
  for each in "$from"/* "$from"/.[!.]* "$from"/..?*; do
    [ -e "$each" ] || [ -L "$each" ] || continue
    target=$to/\${each##*/}
    if [ -d "$each" ] && [ ! -L "$each" ]; then
      if [ -d "$target" ] && [ ! -L "$target" ]; then merge "$each" "$target" too || failed=1
      elif [ -e "$target" ] || [ -L "$target" ]; then
        say "cannot overwrite '$target', which is no directory, with a directory"; failed=1
      else move "$each" "$to/" "$target" || failed=1; fi
      continue
    fi
    if [ -d "$target" ] && [ ! -L "$target" ]; then
      say "cannot overwrite directory '$target' with something else"; failed=1; continue
    fi
    set -- "$@" "$each"
    if [ $# -ge 500 ]; then mv -f -- "$@" "$to/" || failed=1; set --; fi
  done
  if [ $# -gt 0 ]; then mv -f -- "$@" "$to/" || failed=1; fi
  [ -z "$3" ] || alike "$from" "$to" || failed=1
  return $failed
)
status=0
if [ -n "$into" ]; then
  if [ "$name" = . ]; then top=too; else top=; fi
  merge "$tree" "$path" "$top" || status=1
elif [ "$name" = . ]; then
  if [ -e "$path" ]; then give_up "cannot overwrite '$path', which is no directory, with a directory"; fi
  move "$tree" "$path" "$path" || status=1
else
  came=$tree/$name
  if [ -d "$came" ] && [ ! -L "$came" ]; then
    if [ -e "$path" ] || [ -L "$path" ]; then
      give_up "cannot overwrite '$path', which is no directory, with a directory"
    fi
  elif [ ! -e "$came" ] && [ ! -L "$came" ]; then give_up "'$name' did not arrive"
  elif [ -n "$slash" ]; then give_up "'$path' is no directory"; fi
  move "$came" "$path" "$path" || status=1
fi
new=
[ ! -e "$stage" ] || clean
exit "$status"
`;
