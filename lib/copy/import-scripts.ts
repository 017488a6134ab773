// What sh does for a directory that is to be in an instance as a copy, before files come and when it goes.
//
// A copy has a marker in it, a file of a name that nobody else makes, which tells what was there before: what has none
// was not brought, and is never removed.

import {removal} from './remove-trees.js';

/** The name of the marker of an import. */
export function markerOf(nonce: string): string {
  return `.crcache-import-${nonce}`;
}

export interface CopyPlace {
  /** Where the copy is in the instance. */
  readonly remote: string;
  readonly nonce: string;
}

/** The words of a sh that makes the directory of a copy, of this mode. */
export function prepareCommand({remote, nonce}: CopyPlace, mode: number): readonly string[] {
  return ['-c', preparing, 'crcache-import', remote, markerOf(nonce), mode.toString(8)];
}

const preparing = `
remote=$1 mark=$2 stage=$1$2
fail() { printf '%s\\n' "$1" >&2; exit 1; }
before=
if [ -e "$remote" ] || [ -L "$remote" ]; then
  before=$(stat -c '%a %u:%g' -- "$remote" 2>/dev/null) || before="755 $(id -u):$(id -g)"
fi
above=\${remote%/*} made=
while [ -n "$above" ] && [ ! -d "$above" ]; do
  made="$made$above
"
  above=\${above%/*}
done
mkdir -p -- "\${remote%/*}/" && mkdir -m "$3" -- "$stage" || exit 1
printf '%s\\n%s' "$before" "$made" >"$stage/$mark" || exit 1
if [ -n "$before" ] && ! rmdir -- "$remote" 2>/dev/null; then
  rm -r -- "$stage"
  fail "there is something at '$remote' already"
fi
mv -- "$stage" "$remote"
`;

/** The words of a sh that removes a copy, where it is, and what was made for it. */
export function removeCommand({remote, nonce}: CopyPlace): readonly string[] {
  return ['-c', `${removal}${removing}`, 'crcache-import', remote, markerOf(nonce)];
}

const removing = `
remote=$1 mark=$2 stage=$1$2
fail() { printf '%s\\n' "$1" >&2; exit 1; }
# Of one that died before its copy was in its place.
if [ -f "$stage/$mark" ] && [ ! -e "$remote" ]; then mv -- "$stage" "$remote" || exit 1; fi
remove "$stage" || exit 1
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
{ read -r before; made=$(cat); } <"$remote/$mark"
remove "$remote" || exit 1
if [ -n "$before" ]; then
  mkdir -m "\${before%% *}" -- "$remote"
  chown -h "\${before#* }" "$remote" 2>/dev/null # only root can give away what was another's
fi
printf '%s\\n' "$made" | while read -r each; do
  [ -z "$each" ] || rmdir -- "$each" 2>/dev/null || break
done
exit 0
`;
