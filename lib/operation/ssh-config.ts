// ssh-config: how ssh reaches instances. Where the type knows a way, that is it; elsewhere an sshd that is started
// inside for each connection, and speaks on its stdin and stdout.

import {CrcacheError} from '../errors.js';
import {readText} from '../files.js';
import {quote, quotePathForSsh} from '../quote.js';
import type {Cache} from './cache.js';
import {levelsOf} from './instance.js';
import {usableInstance} from './usable.js';

export interface Login {
  /** The file of the private key that is to open the instances. */
  readonly key: string;
  /** The program that `crcache` is. */
  readonly launcher: string;
}

/** The block of an instance in use; undefined where ssh cannot reach it. */
export async function sshBlock(
  cache: Cache,
  name: string,
  login: Login,
): Promise<string | undefined> {
  const {instance, runScript} = usableInstance(cache, name);
  for (const {type, facts} of levelsOf(cache, instance)) {
    const lines = type.sshConfig?.(facts);
    if (lines !== undefined) return blockOf(name, lines);
  }
  const {askTool} = instance.facts.surroundings;
  const {status, stdout} = await askTool(runScript, ['sh', '-c', findServer]);
  const [user = '', server = ''] = stdout.split('\n');
  return status === 0
    ? blockOf(name, linesThrough(cache, name, {...login, user, server}))
    : undefined;
}

function blockOf(name: string, lines: readonly string[]): string {
  return [`Host ${name}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

const findServer = `id -un
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
command -v sshd`;

/** The host's key is made anew each time: that it is the right host is known from the way to it. */
function linesThrough(
  {store}: Cache,
  name: string,
  {key, launcher, user, server}: Login & {user: string; server: string},
): string[] {
  const words = ['env', `CRCACHE_DIR=${store.directory}`, launcher, 'run', name];
  const inside = ['sh', '-c', serve, server, readPublicKey(key), name];
  return [
    `User ${user}`,
    `IdentityFile ${quotePathForSsh(key)}`,
    'IdentitiesOnly yes',
    'StrictHostKeyChecking no',
    'UserKnownHostsFile /dev/null',
    'LogLevel ERROR',
    `ProxyCommand ${[...words, ...inside].map(quote).join(' ').replaceAll('%', '%%')}`,
  ];
}

function readPublicKey(key: string): string {
  const text = readText(`${key}.pub`);
  if (text !== undefined) return text.trim();
  throw new CrcacheError(
    'usage',
    `there is no public key '${key}.pub'`,
    `ssh-keygen -t ed25519 -f ${quote(key)}`,
  );
}

/** What the processes of an instance are known by, and whose they are; an sshd hands on nothing of its own environment. */
const handedOn = ['CRCACHE_INCARNATION', 'CRCACHE_LEASE', 'CRCACHE_RUN_ID']
  .map((name) => `\${${name}:+ ${name}=$${name}}`)
  .join('');

/** Removes the keys when its stdin ends: it is none of those that are killed with an sshd. */
const removing = 'trap "" HUP INT TERM; cat; rm -r "$1"';

/** One line, as ssh_config has no others. ssh ends it by a signal; its sshd sees the end of its stdin as well. */
const serve = [
  'trap "" HUP TERM',
  '{ [ "$(id -u)" != 0 ] || mkdir -p /run/sshd; } && dir=$(mktemp -d) || exit',
  'exec 8>&1',
  '{ ssh-keygen -q -t ed25519 -N "" -f "$dir/host" && printf "%s\\n" "$1" >"$dir/keys" || exit',
  `"$0" -i -f /dev/null -h "$dir/host" -o "AuthorizedKeysFile=\\"$dir/keys\\"" -o StrictModes=no -o UsePAM=no -o LogLevel=QUIET -o PidFile=none -o SetEnv="CRCACHE_INSTANCE=$2${handedOn}" -o Subsystem="sftp internal-sftp" >&8 8>&-`,
  ':', // an sshd that comes last would be this shell, and not hold the pipe
  `} | env -i PATH="$PATH" $(command -v setsid) sh -c ${quote(removing)} sh "$dir" >/dev/null 2>&1 8>&-`,
].join('; ');
