// The way through a bastion, which takes the same key, and is known by the same file, as the hosts behind it: ssh's own
// ProxyJump takes neither along.

import {quote} from '../../quote.js';
import {destinationOf, type Ssh} from './keys.js';

/** The options that name files of the source's own. */
export function wordsFrom({
  ssh_key: key,
  ssh_config: config,
  ssh_known_hosts: known,
}: Ssh): string[] {
  return [
    ...(config === undefined ? [] : ['-F', config]),
    ...(key === undefined ? [] : ['-i', key, '-o', 'IdentitiesOnly=yes']),
    ...(known === undefined ? [] : ['-o', `UserKnownHostsFile=${known}`]),
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

/** What ssh runs in the place of a connection of its own, as a line of sh; of several bastions the last one leads there. */
export function proxyCommand(settings: Ssh): string | undefined {
  const {ssh_jump: jump} = settings;
  if (jump === undefined) return undefined;
  const hops = jump.split(',');
  const last = hops.pop() ?? '';
  const before = hops.length === 0 ? [] : ['-J', hops.join(',')];
  const words = [
    'ssh',
    ...identityWords(settings),
    ...before,
    '-W',
    '[%h]:%p',
    ...destinationOf(last),
  ];
  const line = words.map((word) =>
    word === '[%h]:%p' ? "'[%h]:%p'" : quote(word).replaceAll('%', '%%'),
  );
  return line.join(' ');
}
