// The connection to a host: a control master of OpenSSH that all processes of one state directory share.
//
// Its socket is in `ssh/` of the state directory, and beside it a directory with a file for each instance that uses it.
// A client that finds no master opens a new one: one that has died costs the next command a second, and no more.

import {CrcacheError} from '../../errors.js';
import {
  listNames,
  makeDirectory,
  readText,
  removeFile,
  removeIfEmpty,
  statOf,
  writeWhole,
} from '../../files.js';
import {late} from '../../late.js';
import {quote, quotePathForSsh} from '../../quote.js';
import {functionLineAs} from '../far/become-there.js';
import type {InstanceFacts, ToolAnswer} from '../source.js';
import {identityWords, proxyCommand} from './jump.js';
import {destinationOf, type Ssh} from './keys.js';
import {codeText, forAnyShell, isLikeSh, tellShell} from './login-shell.js';
import {markAnswering, markSilent} from './silent.js';

type Instance = InstanceFacts<Ssh>;

/** What the name of a socket may have at most, less what ssh adds while it makes one. */
const longestSocket = 107 - 18;

/** What a host answers: the shell of its user, as far as that is told; else, why it does not. */
export type Answer = {readonly shell: string} | {readonly why: string};

/** Opens the connection where there is none. */
export async function connect(instance: Instance, host: string): Promise<Answer> {
  const {settings, surroundings, name} = instance;
  const socket = socketOf(instance, host);
  makeDirectory(usersOf(socket));
  writeWhole(`${usersOf(socket)}/${name}`, '');
  // A check that runs a command: a master may live on while its host has gone.
  const words = [...optionsOf(instance, host), '-T', '-n', ...destinationOf(host), tellShell];
  // A file: the master gets the client's outputs, and would keep a pipe for as long as its session lasts.
  const said = `${socket}.said.${instance.incarnation}`;
  const call = ['exec ssh "$@" </dev/null >"$0" 2>&1', said, ...words];
  const limit = ['-k', '1', String(settings.ssh_timeout), 'sh', '-c', ...call];
  const {status} = await surroundings.askTool('timeout', limit);
  const last = lastLine(readText(said) ?? '');
  removeFile(said);
  if (status === 0) {
    markAnswering(instance, host);
    return {shell: last};
  }
  markSilent(instance, host);
  await giveUp(instance, socket);
  return {why: await reasonFor(instance, {host, status, last})};
}

async function reasonFor(
  instance: Instance,
  {host, status, last: why}: {host: string; status: number; last: string},
): Promise<string> {
  const {settings} = instance;
  if (status === 124) return `no answer within ${String(settings.ssh_timeout)} s`;
  const {ssh_key: key} = settings;
  if (key !== undefined && statOf(key) === undefined) return `${why} (there is no key '${key}')`;
  if (why.startsWith(endOfWay)) return (await wordOfProxy(instance, host)) ?? why;
  return why === '' ? `ssh ended with status ${String(status)}` : why;
}

function lastLine(said: string): string {
  return said.trim().split('\n').at(-1) ?? '';
}

/** What ssh says where the way to a host has ended. Why it did, a bastion's ssh tells, but no master lets that be heard. */
const endOfWay = 'kex_exchange_identification: ';

async function wordOfProxy(instance: Instance, host: string): Promise<string | undefined> {
  const {settings, surroundings} = instance;
  const words = [...wayTo(settings), '-T', '-n', ...destinationOf(host), 'exec true'];
  const limit = ['-k', '1', String(settings.ssh_timeout), 'ssh', '-o', 'ControlPath=none'];
  const {stderr} = await surroundings.askTool('timeout', [...limit, ...words]);
  const lines = stderr.trim().split(/\r?\n/);
  return lines.findLast((line) => line !== '' && !line.startsWith(endOfWay));
}

/** Runs a line of sh on a host. */
export function askHost(instance: Instance, host: string, line: string): Promise<ToolAnswer> {
  const isPlain = isLikeSh(instance.handle['shell'] ?? '');
  const read = isPlain ? line : forAnyShell(line);
  const words = [...optionsOf(instance, host), '-T', '-n', ...destinationOf(host), read];
  return instance.surroundings.askTool('ssh', words, {timeoutMs: longestMs});
}

/** What is asked of a host takes no longer. */
const longestMs = 60_000;

