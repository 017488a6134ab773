// What runs where files arrive and there is no tar: POSIX sh that makes each of them by the program for it, and cat.

/** One thing to be made, by its path there. */
export interface Making {
  /** As find has it, and 'h' is a hard link; 'look' only sets mode, time and owner. */
  readonly what: 'd' | 'l' | 'h' | 'p' | 'look';
  readonly mode: number;
  readonly mtime: number;
  /** UID:GID, or empty. */
  readonly owner: string;
  readonly path: string;
  readonly link: string;
}

/** The words of a sh that makes these. */
export function makeCommand(all: readonly Making[]): readonly string[] {
  const words = all.flatMap((each) => [each.what, ...lookOf(each), each.path, each.link]);
  return ['-c', `${look}${making}`, 'crcache-cp', ...words];
}

/** The words of a sh that makes a file of its stdin. */
export function fileCommand(file: Omit<Making, 'what' | 'link'>): readonly string[] {
  return ['-c', `${look}${filling}`, 'crcache-cp', ...lookOf(file), file.path];
}

function lookOf({mode, mtime, owner}: Omit<Making, 'what' | 'path' | 'link'>): string[] {
  return [mode.toString(8), String(Math.floor(mtime)), owner];
}

/** Sets what there is a program for; root alone gives files away. */
const look = `
own() { [ -z "$1" ] || [ "$(id -u)" != 0 ] || chown -h -- "$1" "$2"; }
look() { # MODE MTIME OWNER PATH
  own "$3" "$4" || return 1
  if command -v chmod >/dev/null; then chmod -- "$1" "$4" || return 1; fi
  if command -v touch >/dev/null; then touch -d "@$2" -- "$4" || return 1; fi
}
`;

const filling = `
cat >"$4" && look "$@"
`;

const making = `
while [ $# -gt 0 ]; do
  case $1 in
    d) [ -d "$5" ] || mkdir -p -- "$5" ;;
    l)
      ln -s -- "$6" "$5" && own "$4" "$5" || exit 1
      touch -h -d "@$3" -- "$5" 2>/dev/null || : ;; # few can
    h) ln -- "$6" "$5" ;;
    p) mkfifo -- "$5" && look "$2" "$3" "$4" "$5" ;;
    look) look "$2" "$3" "$4" "$5" ;;
  esac || exit 1
  shift 6
done
`;
