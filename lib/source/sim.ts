// Instances that exist only as files: each is a directory of its own, where its commands run too. The directory
// of all of them is the backend, and the keys give it a real backend's manners: it takes its time, it fails, it
// loses and keeps things against its word. For tests, and for trying out hooks and limits without hardware.

import {dirname} from 'node:path';
import {CrcacheError} from '../errors.js';
import {isDirectory, listNames, makeDirectory, renameIfThere} from '../files.js';
import {copyTree, mountsIn, removeTree} from '../trees.js';
import {choice, count, duration, flag, probability} from '../keys.js';
import {effectiveCores} from './cores.js';
import {endLocalProcesses} from './local-processes.js';
import {bindDirectory, unbindDirectory} from './sim-bind.js';
import {quote} from '../quote.js';
import {execHere, scriptOnThisMachine} from './run-script.js';
import {defineType, type InstanceFacts, type SourceFacts} from './source.js';
import {wholePath} from './whole-path.js';
import type {SettingsOf} from '../keys.js';

type Verb = 'make' | 'check' | 'park' | 'resume' | 'reset' | 'discard' | 'list';

const keys = {
  backend: wholePath(
    'the directory that its instances are in; beside the state directory unless given',
  ),
  bind: flag('imports are mounted in its instances, which wants root'),
  cores: count('how many cores an instance says its machine has; 0 is what this one has', 0),
  'delay-make': duration('how long making an instance takes', 0),
  'delay-check': duration('how long a check takes', 0),
  'delay-park': duration('how long parking one takes', 0),
  'delay-resume': duration('how long waking one takes', 0),
  'delay-reset': duration('how long a reset takes', 0),
  'delay-discard': duration('how long discarding takes', 0),
  'delay-list': duration('how long a listing takes', 0),
  'fail-make': probability('how likely making an instance fails'),
  'fail-check': probability('how likely a check says that an instance is dead'),
  'fail-park': probability('how likely parking one fails'),
  'fail-resume': probability('how likely waking one fails'),
  'fail-reset': probability('how likely a reset fails'),
  'fail-discard': probability('how likely discarding fails'),
  'fail-list': probability('how likely a listing fails'),
  'fail-how': choice(
    'whether a verb that fails does nothing, or its work all the same',
    ['before', 'after'],
    'before',
  ),
  park: flag('its instances are parked while they are cached: nothing can run there'),
  lose: probability('how likely an instance is lost right after it was made'),
  keep: probability('how likely the backend keeps what it says it discarded'),
};

type Sim = SettingsOf<typeof keys>;

export const sim = defineType<typeof keys>({
  name: 'sim',
  summary: "instances that exist only as files, with a real backend's manners",
  keys,
  capabilities: ({bind, park}) => ({
    isolation: 'none',
    sharesFiles: true,
    reset: true,
    survivesReboot: true,
    imports: bind ? 'bind' : 'copy',
    root: 'caller',
    network: 'shared',
    reboot: false,
    park,
  }),
  identify: (instance) => ({path: pathOf(instance)}),
  async make(instance) {
    const root = rootOf(instance);
    await behave(instance, 'make', {program: 'mkdir', words: ['-p', root]});
    if (isLikely(instance.settings.lose)) removeTree(pathOf(instance));
    return {};
  },
  runScript: (instance) =>
    scriptOnThisMachine(
      instance,
      `cd ${quote(rootOf(instance))} || crcache_fail '${instance.name} is gone'\nHOME=$PWD; export HOME\n${execHere('$PWD')}`,
    ),
  probe: ({settings}) => Promise.resolve(settings.cores === 0 ? effectiveCores() : settings.cores),
  async check(instance) {
    const isBad = await behave(instance, 'check').then(
      () => false,
      () => true,
    );
    return !isBad && (isDirectory(rootOf(instance)) || isDirectory(parkedOf(instance)));
  },
  checkpoint: (instance) => fill(`${pathOf(instance)}/checkpoint`, rootOf(instance)),
  endAll: endLocalProcesses,
  async bind(instance, imports) {
    for (const each of imports) await bindDirectory(instance, each, pathOf(instance));
  },
  async unbind(instance, imports) {
    for (const {remote} of [...imports].reverse()) {
      await unbindDirectory(instance, remote, pathOf(instance));
    }
  },
  async park(instance) {
    await behave(instance, 'park');
    renameIfThere(rootOf(instance), parkedOf(instance));
  },
  async resume(instance) {
    await behave(instance, 'resume');
    renameIfThere(parkedOf(instance), rootOf(instance));
  },
  async reset(instance) {
    await behave(instance, 'reset');
    if (!isDirectory(pathOf(instance))) throw gone(instance);
    removeTree(rootOf(instance));
    await fill(rootOf(instance), `${pathOf(instance)}/checkpoint`);
  },
  async discard(instance) {
    if (isLikely(instance.settings.keep)) return;
    const [mount] = mountsIn(pathOf(instance));
    if (mount !== undefined) throw new CrcacheError('failed', `'${mount}' is still mounted`);
    await behave(instance, 'discard', {program: 'rm', words: ['-rf', pathOf(instance)]});
  },
  async list(facts) {
    await behave(facts, 'list');
    return listNames(backendOf(facts)).flatMap((entry) => {
      const [, name, incarnation] = /^(.+)\.([a-z0-9]+)$/.exec(entry) ?? [];
      if (name === undefined || incarnation === undefined) return [];
      return name.startsWith(`${facts.source}-`)
        ? [{name, incarnation, handle: {path: `${backendOf(facts)}/${entry}`}}]
        : [];
    });
  },
});

