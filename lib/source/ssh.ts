// Hosts behind ssh: each has a number of places, which are found and not made. All commands in a host's places share
// one connection, which the first of them opens and the last one closes (lib/source/ssh/connection.ts).

import {CrcacheError} from '../errors.js';
import {endLocalProcesses} from './local-processes.js';
import {lineAs} from './far/become-there.js';
import {farEndLine, farMarkOf, farWay} from './far-script.js';
import {scriptAround} from './run-script.js';
import {commandLine, configLines} from './ssh/config-lines.js';
import {askHost, close, connect, forgetUsers, functionsOf, notedUsers} from './ssh/connection.js';
import {hostsOf, keys, type Ssh} from './ssh/keys.js';
import {freePlace, givePlaceBack, placesOf} from './ssh/places.js';
import {silentSince} from './ssh/silent.js';
import {defineType, type Handle, type InstanceFacts} from './source.js';

export const ssh = defineType<typeof keys>({
  name: 'ssh',
  summary: 'hosts behind ssh',
  keys,
  needs: [['ssh']],
  capabilities: () => ({
    isolation: 'none',
    sharesFiles: false,
    reset: false,
    survivesReboot: true,
    imports: 'copy',
    root: 'caller',
    network: 'own',
    reboot: false,
    park: false,
  }),
  places: (settings) => hostsOf(settings).length * settings.slots,
  machineOf: hostOf,
  identify: () => ({}),
  make: takePlace,
  runScript: (instance) =>
    scriptAround(
      instance,
      farWay(instance, {
        functions: functionsOf(instance, hostOf(instance)),
        ownStatuses: [255],
        makesTerminal: true,
        directory: instance.settings.cwd,
      }),
    ),
  sshConfig: (instance) => configLines(instance.settings, hostOf(instance)),
  async probe(instance) {
    const {status, stdout} = await askHost(instance, hostOf(instance), 'nproc');
    return status === 0 ? Math.max(1, Number(stdout.trim()) || 1) : 1;
  },
  async check(instance) {
    return 'shell' in (await connect(instance, hostOf(instance)));
  },
  checkpoint: () => Promise.resolve(),
  async endAll(instance) {
    await endLocalProcesses(instance);
    const host = instance.handle['host'];
    if (host === undefined) return; // it was never made
    const answer = await connect(instance, host);
    if ('why' in answer) throw cannotEnd(instance, answer.why);
    const line = farEndLine(farMarkOf(instance));
    const {status} = await askHost(instance, host, line);
    if (status !== 0) throw cannotEnd(instance, `status ${String(status)} of '${host}'`);
    for (const user of notedUsers(instance)) {
      const {status, stderr} = await askHost(instance, host, lineAs(user, line));
      const why = stderr.trim().split('\n').at(-1) ?? '';
      if (status !== 0) throw cannotEnd(instance, why, ` as user '${user}'`);
    }
    forgetUsers(instance);
  },
  reset: () => Promise.resolve(),
  async discard(instance) {
    givePlaceBack(instance);
    await close(instance);
  },
  list: () => Promise.resolve([]),
});

/** Takes the first free place of a host that answers; all that do not are named. */
async function takePlace(instance: InstanceFacts<Ssh>): Promise<Handle> {
  const failures = new Map<string, string>();
  for (const place of placesOf(instance)) {
    if (failures.has(place.host) || !freePlace(instance, place)) continue;
    const answer = await connect(instance, place.host);
    if ('shell' in answer) {
      for (const [host, reason] of failures) {
        instance.surroundings.say(`'${host}' does not answer, and is tried last: ${reason}`);
      }
      return {host: place.host, place: place.name, shell: answer.shell};
    }
    failures.set(place.host, answer.why);
    givePlaceBack(instance);
    await close(instance);
  }
  throw noneFree(instance, failures);
}

/** A place may come free on a host that answers; and one that does not may do so later. */
function noneFree(
  instance: InstanceFacts<Ssh>,
  failures: ReadonlyMap<string, string>,
): CrcacheError {
  const told = [...failures].map(
    ([host, why]) =>
      `'${host}' has not answered since ${silentSince(instance, host) ?? 'a moment'}: ${why}`,
  );
  const [silent] = failures.keys();
  if (silent === undefined) return new CrcacheError('exhausted', 'all places are taken');
  const isAny = hostsOf(instance.settings).some((host) => !failures.has(host));
  return new CrcacheError(
    'exhausted',
    `${isAny ? 'no place is free on a host that answers' : 'no host answers'}: ${told.join('; ')}`,
    isAny ? undefined : `${commandLine(instance.settings, silent)} shows what ssh says`,
  );
}

function hostOf({handle, name}: InstanceFacts<Ssh>): string {
  const host = handle['host'];
  if (host === undefined) throw new CrcacheError('damaged', `'${name}' has no host`);
  return host;
}

function cannotEnd({name}: InstanceFacts<Ssh>, why: string, whose = ''): CrcacheError {
  return new CrcacheError('failed', `cannot end what runs in '${name}'${whose}: ${why}`);
}