/** Ends the connections that this instance was the last one to use: more than one where it was killed as it was made. */
export async function close(instance: Instance): Promise<void> {
  const {surroundings, name} = instance;
  const directory = directoryIn(surroundings.stateDirectory);
  for (const entry of listNames(directory)) {
    const socket = `${directory}/${entry.slice(0, -suffix.length)}`;
    if (!entry.endsWith(suffix) || !removeFile(`${directory}/${entry}/${name}`)) continue;
    if (listNames(usersOf(socket)).length > 0) continue;
    removeIfEmpty(usersOf(socket));
    removeFile(`${socket}.said.${instance.incarnation}`);
    await tell(instance, socket, 'exit');
  }
}

/** Takes nothing from others that use the connection: what runs by it goes on, and the next command opens another one. */
async function giveUp(instance: Instance, socket: string): Promise<void> {
  const others = listNames(usersOf(socket)).filter((name) => name !== instance.name);
  await tell(instance, socket, others.length > 0 ? 'stop' : 'exit');
}

/** A master that is not there, or does not go by being told to, is fine: it does not keep anybody. */
async function tell(
  {surroundings}: Instance,
  socket: string,
  what: 'exit' | 'stop',
): Promise<void> {
  // ssh wants to be told of a host, and asks none.
  const words = [
    '-F',
    '/dev/null',
    '-o',
    `ControlPath=${quotePathForSsh(socket)}`,
    '-O',
    what,
    'host',
  ];
  const {status} = await surroundings.askTool('timeout', ['5', 'ssh', ...words]);
  // Another client may have opened the next one by now, unless there was none to tell.
  if (status !== 0) removeFile(socket);
}

/** The functions that lead to a host, for its run script. */
export function functionsOf(instance: Instance, host: string): string {
  const words = optionsOf(instance, host).map(quote).join(' ');
  const destination = destinationOf(host).map(quote).join(' ');
  const code = isLikeSh(instance.handle['shell'] ?? '') ? ':' : codeText;
  return `${functionLineAs}
crcache_line_for() {
  crcache_line_as "$1"
  ${code}
}
crcache_far() {
  crcache_note=${quote(`${instance.directory}/${userNote}`)}$crcache_user
  if [ -n "$crcache_user" ] && [ ! -e "$crcache_note" ]; then
    crcache_aside : </dev/null
    [ "$?" != "$crcache_failed" ] || exit "$crcache_failed" # nobody can become them
    : >"$crcache_note" || crcache_fail "cannot note user '$crcache_user'"
  fi
  crcache_line_for "$1"
  if [ "$crcache_terminal" = on ]; then exec ssh ${words} -tt ${destination} "$crcache_text"; fi
  LC_ALL=C exec $crcache_apart ssh ${words} -T ${destination} "$crcache_text"
}
crcache_aside() {
  crcache_line_for "$1"
  timeout 10 ssh ${words} -T ${destination} "$crcache_text"
}`;
}

/** How files begin in an instance's directory that name users as whom something may run on its host. */
const userNote = 'as.';

export function notedUsers({directory}: Instance): string[] {
  const notes = listNames(directory).filter((name) => name.startsWith(userNote));
  return notes.map((name) => name.slice(userNote.length));
}

export function forgetUsers(instance: Instance): void {
  for (const user of notedUsers(instance)) removeFile(`${instance.directory}/${userNote}${user}`);
}

function optionsOf(instance: Instance, host: string): string[] {
  return [
    ...wayTo(instance.settings),
    ...['-e', 'none', '-o', 'ServerAliveInterval=5', '-o', 'ControlMaster=auto'],
    ...['-o', `ControlPath=${quotePathForSsh(socketOf(instance, host))}`],
    ...['-o', 'ControlPersist=yes', '-o', 'ForwardAgent=no', '-o', 'ClearAllForwardings=yes'],
  ];
}

function wayTo(settings: Ssh): string[] {
  const jump = proxyCommand(settings);
  return [
    ...identityWords(settings),
    ...(jump === undefined ? [] : ['-o', `ProxyCommand=${jump}`]),
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
  const socket = `${directoryIn(instance.surroundings.stateDirectory)}/${hash}`;
  if (Buffer.byteLength(socket) <= longestSocket) return socket;
  throw new CrcacheError(
    'failed',
    `'${socket}' is too long for the socket of a connection`,
    'a shorter CRCACHE_DIR',
  );
}

function directoryIn(stateDirectory: string): string {
  return `${stateDirectory}/ssh`;
}

const suffix = '.users';

function usersOf(socket: string): string {
  return `${socket}${suffix}`;
}
