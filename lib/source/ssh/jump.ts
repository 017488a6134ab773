// The way through a bastion, which takes the same key, and is known by the same file, as the hosts behind it: ssh's own
// ProxyJump takes neither along.

import {quote, quotePathForSsh} from '../../quote.js';
import {destinationOf, type Ssh} from './keys.js';

/** The options that name files of the source's own. */
export function wordsFrom({
  ssh_key: key,
  ssh_config: config,
  ssh_known_hosts: known,
}: Ssh): string[] {
  return [
    ...(config === undefined ? [] : ['-F', config]),
    ...(key === undefined
      ? []
      : ['-o', `IdentityFile=${quotePathForSsh(key)}`, '-o', 'IdentitiesOnly=yes']),
    ...(known === undefined ? [] : ['-o', `UserKnownHostsFile=${quotePathForSsh(known)}`]),
  ];
}

/** The options that lead to a host: by which key, and who is known. */
export function identityWords(settings: Ssh): string[] {
  const accepted = settings.ssh_host_keys === 'strict' ? 'yes' : 'accept-new';
  return [
    ...wordsFrom(settings),
    ...['-o', `StrictHostKeyChecking=${accepted}`, '-o', 'LogLevel=ERROR'],
    ...['-o', `ConnectTimeout=${String(settings.ssh_timeout)}`],
  ];
}

/** What ssh runs in the place of a connection of its own, as a line of sh: each bastion is reached through those before it. */
export function proxyCommand(settings: Ssh): string | undefined {
  return settings.ssh_jump
    ?.split(',')
    .reduce<string | undefined>((way, hop) => lineThrough(hop, settings, way), undefined);
}

function lineThrough(hop: string, settings: Ssh, way: string | undefined): string {
  const before = way === undefined ? [] : ['-o', `ProxyCommand=${way}`];
  const words = ['ssh', ...identityWords(settings), ...before, '-W', there, ...destinationOf(hop)];
  return words
    .map((word) => (word === there ? quote(word) : quote(word).replaceAll('%', '%%')))
    .join(' ');
}

/** What ssh makes the address of that to which the way leads. */
const there = '[%h]:%p';
