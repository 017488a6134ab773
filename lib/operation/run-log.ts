// run --log: what was run in an instance, and how it ended, in files of its directory: `runs/N`.
//
// Values of variables that were set for the command are not written down: they are where passwords stand.

import {makeDirectory, listNames, renameToFree, writeWhole} from '../files.js';
import {sourceNameOf} from '../instance.js';
import {safe} from '../output/safe.js';
import {growFile} from '../pieces.js';
import {newNonce} from '../store/worker.js';
import type {Cache} from './cache.js';
import {settingsOf, type RunRequest} from './run.js';
import type {Ending} from './status-file.js';
import type {Reader} from './supervise.js';
import {usableInstance} from './usable.js';

export interface RunLog extends Reader {
  readonly end: (ending: Ending) => void;
}

/** Begins the record of a command; what it prints is handed on to `output`. */
export function beginLog(cache: Cache, request: RunRequest, output: Reader): RunLog {
  const {instance} = usableInstance(cache, request.instance);
  const {words, line} = request;
  const argv = line === undefined ? words : ['sh', '-c', line, 'sh', ...words];
  const directory = makeRun(`${instance.facts.directory}/runs`, {
    argv: argv.map((word) => `${word}\0`).join(''),
    env: settingsOf(cache, request)
      .map((setting) => `${setting.slice(0, setting.indexOf('='))}=(hidden)\n`)
      .join(''),
    started: `${cache.around.now().toISOString()}\n`,
  });
  const files = {stdout: growFile(`${directory}/stdout`), stderr: growFile(`${directory}/stderr`)};
  return {
    stdout: async (piece) => {
      files.stdout.write(piece);
      await output.stdout(piece);
    },
    stderr: async (piece) => {
      files.stderr.write(piece);
      await output.stderr(piece);
    },
    end: ({status, why}) => {
      files.stdout.close();
      files.stderr.close();
      writeWhole(`${directory}/ended`, `${cache.around.now().toISOString()}\n`);
      writeWhole(`${directory}/status`, `${String(status)}\n`);
      const how =
        why === 'exited' ? `status ${String(status)}` : `${why}, status ${String(status)}`;
      const {state} = cache.source(sourceNameOf(instance.name));
      const ran = argv.map(safe).join(' ');
      state.note({
        instance: instance.name,
        from: 'in-use',
        to: 'in-use',
        why: `ran ${ran === '' ? 'a shell' : ran}: ${how}: ${directory}`,
      });
    },
  };
}

/** Makes the directory of a run under the next free number, with these files in it. */
function makeRun(runs: string, files: Readonly<Record<string, string>>): string {
  const prepared = `${runs}/new.${newNonce()}`;
  makeDirectory(prepared);
  for (const [name, text] of Object.entries(files)) writeWhole(`${prepared}/${name}`, text);
  const last = Math.max(0, ...listNames(runs).map(Number).filter(Number.isInteger));
  for (let number = last + 1; ; number++) {
    const directory = `${runs}/${String(number)}`;
    if (renameToFree(prepared, directory)) return directory;
  }
}
