// Tools that a transition starts, at which the process that has started one is killed: as it begins, or when it is done.
//
// Each is started by a sh that notes itself first. A sh of this name comes before that of the machine: it notes which
// tools were started, and kills its parent at the one that is asked for.

import {readFileSync} from 'node:fs';
import type {Sandbox} from './sandbox.js';

export interface ToolDeath {
  /** Of which tool, counted from 1. */
  readonly ordinal: number;
  /** Whether the tool has ended then; else it goes on, as what it has noted itself as, until somebody ends it. */
  readonly when: 'begun' | 'done';
  /** How long it is at work by then, where it is not done. */
  readonly seconds?: string;
}

const wrapper = `#!/bin/sh
case $2 in 'read -r stat </proc/$$/stat'*) ;; *) exec /bin/sh "$@" ;; esac
[ -n "\${CRCACHE_TEST_TOOLS:-}" ] || exec /bin/sh "$@"
tools=$CRCACHE_TEST_TOOLS death=\${CRCACHE_TEST_TOOL_DEATH:-}
unset CRCACHE_TEST_TOOLS CRCACHE_TEST_TOOL_DEATH
echo "$4" >>"$tools"
ordinal=$(wc -l <"$tools")
case $death in
  "$ordinal begun "*) # who has started one that is quick does not hear of its end
    kill -STOP "$PPID"
    (sleep "\${death##* }"; kill -9 "$PPID") </dev/null >/dev/null 2>&1 & ;;
  "$ordinal done "*) /bin/sh "$@"; status=$?; kill -9 "$PPID"; exit "$status" ;;
esac
exec /bin/sh "$@"
`;

/** The environment of a process that is killed at a tool; of one whose tools are noted, where there is none. */
export function dyingAtTool(t: Sandbox, death?: ToolDeath): Record<string, string> {
  t.write('dying/sh', wrapper, 0o755);
  const tools = t.write('dying/tools', '');
  const {ordinal, when, seconds = '0'} = death ?? {ordinal: 0, when: 'done'};
  return {
    PATH: `${t.dir}/dying:${t.env['PATH'] ?? ''}`,
    CRCACHE_TEST_TOOLS: tools,
    CRCACHE_TEST_TOOL_DEATH: `${String(ordinal)} ${when} ${seconds}`,
  };
}

/** The tools that were started since. */
export function toolsStarted(t: Sandbox): string[] {
  return readFileSync(`${t.dir}/dying/tools`, 'utf8').split('\n').slice(0, -1);
}
