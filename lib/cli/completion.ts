// Completion for shells, from the tables of the commands. What may be completed is worked out by one
// script of POSIX sh, the same for all shells (completion/engine.ts); each shell has a few lines of its own
// that ask it. Node does not start: names of sources and instances are names of files.

import {renderBash} from './completion/bash.js';
import {renderEngine} from './completion/engine.js';
import {renderFish} from './completion/fish.js';
import {renderZsh} from './completion/zsh.js';
import type {CommandTable} from './command.js';

export const shells = ['bash', 'fish', 'zsh'] as const;

export type Shell = (typeof shells)[number];

const renderers: Readonly<Record<Shell, (engine: string) => string>> = {
  bash: renderBash,
  fish: renderFish,
  zsh: renderZsh,
};

/** The script that teaches a shell to complete crcache's words. */
export function renderCompletion(shell: Shell, commands: readonly CommandTable[]): string {
  return renderers[shell](renderEngine(commands));
}
