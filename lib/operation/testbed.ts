// An instance as programs that test packages want it: with a directory for them alone, whose path stays the same when
// all else is brought back to how it was.

import {dirname, join} from 'node:path';
import {CrcacheError} from '../errors.js';
import {runInForeground} from '../exec.js';
import {onSignals} from '../signals.js';
import type {Capabilities} from '../source/source.js';
import {acquire} from './acquire.js';
import {startHeir} from './again.js';
import type {Cache} from './cache.js';
import {copyFiles} from './copy/copy.js';
import type {Side} from './copy/side.js';
import {levelsOf, readInstance} from './instance.js';
import {releaseHeld} from './release.js';
import {resetByName} from './reset.js';
import {capabilitiesBelow, wordsFor} from './testbed-words.js';
import {usableInstance} from './usable.js';

export interface TestbedRequest {
  readonly source: string;
  readonly waitMs: number;
  /** Ends the waiting. */
  readonly abort: AbortSignal;
  /** Told of a signal that would end this process while the instance is open. */
  readonly onSignal: () => void;
}

interface Opened {
  readonly name: string;
  readonly lease: string;
  /** What is inside of this lease, and touches no other's instance. */
  readonly cache: Cache;
  /** Its directory; undefined before that is made. */
  readonly scratch: string | undefined;
  readonly isRoot: boolean;
  /** A user of the instance who is a person. */
  readonly user: string | undefined;
  /** Ends the watch over it. */
  readonly forget: () => Promise<void>;
}

export class Testbed {
  readonly #open: (lease?: string) => Cache;
  readonly #cache: Cache;
  readonly #request: TestbedRequest;
  #opened: Opened | undefined;
  #closing: Promise<void> | undefined;
  #resetting: Promise<void> | undefined;

  constructor(open: (lease?: string) => Cache, request: TestbedRequest) {
    this.#open = open;
    this.#cache = open();
    this.#request = request;
  }

