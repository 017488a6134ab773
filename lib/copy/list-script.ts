// What runs where a tree is to be compared with another: POSIX sh that tells all names in a directory, and what they
// are. GNU find does it at once; elsewhere sh walks by itself, with as much of stat and readlink as there is.

export interface ListOptions {
  readonly follows: boolean;
  /** What is no directory is listed by its name in the directory that it is in. */
  readonly takesFiles?: boolean;
}

/** The words of a sh that lists a directory, which may be absent. */
export function listCommand(
  path: string,
  {follows, takesFiles = false}: ListOptions,
): readonly string[] {
  const words = [toOperand(path), follows ? '-L' : '', takesFiles ? 'files' : ''];
  return ['-c', script, 'crcache-list', ...words];
}

/** A path as an operand that no program takes for an option, and cd not for where it was before. */
const toOperand = (path: string): string => (path.startsWith('-') ? `./${path}` : path);

/**
 * First come the directory's own path and 'rsync' or '', then for each entry 'PATH//LINK//TYPE MODE UID GID SIZE MTIME',
 * each ended by a NUL. '-' is what could not be found out. A directory comes before what is in it.
 */
const script = `
LC_ALL=C; export LC_ALL
path=$1 follow=$2 files=$3
facts() { # of one entry
  if [ -z "$follow" ] && [ -L "$1" ]; then type=l
  elif [ -d "$1" ]; then type=d; elif [ -f "$1" ]; then type=f; elif [ -p "$1" ]; then type=p
  elif [ -b "$1" ]; then type=b; elif [ -c "$1" ]; then type=c; else type=s; fi
  link=
  if [ "$type" = l ]; then link=$(readlink -- "$1" && echo .) || return 1; link=\${link%??}; fi
  size=%s; if [ "$type" = d ]; then size=0; fi
  if facts=$(stat $follow -c "%a %u %g $size %Y" -- "$1" 2>/dev/null); then :
  else
    mode=644 size=-
    case $type in d | l) mode=755 ;; *) if [ -x "$1" ]; then mode=755; fi ;; esac
    facts="$mode - - - -"
  fi
  printf '%s//%s//%s %s\\0' "$2" "$link" "$type" "$facts"
}
rsync=; if command -v rsync >/dev/null; then rsync=rsync; fi
if [ -n "$files" ] && { [ -e "$path" ] || [ -L "$path" ]; }; then
  if [ ! -d "$path" ] || { [ -z "$follow" ] && [ -L "$path" ]; }; then
    case $path in */*) parent=\${path%/*}/ ;; *) parent=. ;; esac
    CDPATH= cd -P -- "$parent" || exit 1
    printf '%s\\0%s\\0' "$PWD" "$rsync"
    facts "./\${path##*/}" "\${path##*/}"
    exit
  fi
fi
if [ ! -d "$path" ]; then
  if [ -e "$path" ] || [ -L "$path" ]; then printf "'%s' is no directory\\n" "$path" >&2; exit 1; fi
  exit 92
fi
CDPATH= cd -P -- "$path" || exit 1
printf '%s\\0%s\\0' "$PWD" "$rsync"
# The size of a directory is its file system's affair. Where find does not know -printf it has told nothing.
find $follow . -type d -printf '%P//%l//%y %m %U %G 0 %T@\\0' -o -printf '%P//%l//%y %m %U %G %s %T@\\0' && exit
status=$?
if find . -maxdepth 0 -printf '' 2>/dev/null; then exit "$status"; fi
walk() {
  for each in "$1"* "$1".[!.]* "$1"..?*; do
    if [ ! -e "$each" ] && [ ! -L "$each" ]; then continue; fi
    case $each in -*) facts "./$each" "$each" ;; *) facts "$each" "$each" ;; esac || failed=1
    if [ "$type" = d ]; then walk "$each/"; fi
  done
}
failed=0
facts . '' || failed=1
walk ''
exit "$failed"
`;

/** What the listing script says of a directory that is absent. */
export const isAbsentStatus = 92;

/** The words of a sh that tells the hash of each of these files in a directory, in lines 'HASH NAME' ended by NUL. */
export function hashCommand(path: string, names: readonly string[]): readonly string[] {
  return ['-c', hashing, 'crcache-list', toOperand(path), ...names.map((name) => `./${name}`)];
}

const hashing = `
LC_ALL=C; export LC_ALL
CDPATH= cd -P -- "$1" || exit 1
shift
command -v sha256sum >/dev/null || { echo 'there is no sha256sum' >&2; exit 1; }
if sha256sum -z /dev/null >/dev/null 2>&1; then exec sha256sum -z -- "$@"; fi
for each in "$@"; do
  hash=$(sha256sum <"$each") || exit 1
  printf '%s  %s\\0' "\${hash%% *}" "$each"
done
`;

/** The words of a sh that removes these names in a directory, with all below them or only where that is nothing. */
export function removeCommand(
  path: string,
  names: readonly string[],
  {isWithAllBelow}: {readonly isWithAllBelow: boolean},
): readonly string[] {
  const all = isWithAllBelow ? 'all' : '';
  return [
    '-c',
    removing,
    'crcache-list',
    toOperand(path),
    all,
    ...names.map((name) => `./${name}`),
  ];
}

const removing = `
all=$2
CDPATH= cd -P -- "$1" || exit 1
shift 2
if [ -n "$all" ]; then exec rm -rf -- "$@"; fi
for each in "$@"; do
  if [ -d "$each" ] && [ ! -L "$each" ]; then rmdir -- "$each"; else rm -f -- "$each"; fi || exit 1
done
`;

/** The words of a sh that sets the modes and times of these names in a directory; never those of what a symlink leads to. */
export function setCommand(
  path: string,
  all: readonly {
    readonly path: string;
    readonly mode: number;
    readonly mtime: number;
  }[],
): readonly string[] {
  const words = all.flatMap((each) => [
    each.mode.toString(8),
    String(each.mtime),
    each.path === '' ? '.' : `./${each.path}`,
  ]);
  return ['-c', setting, 'crcache-list', toOperand(path), ...words];
}

const setting = `
LC_ALL=C; export LC_ALL
CDPATH= cd -P -- "$1" || exit 1
shift
leads() { # whether a symlink is there, or on the way
  way=$1
  while [ ! -L "$way" ]; do case $way in */*) way=\${way%/*} ;; *) return 1 ;; esac; done
  printf "'%s' has become a symlink\\n" "\${way#./}" >&2
}
failed=0
while [ $# -gt 0 ]; do
  { ! leads "$3" && chmod -- "$1" "$3" && touch -d "@$2" -- "$3"; } || failed=1
  shift 3
done
exit "$failed"
`;
