// What runs in an instance that sees the files of this machine: POSIX sh that links them, by the rules of cp.

export interface LinkDestination {
  readonly path: string;
  readonly isNew: boolean;
}

/** The words of a sh that links these files, which are absolute paths. */
export function linkCommand(
  paths: readonly string[],
  {path, isNew}: LinkDestination,
  links: 'link' | 'symlink',
): readonly string[] {
  return ['-c', script, 'crcache-cp', links, isNew ? 'new' : '', path, ...paths];
}

const script = `
LC_ALL=C; export LC_ALL
how=$1 new=$2 path=$3; shift 3
case $path in -*) path=./$path ;; esac
if [ -n "$new" ]; then mkdir -m 700 -- "$path" || exit 1; fi
for each in "$@"; do
  if [ ! -e "$each" ] && [ ! -L "$each" ]; then echo "there is no '$each'" >&2; exit 1; fi
done
if [ "$how" = link ]; then exec cp -a -l -- "$@" "$path"; fi
count=$#
for each in "$@"; do
  case $each in */.) ;; *) set -- "$@" "$each"; continue ;; esac
  [ -d "$path" ] || mkdir -- "$path" || exit 1
  for below in "\${each%.}"* "\${each%.}".[!.]* "\${each%.}"..?*; do
    if [ -e "$below" ] || [ -L "$below" ]; then set -- "$@" "$below"; fi
  done
done
shift "$count"
[ $# = 0 ] || exec ln -s -- "$@" "$path"
`;