  /** Acquires the instance; the value is the path of the directory in it. */
  async open(): Promise<string> {
    if (this.#opened !== undefined) throw new CrcacheError('usage', 'it is open already');
    const {around} = this.#cache;
    const {source, waitMs, abort, onSignal} = this.#request;
    const watcher = await startHeir(this.#cache, source);
    const forPid = around.workshop.self.pid;
    const wanted = {source, waitMs, abort, count: 1, forPid};
    const {names, lease, confirm} = await acquire(this.#cache, wanted).catch(
      async (error: unknown) => {
        await watcher.dismiss();
        throw error;
      },
    );
    const stopListening = onSignals(['SIGTERM', 'SIGHUP', 'SIGINT'], onSignal);
    confirm();
    const [name = ''] = names;
    const forget = (): Promise<void> => {
      stopListening();
      return watcher.dismiss();
    };
    const cache = this.#open(lease);
    const opened = {name, lease, cache, forget, scratch: undefined, isRoot: false, user: undefined};
    this.#opened = opened;
    const [scratch = '', uid, user] = (await ask(opened, looking)).split('\n');
    this.#opened = {...opened, scratch, isRoot: uid === '0', user};
    return scratch;
  }

  /** What the instance can, in the words of autopkgtest. */
  capabilities(): string[] {
    const opened = this.#opened;
    if (opened === undefined) {
      const source = this.#cache.source(this.#request.source);
      return wordsFor(capabilitiesBelow(this.#cache, source));
    }
    const levels = this.#capabilitiesOf(opened.name);
    const {isRoot, user, scratch = ''} = opened;
    return [
      ...wordsFor(levels),
      ...(isRoot ? ['root-on-testbed'] : []),
      ...(isRoot && user ? [`suggested-normal-user=${user}`] : []),
      ...(levels.every(({sharesFiles}) => sharesFiles) ? [`downtmp-host=${scratch}`] : []),
    ];
  }

  /** The beginning of a command line that runs its end in the instance, for as long as it is ours. */
  command(): string[] {
    const {name, lease} = this.#get();
    const {caller, store} = this.#cache;
    return [
      '/usr/bin/env',
      `CRCACHE_DIR=${store.directory}`,
      `CRCACHE_LEASE=${lease}`,
      'CRCACHE_RUN_FAILED=255',
      join(dirname(caller.program.at(-1) ?? ''), '../cmd/crcache'),
      'run',
      name,
      '--',
    ];
  }

  /** Copies a file, or what is in a directory where both paths end in a slash. */
  async copyIn(local: string, remote: string): Promise<void> {
    const instance = this.#get().name;
    const source = {kind: 'here', path: wholeOf(local, remote)} as const;
    await this.#copy(source, {kind: 'instance', instance, path: remote});
  }

  async copyOut(remote: string, local: string): Promise<void> {
    const instance = this.#get().name;
    const source = {kind: 'instance', instance, path: wholeOf(remote, local)} as const;
    await this.#copy(source, {kind: 'here', path: local});
  }

  async #copy(source: Side, destination: Side): Promise<void> {
    const manner = {preserves: false, follows: false, excludes: []};
    await copyFiles(this.#get().cache, {sources: [source], destination, ...manner});
  }

  /** Brings the instance back to its checkpoint; the value is the path of the directory, as before. */
  async revert(): Promise<string> {
    const opened = this.#get();
    const {cache, name, scratch = ''} = opened;
    this.#check('revert');
    usableInstance(cache, name);
    this.#resetting = resetByName(cache, [name]);
    await this.#resetting;
    await ask(opened, 'mkdir -p -m 1777 -- "$1"', scratch);
    return scratch;
  }

  /** Starts the instance anew; the directory stays as it is. */
  async reboot(): Promise<void> {
    const opened = this.#get();
    const {cache, name, scratch = ''} = opened;
    this.#check('reboot');
    await ask(opened, saving, scratch);
    for (const {type, facts} of levelsOf(cache, usableInstance(cache, name).instance)) {
      if (type.capabilities(facts.settings).reboot) await type.reboot?.(facts);
    }
    await ask(opened, restoring, scratch);
  }

  /** A shell at the user's terminal, in a directory of the instance and with these settings KEY=VALUE. */
  async shell(directory: string, settings: readonly string[]): Promise<void> {
    const [program = '', ...words] = this.command();
    const inside = ['sh', '-c', 'cd -- "$1"; shift; exec env "$@" sh -i', 'sh', directory];
    const {env, cwd} = this.#cache.caller;
    const code = 'exec "$@" </dev/tty >/dev/tty 2>&1';
    const line = [program, ...words, ...inside, ...settings];
    await runInForeground('sh', ['-c', code, 'sh', ...line], {env, cwd});
  }

  /** Gives the instance back, if there is one. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) this.#closing = this.#giveBack(opened);
    await this.#closing;
  }

  /** What its directory is in may be out of reach, or another's by now; it is given back all the same. */
  async #giveBack(opened: Opened): Promise<void> {
    const {name, lease, cache, scratch, forget} = opened;
    await this.#resetting?.catch(() => undefined); // until then nobody can take it back
    try {
      if (scratch !== undefined) await ask(opened, 'rm -rf -- "$1"', scratch);
    } catch (error) {
      if (!(error instanceof CrcacheError)) throw error;
      cache.say(error.message);
    }
    const isRightLease = ({id}: {id: string}): boolean => id === lease;
    await releaseHeld(cache, {name, isRightLease, why: 'closed by autopkgtest'});
    await forget();
  }

  #get(): Opened {
    if (this.#opened === undefined) throw new CrcacheError('usage', 'it is not open');
    return this.#opened;
  }

  #capabilitiesOf(name: string): Capabilities[] {
    const source = this.#cache.source(this.#request.source);
    const levels = levelsOf(this.#cache, readInstance(this.#cache, source, name));
    return levels.map(({type, facts}) => type.capabilities(facts.settings));
  }

  #check(word: string): void {
    if (this.capabilities().includes(word)) return;
    throw new CrcacheError('failed', `'${this.#get().name}' cannot ${word}`);
  }
}

/** Runs a script in the instance for what it prints. */
async function ask(
  {cache, name}: Pick<Opened, 'cache' | 'name'>,
  script: string,
  ...words: readonly string[]
): Promise<string> {
  const {instance, runScript} = usableInstance(cache, name);
  const line = ['sh', '-c', script, 'sh', ...words];
  const {status, stdout, stderr} = await instance.facts.surroundings.askTool(runScript, line);
  if (status === 0) return stdout;
  const why = stderr.trim() || `status ${String(status)}`;
  throw new CrcacheError('failed', `cannot prepare '${name}': ${why}`);
}

/** Makes the directory, and tells it, who we are there, and the first user who is a person. */
const looking = `directory=$(mktemp -d "\${TMPDIR:-/tmp}/autopkgtest.XXXXXX") && chmod 1777 "$directory" || exit
echo "$directory"
id -u
while IFS=: read -r name _ uid _; do
  if [ "$uid" -ge 1000 ] && [ "$uid" -lt 60000 ]; then
    echo "$name"
    break
  fi
done </etc/passwd`;

/** A reboot may empty /tmp. */
const saving = 'tar -c -C / -f /var/cache/autopkgtest.tar -- ".$1"';
const restoring = 'tar -x -p -C / -f /var/cache/autopkgtest.tar && rm /var/cache/autopkgtest.tar';

/** What stands for all of a source of files; its destination must be of the same kind. */
function wholeOf(source: string, destination: string): string {
  if (source.endsWith('/') === destination.endsWith('/')) {
    return source.endsWith('/') ? `${source}.` : source;
  }
  throw new CrcacheError('usage', `only one of '${source}' and '${destination}' ends in '/'`);
}
