// How ssh reaches a host of a source, as ssh_config(5) says it, and as a person types it.

import {quote, quoteForSsh, quotePathForSsh} from '../../quote.js';
import {proxyCommand, wordsFrom} from './jump.js';
import {destinationOf, partsOf, type Ssh} from './keys.js';

export function configLines(settings: Ssh, host: string): string[] {
  const {user, address, port} = partsOf(host);
  const {ssh_key: key, ssh_config: config, ssh_known_hosts: known} = settings;
  const jump = proxyCommand(settings);
  return [
    `HostName ${address}`,
    ...(user === undefined ? [] : [`User ${quoteForSsh(user)}`]),
    ...(port === undefined ? [] : [`Port ${port}`]),
    ...(key === undefined ? [] : [`IdentityFile ${quotePathForSsh(key)}`, 'IdentitiesOnly yes']),
    ...(jump === undefined ? [] : [`ProxyCommand ${jump}`]),
    ...(known === undefined ? [] : [`UserKnownHostsFile ${quotePathForSsh(known)}`]),
    // ssh includes no device.
    ...(config === undefined || config === '/dev/null' ? [] : [`Include ${quoteForSsh(config)}`]),
  ];
}

/** The line asks, as ssh does by itself, whether a host is to be known. */
export function commandLine(settings: Ssh, host: string): string {
  const jump = proxyCommand(settings);
  const way = jump === undefined ? [] : ['-o', `ProxyCommand=${jump}`];
  return ['ssh', ...wordsFrom(settings), ...way, ...destinationOf(host), 'true']
    .map(quote)
    .join(' ');
}
