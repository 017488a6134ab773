// The list of all commands.
//
// To add a command: write cmd/NAME.ts with its table and `run` (any file here shows how), add it below in
// its place of the alphabet, and run `npm run man`. test/commands.test.ts notices what is forgotten.

import type {Command} from '../lib/cli/command.js';
import {acquire} from './acquire.js';
import {barrier} from './barrier.js';
import {checkInstance} from './check-instance.js';
import {checkSource} from './check-source.js';
import {checkType} from './check-type.js';
import {commands as commandList} from './commands.js';
import {completion} from './completion.js';
import {cp} from './cp.js';
import {discardInstance} from './discard-instance.js';
import {doctor} from './doctor.js';
import {drainSource} from './drain-source.js';
import {explain} from './explain.js';
import {fsck} from './fsck.js';
import {gc} from './gc.js';
import {help} from './help.js';
import {jobs} from './jobs.js';
import {kill} from './kill.js';
import {init} from './init.js';
import {inventory} from './inventory.js';
import {listInstances} from './list-instances.js';
import {listSources} from './list-sources.js';
import {locateInstance} from './locate-instance.js';
import {log} from './log.js';
import {output} from './output.js';
import {packFilesCommand} from './pack-files.js';
import {provisionInstance} from './provision-instance.js';
import {quickstart} from './quickstart.js';
import {release} from './release.js';
import {renew} from './renew.js';
import {resetInstance} from './reset-instance.js';
import {rsh} from './rsh.js';
import {run} from './run.js';
import {runHooks} from './run-hooks.js';
import {serveAutopkgtest} from './serve-autopkgtest.js';
import {shell} from './shell.js';
import {showInstance} from './show-instance.js';
import {showSource} from './show-source.js';
import {sshConfig} from './ssh-config.js';
import {status} from './status.js';
import {sync} from './sync.js';
import {unpackFilesCommand} from './unpack-files.js';
import {wait} from './wait.js';
import {withCommand} from './with.js';
import {wrapCommand} from './wrap-command.js';

export const commands: readonly Command[] = [
  acquire,
  barrier,
  checkInstance,
  checkSource,
  checkType,
  commandList,
  completion,
  cp,
  discardInstance,
  doctor,
  drainSource,
  explain,
  fsck,
  gc,
  help,
  init,
  inventory,
  jobs,
  kill,
  listInstances,
  listSources,
  locateInstance,
  log,
  output,
  packFilesCommand,
  provisionInstance,
  quickstart,
  release,
  renew,
  resetInstance,
  rsh,
  run,
  runHooks,
  serveAutopkgtest,
  shell,
  showInstance,
  showSource,
  sshConfig,
  status,
  sync,
  unpackFilesCommand,
  wait,
  withCommand,
  wrapCommand,
];