/** Where the instances of one state directory are. */
function backendOf({
  settings,
  surroundings,
  storeId,
}: SourceFacts<Sim> | InstanceFacts<Sim>): string {
  const {stateDirectory} = surroundings;
  const backend = settings.backend ?? `${dirname(stateDirectory)}/crcache-sim`;
  return `${backend}/${storeId}`;
}

function pathOf(instance: InstanceFacts<Sim>): string {
  const {name, incarnation, handle} = instance;
  return handle['path'] ?? `${backendOf(instance)}/${name}.${incarnation}`;
}

function rootOf(instance: InstanceFacts<Sim>): string {
  return `${pathOf(instance)}/root`;
}

/** Where its root is while it is parked. */
function parkedOf(instance: InstanceFacts<Sim>): string {
  return `${pathOf(instance)}/parked`;
}

interface Work {
  readonly program: string;
  readonly words: readonly string[];
}

/**
 * Takes the time, and fails as often, as the source says. A verb with a delay does its work in a process of its own,
 * as the tools of real backends do: it may outlive whoever asked for it.
 */
async function behave(
  facts: SourceFacts<Sim> | InstanceFacts<Sim>,
  verb: Verb,
  work?: Work,
): Promise<void> {
  const {settings, surroundings} = facts;
  const isFailing = isLikely(settings[`fail-${verb}`]);
  if (isFailing && settings['fail-how'] === 'before') throw failed(verb);
  const delay = String(settings[`delay-${verb}`] / 1000);
  const words = work === undefined ? ['true'] : [work.program, ...work.words];
  if (delay !== '0') {
    await surroundings.runTool('sh', ['-c', 'sleep "$0" && exec "$@"', delay, ...words]);
  } else if (work !== undefined) {
    doAtOnce(work);
  }
  if (isFailing) throw failed(verb);
}

function doAtOnce({program, words}: Work): void {
  const target = words.at(-1) ?? '';
  if (program === 'mkdir') makeDirectory(target);
  else removeTree(target);
}

/** Makes a directory with what is in another one. */
async function fill(directory: string, from: string): Promise<void> {
  if (listNames(from).length > 0) await copyTree(from, directory);
  else makeDirectory(directory);
}

function isLikely(chance: number): boolean {
  return Math.random() < chance;
}

function failed(verb: Verb): CrcacheError {
  return new CrcacheError(
    'failed',
    `sim: '${verb}' fails, as fail-${verb}= in source.conf wants it`,
  );
}

function gone({name}: InstanceFacts): CrcacheError {
  return new CrcacheError('failed', `sim: '${name}' is gone`);
}
