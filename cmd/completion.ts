import type {Command} from '../lib/cli/command.js';
import {shells} from '../lib/cli/completion/shells.js';

export const completion: Command = {
  name: 'completion',
  kind: 'porcelain',
  summary: "print the script that completes crcache's words in a shell",
  description: [
    'The script completes commands, programs crcache-NAME on the PATH, options and their values, and the names of sources, instances and types. The names are read from the state directory and the configuration as files; crcache itself is not started.',
    'Put the line of your shell, below, into its start-up file: ~/.bashrc, ~/.zshrc (after compinit), or ~/.config/fish/config.fish.',
  ],
  operands: [{name: 'SHELL', choices: shells, summary: 'the shell that is to learn it'}],
  options: [],
  examples: [
    {line: 'eval "$(crcache completion bash)"', means: 'complete in this bash, from here on'},
    {line: 'eval "$(crcache completion zsh)"', means: 'the same in zsh'},
    {line: 'crcache completion fish | source', means: 'the same in fish'},
  ],
  async run({commands, stdout}, {operands: [word]}) {
    const {renderCompletion} = await import('../lib/cli/completion/render.js');
    const {typeNames} = await import('../lib/operation/known-types.js');
    const shell = shells.find((name) => name === word) ?? 'bash';
    await stdout.write(renderCompletion(shell, {commands, types: typeNames}));
    return undefined;
  },
};
