// The keys of hosts behind ssh.

import {CrcacheError} from '../../errors.js';
import {readText} from '../../files.js';
import {
  choice,
  count,
  KeyProblem,
  list,
  path,
  requiredUnless,
  text,
  type Key,
  type SettingsOf,
} from '../../keys.js';

const hostForm =
  /^(?:ssh:\/\/)?(?:[^@/\s:]+@)?(?:[A-Za-z0-9._][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.%]+\])(?::[0-9]+)?\/?$/;

const ways = 'ssh_key=, ssh-agent or SSH_ASKPASS let one in';

const password: Key<undefined> = {
  value: 'NONE',
  fallback: undefined,
  summary: 'is refused: ssh-agent or SSH_ASKPASS know passwords, files do not',
  parse: () => {
    throw new KeyProblem(`to be left out: ${ways}`, {isSecret: true});
  },
  show: () => '',
};

const jump = text('a host to go through, as for ssh -J', undefined, 'HOST');

export const keys = {
  ssh_host: requiredUnless(
    ['ssh_hosts'],
    hosts(list('the hosts: [USER@]HOST[:PORT], or ssh:// before it', [], 'HOST,...')),
  ),
  ssh_hosts: path('a file of more hosts, one a line'),
  ssh_key: path('the private key'),
  ssh_config: path('a configuration of ssh in the place of ~/.ssh/config'),
  ssh_jump: {
    ...jump,
    parse(words: string): string | undefined {
      const parsed = jump.parse(words);
      checkHosts(words.split(','));
      return parsed;
    },
  },
  ssh_known_hosts: path('the file of known host keys in the place of ~/.ssh/known_hosts'),
  ssh_host_keys: choice(
    'whether a host whose key is not known is refused, or its key noted',
    ['strict', 'accept-new'],
    'strict',
  ),
  ssh_timeout: count(
    'how many seconds a host has to answer; one that does not is tried last for ten minutes',
    10,
    1,
  ),
  slots: count('how many instances there are on each host', 1, 1),
  cwd: path('where commands start; the home unless given'),
  password,
};

export type Ssh = SettingsOf<typeof keys>;

/** The same key, of words that name hosts. */
function hosts(key: Key<readonly string[]>): Key<readonly string[]> {
  return {
    ...key,
    parse(words) {
      const all = key.parse(words);
      checkHosts(all);
      return all;
    },
  };
}

/** None of them may look like an option of ssh. */
function checkHosts(words: readonly string[]): void {
  if (words.every(isHost)) return;
  const isWithPassword = words.some((word) => /^(?:ssh:\/\/)?[^@/\s:]*:[^@/\s]*@/.test(word));
  if (isWithPassword) throw new KeyProblem(`no password: ${ways}`, {isSecret: true});
  throw new KeyProblem('hosts [USER@]HOST[:PORT] with commas between, an address of IPv6 as [::1]');
}

function isHost(word: string): boolean {
  const {user, port = '22'} = partsOf(word);
  return hostForm.test(word) && user !== '' && Number(port) > 0 && Number(port) < 65_536;
}

/** All hosts, in their order. */
export function hostsOf({ssh_host: named, ssh_hosts: file}: Ssh): readonly string[] {
  if (file === undefined) return named;
  const text = readText(file);
  if (text === undefined) throw new CrcacheError('usage', `there is no file of hosts '${file}'`);
  const more = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const all = [...named, ...more.filter((line) => line !== '')];
  const wrong = all.find((word) => !isHost(word));
  if (wrong !== undefined) throw new CrcacheError('usage', `'${file}': '${wrong}' is no host`);
  if (all.length === 0) throw new CrcacheError('usage', `'${file}' names no host`);
  return all;
}

/** The last words of a line of ssh's options. As a URL it would take no address of IPv6, and a + in a name for a blank. */
export function destinationOf(host: string): string[] {
  const {user, address, port} = partsOf(host);
  return [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', port]),
    address,
  ];
}

export interface HostParts {
  readonly user: string | undefined;
  readonly address: string;
  readonly port: string | undefined;
}

/** In a URL, % begins what a name could not have there; one that cannot be read so is no name. */
export function partsOf(host: string): HostParts {
  const [, user, sixth, name = host, port] = partsForm.exec(host) ?? [];
  const isCoded = user !== undefined && host.startsWith('ssh://');
  return {user: isCoded ? decoded(user) : user, address: sixth ?? name, port};
}

function decoded(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return '';
  }
}

const partsForm = /^(?:ssh:\/\/)?(?:([^@/\s]+)@)?(?:\[([^\]]+)\]|([^:/]+))(?::([0-9]+))?\/?$/;
