// The list of all commands.
//
// To add a command: write cmd/NAME.ts with its table and `run` (any file here shows how), add it below in
// its place of the alphabet, and run `npm run man`. test/commands.test.ts notices what is forgotten.

import type {Command} from '../lib/cli/command.js';
import {commands as commandList} from './commands.js';
import {completion} from './completion.js';
import {help} from './help.js';
import {quickstart} from './quickstart.js';

export const commands: readonly Command[] = [commandList, completion, help, quickstart];
