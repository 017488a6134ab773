// This machine: `maximum` places on it, each usable as its own. Nothing is made and nothing destroyed.

import {askAtOnce} from '../exec.js';
import {listNames} from '../files.js';
import {choice, path, text, type SettingsOf} from '../keys.js';
import {ownIds} from '../processes.js';
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
  endAll: (instance) => endLocalProcesses(instance, () => processesBySudo(instance)),
  reset: () => Promise.resolve(),
  discard: () => Promise.resolve(),
  list: () => Promise.resolve([]),
});

/** What source.conf wants of commands, and the command. */
function wayOf({name, settings: {cwd, env, user}}: InstanceFacts<SettingsOf<typeof keys>>): string {
  const lines = env.map((variable) => `export ${quote(variable)}`);
  if (cwd !== undefined) {
    const failed = quote(`cannot enter directory '${cwd}' in '${name}'`);
    lines.push(`cd -- ${quote(cwd)} 2>/dev/null || crcache_fail ${failed}`);
  }
  if (user !== undefined) {
    lines.push(usually(user));
    // sudo takes all but a few variables away.
    if (env.length > 0) lines.push(`set -- ${exporting(env)} "$@"`);
  }
  return [...lines, execHere()].join('\n');
}

function exporting(env: readonly string[]): string {
  const code = `${'export "$1"; shift; '.repeat(env.length)}exec "$@"`;
  return ['sh', '-c', code, 'sh', ...env].map(quote).join(' ');
}

/** What runs as another user, who alone can look for the instance's mark in its environment. */
function processesBySudo({
  directory,
  incarnation,
  settings: {user},
}: InstanceFacts<SettingsOf<typeof keys>>): number[] {
  if (user === undefined || ownIds().uid === 0) return [];
  if (listNames(`${directory}/running`).length === 0) return [];
  const code = `grep -lsF -e "CRCACHE_INCARNATION=$1" /proc/[0-9]*/environ`;
  const words = ['-n', '-u', user, '--', 'sh', '-c', code, 'sh', incarnation];
  const {stdout} = askAtOnce('sudo', words, {env: searchPath, timeoutMs: 10_000});
  return [...stdout.matchAll(/[0-9]+/g)].map(Number);
}

const searchPath = {PATH: '/usr/local/bin:/usr/bin:/bin'};
