// Where directories of this machine are mounted in a container. LXC makes those places while it is outside of the tree:
// a symlink on the way would lead it out. So it is told of paths that have none, as they are found from within.

import type {BindImport} from '../source.js';
import {tell} from './container.js';
import type {LxcInstance} from './keys.js';

/** The same imports by such paths; the container must run, and be as it is going to be made anew. */
export async function withoutSymlinks(
  instance: LxcInstance,
  imports: readonly BindImport[],
): Promise<BindImport[]> {
  const remotes = imports.map(({remote}) => remote);
  const words = ['--clear-env', '-v', searchPath, '--', 'sh', '-c', finding, 'sh', ...remotes];
  const found = (await tell(instance, 'lxc-attach', words)).split('\0');
  return imports.map((each, index) => ({...each, remote: found[index] ?? each.remote}));
}

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What is made for this goes when the container is made anew. */
const finding = `for each; do
  mkdir -p -- "$each" && cd -P -- "$each" && printf '%s\\0' "$PWD" || exit 1
done`;
