// A second source like the one that is tried, which keeps an instance when it is released.

import {makeDirectory, makeExecutable, writeWhole} from '../../files.js';
import {removeTree} from '../../trees.js';
import type {Trial} from './trial.js';

/** Its name. */
export const kept = 'kept';

/** Does something while there is this source, with a hook of these phases; it goes with all that it has. */
export async function withKept<Value>(
  trial: Trial,
  hooks: Readonly<Record<string, string>>,
  act: () => Promise<Value>,
): Promise<Value> {
  const {ground, lines} = trial.stage;
  const directory = `${ground}/config/sources/${kept}`;
  makeDirectory(directory);
  for (const [phase, code] of Object.entries(hooks)) {
    makeDirectory(`${directory}/${phase}.d`);
    writeWhole(`${directory}/${phase}.d/10-checked`, `#!/bin/sh\n${code}\n`);
    makeExecutable(`${directory}/${phase}.d/10-checked`);
  }
  writeWhole(`${directory}/source.conf`, [...lines, 'reserve=1', ''].join('\n'));
  try {
    return await act();
  } finally {
    removeTree(directory);
    await trial.releaseAll();
    await trial.call('discard-instance', '-s', kept, '--all', '--force');
  }
}
