// Completion for shells, from the tables of the commands. What may be completed is worked out by one
// script of POSIX sh, the same for all shells (engine.ts); each shell has a few lines of its own
// that ask it. Node does not start: names of sources and instances are names of files.

import type {Shell} from './shells.js';
import {renderBash} from './bash.js';
import {renderEngine, type Vocabulary} from './engine.js';
import {renderFish} from './fish.js';
import {renderZsh} from './zsh.js';

const renderers: Readonly<Record<Shell, (engine: string) => string>> = {
  bash: renderBash,
  fish: renderFish,
  zsh: renderZsh,
};

/** The script that teaches a shell to complete crcache's words. */
export function renderCompletion(shell: Shell, vocabulary: Vocabulary): string {
  return renderers[shell](renderEngine(vocabulary));
}
