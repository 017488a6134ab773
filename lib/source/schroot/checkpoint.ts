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

/** What is mounted somewhere is nobody's to change; nor is what this code itself writes, which may be in the tree. */
const common = `set -e
export LC_ALL=C
here=$PWD
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
# With its kind: where a directory was, a file has taken its place.
in_them() {
  xargs -0r -a "$own/directories" sh -c 'own=$0; find "$@" -mindepth 1 -maxdepth 1 ! -path ".$own" -printf "%y%p\\0"' "$own" | sort -z
}
`;

const keeping = `${common}
since=$1
if [ "$(id -u)" = 0 ]; then mine=; else mine="-user $(id -u)"; fi
changed() {
  find . -xdev -newerct "$since" $mine "$@" ! \\( -type d -exec mountpoint -q {} \\; \\) ! -path ".$own*" -print0 ||
    [ -n "$mine" ] # where nobody may look is nothing of theirs
}
changed >"$own/all"
[ -s "$own/all" ] || exit 0
changed -type d >"$own/directories"
in_them >"$own/names"
tar -c --numeric-owner --xattrs --null --no-recursion -C "$own" directories names -C "$here" -T "$own/all"`;

const restoring = `${common}
cat >"$own/archive"
tar -x -C "$own" -f "$own/archive" directories names
in_them | comm -z -23 - "$own/names" | sed -z 's/^.//' | xargs -0r rm -rf --one-file-system --
tar -x -p --numeric-owner --same-owner --xattrs --anchored --exclude=directories --exclude=names -f "$own/archive"`;
