// Completion for shells, from the tables of the commands. What may be completed is worked out by one
// script of POSIX sh, the same for all shells (engine.ts); each shell has a few lines of its own
// that ask it. Node does not start: names of sources and instances are names of files.

import type {CommandTable} from '../command.js';
import type {Shell} from './shells.js';
import {renderBash} from './bash.js';
import {renderEngine} from './engine.js';
import {renderFish} from './fish.js';
import {renderZsh} from './zsh.js';

const renderers: Readonly<Record<Shell, (engine: string) => string>> = {
  bash: renderBash,
  fish: renderFish,
  zsh: renderZsh,
};

/** The script that teaches a shell to complete crcache's words. */
export function renderCompletion(shell: Shell, commands: readonly CommandTable[]): string {
  return renderers[shell](renderEngine(commands));
}
