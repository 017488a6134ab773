// This machine: `maximum` places on it, each usable as its own. Nothing is made and nothing destroyed.

import {choice} from '../keys.js';
import {effectiveCores} from './cores.js';
import {endLocalProcesses} from './local-processes.js';
import {execHere, scriptOnThisMachine} from './run-script.js';
import {defineType} from './source.js';

export const local = defineType({
  name: 'local',
  summary: 'this machine',
  keys: {
    copy: choice(
      'what cp makes of files: copies, hard links or symlinks',
      ['copy', 'link', 'symlink'],
      'copy',
    ),
  },
  capabilities: ({copy}) => ({
    isolation: 'none',
    sharesFiles: true,
    copies: copy,
    reset: false,
    survivesReboot: true,
    imports: 'copy',
    root: 'caller',
    network: 'shared',
    reboot: false,
    park: false,
  }),
  places: (_settings, maximum) => (maximum === 0 ? 1 : maximum),
  machines: () => 1,
  identify: () => ({}),
  make: () => Promise.resolve({}),
  runScript: (instance) => scriptOnThisMachine(instance, execHere()),
  probe: () => Promise.resolve(effectiveCores()),
  check: () => Promise.resolve(true),
  checkpoint: () => Promise.resolve(),
  endAll: endLocalProcesses,
  reset: () => Promise.resolve(),
  discard: () => Promise.resolve(),
  list: () => Promise.resolve([]),
});
