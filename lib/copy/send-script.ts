// What runs where files come from: POSIX sh that writes a tar archive of them to stdout.

import type {Manner} from './manner.js';

export interface Sending {
  /** A file there that ends the stream. */
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
    isPlain || !preserves ? '--format=gnu' : '--format=posix --xattrs --acls',
    isPlain ? '' : '--sparse',
    preserves ? '--numeric-owner' : '',
    dropsSetuid ? '--mode=ug-s' : '',
  ];
  const flags = gnu.filter((flag) => flag !== '').join(' ');
  const patterns = [String(excludes.length), ...excludes.map((each) => `--exclude=${each}`)];
  const listed = isListed ? 'listed' : '';
  const words = [flags, follows ? '-h' : '', marker ?? '', listed, ...patterns, ...sources];
  return ['-c', script, 'crcache-cp', ...words];
}

const script = `
LC_ALL=C; export LC_ALL; unset TAR_OPTIONS
flags=$1 follow=$2 marker=$3 listed=$4 count=$5; shift 5
command -v tar >/dev/null || exit 90
case $(tar --version 2>&1) in *'GNU tar'*) gnu=1 ;; *) gnu= ;; esac
# Only GNU tar can end a stream with a marker of its own, and take any name from a list.
[ -z "$marker$listed" ] || [ -n "$gnu" ] || exit 90
status=0 total=$#
# The files come last; what stands before them, --exclude, is for GNU tar alone.
index=0 sources=
while [ "$index" -lt "$total" ]; do
  word=$1; shift; index=$((index + 1))
  if [ "$index" -le "$count" ]; then
    [ -z "$gnu" ] || set -- "$@" "$word"
    continue
  fi
  if [ ! -e "$word" ] && [ ! -L "$word" ]; then
    printf "there is no '%s'\\n" "$word" >&2; status=1; continue
  fi
  while :; do case $word in ?*/) word=\${word%/} ;; *) break ;; esac; done
  case $word in
    / | . | .. | */. | */..) directory=$word base=. ;;
    */*) directory=\${word%/*}/ base=./\${word##*/} ;;
    *) directory=. base=./$word ;;
  esac
  if [ -n "$gnu" ]; then
    case $directory in /*) ;; *) directory=$PWD/$directory ;; esac
    set -- "$@" -C "$directory"; sources=1
    if [ -n "$listed" ]; then set -- "$@" --no-recursion --null -T -; else set -- "$@" "$base"; fi
  else
    tar -c $follow -f - -C "$directory" "$base" || status=1
  fi
done
if [ -n "$sources" ]; then
  [ -z "$marker" ] || set -- "$@" -C "\${marker%/*}" "./\${marker##*/}"
  tar -c $flags $follow -f - "$@" || status=1
fi
exit "$status"
`;
