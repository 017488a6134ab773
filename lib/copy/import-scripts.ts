// What sh does to bring a directory into an instance as a copy, to fetch it back, and to remove it again.
//
// A copy has a marker in it, a file of a name that nobody else makes: what has none was not brought, and is never
// removed. It arrives beside its place and is renamed to it when it is whole.

/** The name of the marker of an import. */
export function markerOf(nonce: string): string {
  return `.crcache-import-${nonce}`;
}

/** In the instance: reads a tar stream. Its words are where to, and the nonce. */
const receive = `
remote=$1 mark=.crcache-import-$2 stage=$1.crcache-import-$2
fail() { printf '%s\\n' "$1" >&2; exit 1; }
command -v tar >/dev/null || fail 'there is no tar'
empty=
if [ -e "$remote" ] || [ -L "$remote" ]; then
  rmdir -- "$remote" 2>/dev/null || fail "there is something at '$remote' already"
  empty=empty
fi
above=\${remote%/*} made=
while [ -n "$above" ] && [ ! -d "$above" ]; do
  made="$made$above
"
  above=\${above%/*}
done
mkdir -p -- "\${remote%/*}/" && mkdir -m 700 -- "$stage" || exit 1
printf '%s\\n%s' "$empty" "$made" >"$stage/$mark" &&
tar -x -o -p -f - -C "$stage" && mv -- "$stage" "$remote"
`;

/** Where the copy is: removes it, and what was made for it. */
export const removing = `
remote=$1 mark=.crcache-import-$2 stage=$1.crcache-import-$2
fail() { printf '%s\\n' "$1" >&2; exit 1; }
[ ! -e "$stage" ] || rm -rf -- "$stage" || exit 1
[ -f "$remote/$mark" ] || exit 0
real=$(cd -P -- "$remote" && pwd -P) || exit 1
if [ -r /proc/self/mountinfo ]; then
  escaped=$(printf '%s' "$real" | sed 's/ /\\\\040/g')
  while read -r _ _ _ _ point _; do
    case $point in
      "$escaped"/* | "$escaped") fail "'$point' is still mounted" ;;
    esac
  done </proc/self/mountinfo
fi
{ read -r empty; made=$(cat); } <"$remote/$mark"
rm -rf -- "$remote" || exit 1
if [ -n "$empty" ]; then mkdir -- "$remote"; fi
printf '%s\\n' "$made" | while read -r each; do
  [ -z "$each" ] || rmdir -- "$each" 2>/dev/null || break
done
exit 0
`;

/** On this machine; the words of a sh that sends a directory into an instance by its run script. */
export function pushWords(local: string, run: string, to: readonly string[]): readonly string[] {
  return ['-c', pushing, receive, local, run, ...to];
}

const pushing = `
unset TAR_OPTIONS
exec 4>&2
wrong=$({
  { tar --sparse -C "$1" -cf - . || echo sending >&3; } |
    "$2" sh -c "$0" crcache-import "$3" "$4" >&4 || echo receiving >&3
} 3>&1)
[ -z "$wrong" ]
`;

/** The words of a sh that fetches a directory of an instance into one of this machine. */
export function fetchWords(run: string, remote: string, to: string): readonly string[] {
  return ['-c', fetching, run, remote, to];
}

const fetching = `
unset TAR_OPTIONS
exec 4>&2
wrong=$({
  { "$0" tar -C "$1" -cf - . || echo sending >&3; } |
    tar -x -o -p -f - -C "$2" >&4 || echo receiving >&3
} 3>&1)
[ -z "$wrong" ]
`;
