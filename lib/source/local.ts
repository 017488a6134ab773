// This machine: `maximum` places on it, each usable as its own. Nothing is made and nothing destroyed.

import {choice, path, text, type SettingsOf} from '../keys.js';
import {quote} from '../quote.js';
import {effectiveCores} from './cores.js';
import {endLocalProcesses} from './local-processes.js';
import {execHere, scriptOnThisMachine, usually} from './run-script.js';
import {defineType, type InstanceFacts} from './source.js';
import {variables} from './variables.js';

const keys = {
  cwd: path('the directory where commands start; that of their caller unless given'),
  env: variables,
  user: text(
    'whom commands run as, unless they say: root becomes them, others need sudo',
    undefined,
    'USER',
  ),
  copy: choice(
    'what cp makes of files, unless -L, -p or --exclude is given: copies, hard links or symlinks',
    ['copy', 'link', 'symlink'],
    'copy',
  ),
};

export const local = defineType({
  name: 'local',
  summary: 'this machine',
  keys,
  capabilities: ({copy, user}) => ({
    isolation: 'none',
    sharesFiles: true,
    copies: copy,
    reset: false,
    survivesReboot: true,
    imports: 'copy',
    root: user === undefined ? 'caller' : user === 'root',
    network: 'shared',
    reboot: false,
    park: false,
  }),
  places: (_settings, maximum) => (maximum === 0 ? 1 : maximum),
  machines: () => 1,
  identify: () => ({}),
  make: () => Promise.resolve({}),
  runScript: (instance) => scriptOnThisMachine(instance, wayOf(instance)),
  probe: () => Promise.resolve(effectiveCores()),
  check: () => Promise.resolve(true),
  checkpoint: () => Promise.resolve(),
  endAll: endLocalProcesses,
  reset: () => Promise.resolve(),
  discard: () => Promise.resolve(),
  list: () => Promise.resolve([]),
});

/** What source.conf wants of commands, and the command. */
function wayOf({name, settings: {cwd, env, user}}: InstanceFacts<SettingsOf<typeof keys>>): string {
  const lines: string[] = [];
  if (cwd !== undefined) {
    const failed = quote(`cannot enter directory '${cwd}' in '${name}'`);
    lines.push(`cd -- ${quote(cwd)} 2>/dev/null || crcache_fail ${failed}`);
  }
  lines.push(usually(user));
  if (env.length > 0) lines.push(setting(env));
  return [...lines, execHere()].join('\n');
}

/** Who becomes another user finds the programs for that by their own PATH, and sudo takes all but a few variables away. */
function setting(env: readonly string[]): string {
  const code = `${'export "$1"; shift; '.repeat(env.length)}exec "$@"`;
  const inside = ['sh', '-c', code, 'sh', ...env].map(quote).join(' ');
  const here = env.map((variable) => `  export ${quote(variable)}`).join('\n');
  return `if [ -n "\${CRCACHE_RUN_USER:-}" ]; then set -- ${inside} "$@"; else\n${here}\nfi`;
}
