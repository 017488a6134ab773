// The connection to a host: a control master of OpenSSH that all processes of one state directory share.
//
// Its socket is in `ssh/` of the state directory, and beside it a directory with a file for each instance that uses it.
// A client that finds no master opens a new one: one that has died costs the next command a second, and no more.

import {CrcacheError} from '../../errors.js';
import {listNames, makeDirectory, removeFile, removeIfEmpty, writeWhole} from '../../files.js';
import {late} from '../../late.js';
import {quote} from '../../quote.js';
import type {InstanceFacts, ToolAnswer} from '../source.js';
import {urlOf, type Ssh} from './keys.js';

type Instance = InstanceFacts<Ssh>;

/** What the name of a socket may have at most, less what ssh adds while it makes one. */
const longestSocket = 107 - 18;

/** Opens the connection where there is none; the reason, where the host does not answer. */
export async function connect(instance: Instance, host: string): Promise<string | undefined> {
  const {settings, surroundings, name} = instance;
  const users = usersOf(instance, host);
  makeDirectory(users);
  writeWhole(`${users}/${name}`, '');
  // A check that runs a command: a master may live on while its host has gone.
  const words = [...optionsOf(instance, host), '-T', '-n', urlOf(host), 'exec true'];
  const timeoutMs = (settings.ssh_timeout + 5) * 1000;
  const call = ['exec ssh "$@" </dev/null 2>&1', 'sh', ...words];
  const limit = ['-k', '1', String(settings.ssh_timeout), 'sh', '-c', ...call];
  const {status, stdout} = await surroundings.askTool('timeout', limit, {timeoutMs});
  if (status === 0) return undefined;
  await exit(instance, host);
  if (status === 124) return `no answer within ${String(settings.ssh_timeout)} s`;
  return stdout.trim().split('\n').at(-1) ?? `ssh ended with status ${String(status)}`;
}

/** Runs a line of sh on a host. */
export function askHost(instance: Instance, host: string, line: string): Promise<ToolAnswer> {
  const words = [...optionsOf(instance, host), '-T', '-n', urlOf(host), line];
  return instance.surroundings.askTool('ssh', words);
}

/** Ends the connection, if this instance was the last one that used it. */
export async function close(instance: Instance, host: string): Promise<void> {
  const users = usersOf(instance, host);
  removeFile(`${users}/${instance.name}`);
  if (listNames(users).length > 0) return;
  removeIfEmpty(users);
  await exit(instance, host);
}

/** A master that is not there, or does not go by being told to, is fine: it does not keep anybody. */
async function exit(instance: Instance, host: string): Promise<void> {
  const words = [...optionsOf(instance, host), '-O', 'exit', urlOf(host)];
  await instance.surroundings.askTool('timeout', ['5', 'ssh', ...words]);
  removeFile(socketOf(instance, host));
}

/** The functions that lead to a host, for its run script. */
export function functionsOf(instance: Instance, host: string): string {
  const words = optionsOf(instance, host).map(quote).join(' ');
  const url = quote(urlOf(host));
  return `crcache_far() {
  if [ "$crcache_terminal" = on ]; then exec ssh ${words} -tt ${url} "$1"; fi
  exec ssh ${words} -T ${url} "$1"
}
crcache_aside() { timeout 10 ssh ${words} -T ${url} "$1"; }`;
}

function optionsOf(instance: Instance, host: string): string[] {
  const {ssh_key: key, ssh_config: config, ssh_jump: jump, ...settings} = instance.settings;
  const known = settings.ssh_known_hosts;
  const accepted = settings.ssh_host_keys === 'strict' ? 'yes' : 'accept-new';
  return [
    ...(config === undefined ? [] : ['-F', config]),
    ...(key === undefined ? [] : ['-i', key, '-o', 'IdentitiesOnly=yes']),
    ...(jump === undefined ? [] : ['-J', jump]),
    ...(known === undefined ? [] : ['-o', `UserKnownHostsFile=${known}`]),
    ...['-o', `StrictHostKeyChecking=${accepted}`, '-o', 'LogLevel=ERROR', '-e', 'none'],
    ...['-o', `ConnectTimeout=${String(settings.ssh_timeout)}`, '-o', 'ServerAliveInterval=5'],
    ...['-o', 'ControlMaster=auto', '-o', `ControlPath=${socketOf(instance, host)}`],
    ...['-o', 'ControlPersist=yes', '-o', 'ForwardAgent=no', '-o', 'ClearAllForwardings=yes'],
  ];
}

function socketOf(instance: Instance, host: string): string {
  const {ssh_key: key, ssh_config: config, ssh_jump: jump, ...rest} = instance.settings;
  const facts = [host, key, config, jump, rest.ssh_known_hosts, rest.ssh_host_keys];
  const hash = late('node:crypto')
    .createHash('sha256')
    .update(JSON.stringify(facts))
    .digest('hex')
    .slice(0, 16);
  const socket = `${instance.surroundings.stateDirectory}/ssh/${hash}`;
  if (Buffer.byteLength(socket) <= longestSocket) return socket;
  throw new CrcacheError(
    'failed',
    `'${socket}' is too long for the socket of a connection`,
    'a shorter CRCACHE_DIR',
  );
}

function usersOf(instance: Instance, host: string): string {
  return `${socketOf(instance, host)}.users`;
}
