// The session of an instance: schroot makes its tree, mounts it where all of this machine see it, and writes down that it
// is there, so that it can be had again after a reboot.

import {CrcacheError} from '../../errors.js';
import {realPath, writeWhole} from '../../files.js';
import {mountsIn} from '../../trees.js';
import {idOf} from '../ids.js';
import type {SourceFacts, ToolAnswer} from '../source.js';
import {begunOf, type Schroot, type SchrootInstance} from './keys.js';

/** What schroot may take to unpack an archive, or to end what does not want to end. */
const timeoutMs = 600_000;

/** Begins the session. */
export async function beginSession(instance: SchrootInstance): Promise<void> {
  await tell(instance, beginning(instance));
  writeWhole(begunOf(instance), '');
}

/** Begins the first session of an instance; the value is where its tree is mounted, which is so for all of them. */
export async function beginFirstSession(instance: SchrootInstance): Promise<string> {
  const code = 'schroot --quiet "$@" >/dev/null && exec schroot --quiet --location --chroot "$0"';
  const words = beginning(instance);
  const answer = await askFromRoot(instance, ['sh', '-c', code, sessionOf(instance), ...words]);
  const location = told(answer, words);
  writeWhole(begunOf(instance), '');
  return location;
}

function beginning(instance: SchrootInstance): readonly string[] {
  const chroot = `chroot:${instance.settings.chroot}`;
  return ['--begin-session', '--chroot', chroot, '--session-name', idOf(instance)];
}

/** Ends the session, with all that runs in it; one that is gone already is fine. */
export async function endSession(instance: SchrootInstance): Promise<void> {
  const session = sessionOf(instance);
  const {status, stderr} = await ask(instance, ['--end-session', '--chroot', session]);
  if (status === 0 && !isMounted(instance)) return;
  if (!(await listSessions(instance)).includes(session)) return;
  throw new CrcacheError(
    'failed',
    `cannot end session '${session}': ${lastLine(stderr) || `status ${String(status)}`}`,
    `schroot --end-session --force --chroot ${session}`,
  );
}

/** Whether the session is there; one that lost its mounts with a reboot has them again. */
export async function hasSession(instance: SchrootInstance): Promise<boolean> {
  if (isMounted(instance)) return true;
  const session = sessionOf(instance);
  if (!(await listSessions(instance)).includes(session)) return false;
  await tell(instance, ['--recover-session', '--chroot', session]);
  return isMounted(instance);
}

/** The sessions of this machine, as schroot names them. */
export async function listSessions(
  facts: SchrootInstance | SourceFacts<Schroot>,
): Promise<string[]> {
  return (await tell(facts, ['--list', '--all-sessions'])).split('\n');
}

/** The session of an instance, as schroot names it. */
export function sessionOf(instance: SchrootInstance): string {
  return `session:${idOf(instance)}`;
}

/** Where the tree of an instance is on this machine; undefined before it is made. */
export function locationOf({handle}: SchrootInstance): string | undefined {
  const {location} = handle;
  // The links of processes and the table of mounts have no symlinks in them.
  return location === undefined ? undefined : (realPath(location) ?? location);
}

function isMounted(instance: SchrootInstance): boolean {
  const location = locationOf(instance);
  return location !== undefined && mountsIn(location).includes(location);
}

async function tell(
  facts: Pick<SchrootInstance, 'surroundings'>,
  words: readonly string[],
): Promise<string> {
  return told(await ask(facts, words), words);
}

function told({status, stdout, stderr}: ToolAnswer, words: readonly string[]): string {
  if (status === 0) return stdout.trim();
  if (status === 127) {
    throw new CrcacheError('failed', 'there is no schroot here', 'apt-get install schroot');
  }
  throw new CrcacheError('failed', `'schroot ${words[0] ?? ''}': ${lastLine(stderr)}`);
}

function ask(
  facts: Pick<SchrootInstance, 'surroundings'>,
  words: readonly string[],
): Promise<ToolAnswer> {
  return askFromRoot(facts, ['schroot', '--quiet', ...words]);
}

/** Where schroot is called does not matter, and may be where it cannot go. */
function askFromRoot(
  {surroundings}: Pick<SchrootInstance, 'surroundings'>,
  command: readonly [string, ...string[]],
): Promise<ToolAnswer> {
  const [program, ...words] = command;
  const options = {cwd: '/', settings: ['LC_ALL=C.UTF-8'], timeoutMs};
  return surroundings.askTool(program, words, options);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.replace(/^E: /, '') ?? '';
}
