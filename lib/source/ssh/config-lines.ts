// How ssh reaches a host of a source, as ssh_config(5) says it.

import {quoteForSsh} from '../../quote.js';
import {proxyCommand} from './jump.js';
import {urlOf, type Ssh} from './keys.js';

export function configLines(settings: Ssh, host: string): string[] {
  const {username, hostname, port} = new URL(urlOf(host));
  const {ssh_key: key, ssh_config: config, ssh_known_hosts: known} = settings;
  const jump = proxyCommand(settings);
  return [
    `HostName ${hostname.replace(/^\[|\]$/g, '')}`,
    ...(username === '' ? [] : [`User ${decodeURIComponent(username)}`]),
    ...(port === '' ? [] : [`Port ${port}`]),
    ...(key === undefined ? [] : [`IdentityFile ${quoteForSsh(key)}`, 'IdentitiesOnly yes']),
    ...(jump === undefined ? [] : [`ProxyCommand ${jump}`]),
    ...(known === undefined ? [] : [`UserKnownHostsFile ${known}`]),
    // ssh includes no device.
    ...(config === undefined || config === '/dev/null' ? [] : [`Include ${quoteForSsh(config)}`]),
  ];
}
