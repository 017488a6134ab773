// What runs where files come from: POSIX sh that writes a tar archive of them to stdout.

import type {Manner} from './manner.js';

/** The words of a sh that sends these files; names are paths there. */
export function sendCommand(
  sources: readonly string[],
  manner: Manner,
  {marker}: {marker?: string} = {},
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
  const words = [flags, follows ? '-h' : '', marker ?? '', ...patterns, ...sources];
  return ['-c', script, 'crcache-cp', ...words];
}

const script = `
LC_ALL=C; export LC_ALL; unset TAR_OPTIONS
flags=$1 follow=$2 marker=$3 count=$4; shift 4
command -v tar >/dev/null || exit 90
case $(tar --version 2>&1) in *'GNU tar'*) gnu=1 ;; *) gnu= ;; esac
# Only GNU tar can end a stream with a marker of its own.
[ -z "$marker" ] || [ -n "$gnu" ] || exit 90
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
    set -- "$@" -C "$directory" "$base"; sources=1
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
