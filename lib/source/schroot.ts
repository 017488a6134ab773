// Sessions of the chroots that this machine's schroot has been given: one for each instance, begun, recovered and ended by
// schroot. Whoever may use a chroot by schroot may have instances of it.

import {CrcacheError} from '../errors.js';
import {effectiveCores} from './cores.js';
import {orUndefined, readLink} from '../files.js';
import {idOf, listedIn} from './ids.js';
import {endLocalProcesses} from './local-processes.js';
import {keepChanges, restoreChanges} from './schroot/checkpoint.js';
import {hasTreesOfItsOwn, isPlain} from './schroot/definition.js';
import {schrootKeys, type SchrootInstance} from './schroot/keys.js';
import {
  beginFirstSession,
  beginSession,
  endSession,
  hasSession,
  listSessions,
  locationOf,
} from './schroot/session.js';
import {schrootScript} from './schroot/way.js';
import {needSignals} from './signal-defaults.js';
import {defineType} from './source.js';

export const schroot = defineType<typeof schrootKeys>({
  name: 'schroot',
  summary:
    "sessions of the chroots that this machine's schroot knows; they need /proc and /dev, as its profiles give them",
  keys: schrootKeys,
  needs: [['schroot']],
  obstacle: needSignals,
  capabilities: ({chroot, user}) => ({
    isolation: hasTreesOfItsOwn(chroot) ? 'root' : 'none',
    sharesFiles: false,
    reset: hasTreesOfItsOwn(chroot),
    survivesReboot: true,
    imports: 'copy',
    root: user === undefined ? 'caller' : user === 'root',
    network: 'shared',
    reboot: false,
    park: false,
  }),
  identify: (instance) => ({id: idOf(instance)}),
  async make(instance) {
    const {chroot} = instance.settings;
    if (!isPlain(chroot)) return {location: await beginFirstSession(instance)};
    throw new CrcacheError(
      'failed',
      `chroot '${chroot}' is of type plain, of which schroot has no sessions`,
      'type=directory in its definition: see schroot.conf(5)',
    );
  },
  runScript: schrootScript,
  filesAt: (instance) =>
    (instance.settings.user ?? 'root') === 'root' ? locationOf(instance) : undefined,
  probe: () => Promise.resolve(effectiveCores()),
  check: hasSession,
  async checkpoint(instance, {isAsMade}) {
    if (isAsMade) return;
    await endAll(instance);
    await keepChanges(instance);
  },
  endAll,
  async reset(instance) {
    await endAll(instance);
    await endSession(instance);
    await beginSession(instance);
    await restoreChanges(instance);
  },
  async discard(instance) {
    await endAll(instance);
    await endSession(instance);
  },
  list: async (source) =>
    (await listSessions(source)).flatMap((line) => listedIn(line.replace(/^session:/, ''), source)),
});

/** Ends all that runs in it, also such as cleared every mark of theirs: by their root they are known. */
function endAll(instance: SchrootInstance): Promise<void> {
  return endLocalProcesses(instance, (among) => {
    const location = locationOf(instance);
    return location === undefined ? [] : among.filter((pid) => rootOf(pid) === location);
  });
}

/** Where a process has its root; undefined where it is gone, or another user's. */
function rootOf(pid: number): string | undefined {
  const link = (): string | undefined => readLink(`/proc/${String(pid)}/root`);
  return orUndefined(link, 'EACCES', 'EPERM', 'ESRCH');
}
