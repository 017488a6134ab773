// Modules of node that take longer to load than a command takes to run: whoever needs one asks for it then.

import type childProcess from 'node:child_process';
import type crypto from 'node:crypto';
import {createRequire} from 'node:module';

interface LateModules {
  readonly 'node:child_process': typeof childProcess;
  readonly 'node:crypto': typeof crypto;
}

export function late<Name extends keyof LateModules>(name: Name): LateModules[Name] {
  return createRequire('/')(name) as LateModules[Name];
}
