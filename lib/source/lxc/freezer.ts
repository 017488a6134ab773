// Whether a container is frozen: by us while nobody uses it, or by others at any time. What is frozen takes no signal.

import {readText} from '../../files.js';
import {idOf} from '../ids.js';
import type {LxcInstance} from './keys.js';

export function isFrozen(instance: LxcInstance): boolean {
  const group = `lxc.payload.${idOf(instance)}`;
  const state = readText(`/sys/fs/cgroup/freezer/${group}/freezer.state`);
  return (state ?? readText(`/sys/fs/cgroup/${group}/cgroup.freeze`))?.search(/FR|1/) === 0;
}

/** Has it go on. */
export async function thaw(instance: LxcInstance): Promise<void> {
  if (isFrozen(instance))
    await instance.surroundings.askTool('sh', ['-c', thawing, idOf(instance)]);
}

const thawing = `for file in /sys/fs/cgroup/freezer/lxc.payload.$0/freezer.state; do
  [ ! -e "$file" ] || echo THAWED >"$file"
done
for file in /sys/fs/cgroup/lxc.payload.$0/cgroup.freeze; do [ ! -e "$file" ] || echo 0 >"$file"; done`;
