// The frame of a run script: a few lines of POSIX sh that run their arguments in an instance.

import {quote} from './quote.js';
import type {InstanceFacts} from './source.js';

/**
 * A script for types whose commands are processes of this machine, in the script's own place. It notes its pid and
 * start time in `running/` by builtins alone; `way` leads into the instance and ends in `exec … "$@"`.
 */
export function scriptOnThisMachine(instance: InstanceFacts, way: string): string {
  return `#!/bin/sh
# runs its arguments in ${instance.name}
read -r stat </proc/$$/stat && echo "$stat" >${quote(`${instance.directory}/running`)}/$$ || exit 125
export CRCACHE_INSTANCE=${instance.name} CRCACHE_INCARNATION=${instance.incarnation}
${way}
`;
}
