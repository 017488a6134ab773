// What provision.d has changed in a session's tree: kept as an archive, and put over the tree of a new session. What is
// new or other is told by the time of its last change; what is gone, by the names in the directories that have changed.
//
// It is done from outside, where all of this machine see the tree. An ordinary user does it in the session where schroot
// lets them be root there, else with what is their own: the rest they have not changed.

import {sizeOf, statOf} from '../../files.js';
import {begunOf, checkpointOf, type SchrootInstance} from './keys.js';
import {locationOf, sessionOf} from './session.js';
import {ownIds} from '../../processes.js';

/** Keeps what has changed since the session began. */
export async function keepChanges(instance: SchrootInstance): Promise<void> {
  const begun = statOf(begunOf(instance))?.mtimeNs ?? 0n;
  const since = `@${String(begun / 1_000_000_000n)}.${String(begun % 1_000_000_000n).padStart(9, '0')}`;
  await inTree(instance, `>${shellPath}`, [keeping, since]);
}

/** Puts over a new session's tree what has been kept. */
export async function restoreChanges(instance: SchrootInstance): Promise<void> {
  if (sizeOf(checkpointOf(instance)) > 0) await inTree(instance, `<${shellPath}`, [restoring]);
}

/** The archive's path, as the first word of the sh that opens it. */
const shellPath = '"$0"';

/** Runs code of sh in the tree, its stdin or stdout the archive. */
async function inTree(
  instance: SchrootInstance,
  archive: string,
  [code, ...words]: readonly [string, ...string[]],
): Promise<void> {
  const line = `mask=$(umask); umask 077; exec ${archive}; umask "$mask"; exec "$@"`;
  const way = [...(await wayFor(instance)), 'sh', '-c', code, 'sh', ...words];
  await instance.surroundings.runTool('sh', ['-c', line, checkpointOf(instance), ...way]);
}

async function wayFor(instance: SchrootInstance): Promise<readonly string[]> {
  const outside = ['env', `--chdir=${locationOf(instance) ?? ''}`];
  if (ownIds().uid === 0) return outside;
  const session = ['--quiet', '--run-session', '--chroot', sessionOf(instance)];
  const asRoot = [...session, '--directory', '/', '--user', 'root', '--'];
  const {status} = await instance.surroundings.askTool('schroot', [...asRoot, 'true']);
  return status === 0 ? ['schroot', ...asRoot] : outside;
}

/** What is mounted somewhere in it is nobody's to change; nor is what this code itself writes, which may be in the tree. */
const common = `set -e
export LC_ALL=C
here=$PWD
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
attributes='--xattrs --xattrs-include=* --acls'
# With its kind: where a directory was, a file has taken its place.
in_them() {
  xargs -0r -a "$own/directories" sh -c 'own=$0; find "$@" -mindepth 1 -maxdepth 1 ! -path ".$own" -printf "%y%p\\0"' "$own" | sort -z
}
`;

/**
 * Of what has been moved, only the name is new, where no overlay has copied it: so all is kept that is in a directory which
 * has changed itself, and is in one that has.
 */
const keeping = `${common}
changed="-newerct $1"
if [ "$(id -u)" = 0 ]; then mine=; else mine="-user $(id -u)"; fi
export own mine
# Where nobody may look is nothing of theirs.
look='find "$@" -xdev $0 $mine ! \\( -type d ! -path . -exec mountpoint -q {} \\; \\) ! -path ".$own*" -print0 || [ -n "$mine" ]'
sh -c "$look" "$changed" . >"$own/changed"
[ -s "$own/changed" ] || exit 0
xargs -0r -a "$own/changed" sh -c "$look" '-maxdepth 0 -type d' >"$own/directories"
xargs -0r -a "$own/directories" sh -c "$look" "-mindepth 1 -maxdepth 1 -type d $changed" >"$own/moved"
xargs -0r -a "$own/moved" sh -c "$look" -true | sort -zu - "$own/changed" >"$own/all"
xargs -0r -a "$own/all" sh -c "$look" '-maxdepth 0 -type d' >"$own/directories"
in_them >"$own/names"
tar -c --numeric-owner $attributes --null --no-recursion -C "$own" directories names -C "$here" -T "$own/all"`;

const restoring = `${common}
cat >"$own/archive"
tar -x -C "$own" -f "$own/archive" directories names
in_them | comm -z -23 - "$own/names" | sed -z 's/^.//' | xargs -0r rm -rf --one-file-system --
tar -x -p --numeric-owner --same-owner $attributes --anchored --exclude=directories --exclude=names -f "$own/archive"`;
