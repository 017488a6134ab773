// What runs where files come from: POSIX sh that writes a tar archive of them to stdout.

import {pipePieceBytes} from '../pipes.js';
import {blockSize} from './entry.js';
import {excludeWords} from './exclude.js';
import {isTemporary} from './listing.js';
import {ends, type Manner} from './manner.js';

export interface Sending {
  /** A file there that ends the stream, in an archive of its own, where all files before it are whole. */
  readonly marker?: string | undefined;
  /** Of the only source, which is a directory, only what stdin names is sent: paths in it, each ended by a NUL. */
  readonly isListed?: boolean;
}

/** The words of a sh that sends these files; names are paths there. */
export function sendCommand(
  sources: readonly string[],
  manner: Manner,
  {marker, isListed = false}: Sending = {},
): readonly string[] {
  const {preserves, follows, isPlain, dropsSetuid, excludes} = manner;
  const gnu = [
    '--no-unquote', // a backslash of a name is one
    isPlain || !preserves ? '--format=gnu' : '--format=posix --xattrs --acls',
    isPlain ? '' : '--sparse',
    preserves ? '--numeric-owner' : '',
    dropsSetuid ? '--mode=ug-s' : '',
  ];
  const flags = gnu.filter((flag) => flag !== '').join(' ');
  const takesTemporary = sources.some(isTemporary);
  const patterns = excludeWords(excludes, {takesTemporary});
  const listed = isListed ? 'listed' : '';
  const looks = dropsSetuid ? 'look' : '';
  const first = [flags, follows ? '-h' : '', marker ?? '', listed, looks, String(patterns.length)];
  const words = [...first, ...patterns, ...sources];
  return ['-c', script, 'crcache-cp', ...words];
}

/** GNU tar moves as many blocks at a time. */
export const blocks = pipePieceBytes / blockSize;

/** What GNU tar says of a file that it has filled up with NULs, and where it gives up. */
const torn =
  "*': File shrank by '*'; padding with zeros'* | *': Read error at byte '* | *': Error is not recoverable: exiting now'*";

const script = `
LC_ALL=C; export LC_ALL; unset TAR_OPTIONS
flags=$1 follow=$2 marker=$3 listed=$4 look=$5 count=$6; shift 6
command -v tar >/dev/null || exit ${String(ends.hasNoTar)}
case $(tar --version 2>&1) in *'GNU tar'*) gnu=1 ;; *) gnu= ;; esac
# Only GNU tar can take any name from a list, and read on where a marker follows.
[ -z "$marker$listed" ] || [ -n "$gnu" ] || exit ${String(ends.hasNoTar)}
part() { # PATH: where it is, and what it is called there
  slash= word=$1
  while :; do case $word in ?*/) word=\${word%/} slash=/ ;; *) break ;; esac; done
  case $word in
    / | . | .. | */. | */..) directory=$word base=. ;;
    */*) directory=\${word%/*}/ base=./\${word##*/} ;;
    *) directory=. base=./$word ;;
  esac
}
# What the kernel tells there is longer than its files say, which tar believes, and cat does not.
index=0
for word; do
  index=$((index + 1))
  [ "$index" -gt "$count" ] && [ -e "$word" ] || continue
  if [ -n "$follow" ] && [ -L "$word" ]; then word=$(readlink -f -- "$word"); fi
  part "$word"
  real=$(CDPATH= cd -P -- "$directory" 2>/dev/null && pwd -P)
  case \${real%/}/\${base#./} in
    /proc | /proc/* | /sys | /sys/*) exit ${String(ends.hasNoTar)} ;;
  esac
done
# Where there is no find nobody knows.
if [ -n "$look" ]; then
  dropped=$(shift "$count"; exec find \${follow:+-L} "$@" \\( ! -type l -perm /6000 -o -type b -o -type c \\) -print -quit 2>/dev/null)
  [ -z "$dropped" ] || exit ${String(ends.hasDropped)}
fi
exec 3>&1
status=0
send() { # WORD...
  said=$(tar -c "$@" 2>&1 >&3 3>&-)
  code=$?
  [ "$code" = 0 ] || status=1
  [ -z "$said" ] || printf '%s\\n' "$said" >&2
  case $said in ${torn}) exit ${String(ends.isTorn)} ;; esac
  [ "$code" -le 2 ] || exit "$code" # it was killed
}
# The files come last; what stands before them, --exclude, is for GNU tar alone.
index=0 total=$# sources=
while [ "$index" -lt "$total" ]; do
  word=$1; shift; index=$((index + 1))
  if [ "$index" -le "$count" ]; then
    [ -z "$gnu" ] || set -- "$@" "$word"
    continue
  fi
  if [ ! -e "$word" ] && [ ! -L "$word" ]; then
    printf "there is no '%s'\\n" "$word" >&2; status=1; continue
  fi
  part "$word"
  # With a slash it is the directory behind a symlink; tar itself takes the slash away.
  if [ -n "$slash" ] && [ -L "$word" ]; then base=$base/.; fi
  if [ -n "$gnu" ]; then
    case $directory in /*) ;; *) directory=$PWD/$directory ;; esac
    set -- "$@" -C "$directory"; sources=1
    if [ -n "$listed" ]; then set -- "$@" --no-recursion --null -T -; else set -- "$@" "$base"; fi
  else
    send $follow -f - -C "$directory" "$base"
  fi
done
# Where there is nothing to be sent, nothing is whole either.
if [ -n "$sources" ]; then send $flags $follow -b ${String(blocks)} -f - "$@"; else exit "$status"; fi
[ -z "$marker" ] || send --no-unquote -b ${String(blocks)} -f - -C "\${marker%/*}" "./\${marker##*/}"
exit "$status"
`;
