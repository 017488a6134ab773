// What a shell completes: the shell itself is started, and asked with a script of crcache's.

import type {Shell} from '../../lib/cli/completion/shells.js';
import type {Sandbox} from './sandbox.js';

/** Asks for the words that may stand for the last one of a line; ':file' and the like where it asks the shell. */
export async function complete(
  t: Sandbox,
  shell: Shell,
  {script, line}: {readonly script: string; readonly line: string},
): Promise<readonly string[]> {
  t.needs(shell);
  const file = t.write(`completion.${shell}`, script);
  const {stdout, stderr} = await askers[shell](t, file, line);
  if (stderr !== '') throw new Error(`${shell} says: ${stderr}`);
  const words = stdout.split('\n').filter((word) => word !== '');
  return words.map((word) => word.trim()).sort();
}

type Asker = (
  t: Sandbox,
  file: string,
  line: string,
) => Promise<{readonly stdout: string; readonly stderr: string}>;

const askers: Readonly<Record<Shell, Asker>> = {
  bash: (t, file, line) => t.run('bash', ['--norc', '-c', askBash, 'ask', file, ...broken(line)]),
  fish: (t, file, line) => t.run('fish', ['--no-config', '-c', askFish, '--', file, line]),
  zsh: (t, file, line) => t.run('zsh', ['-f', '-c', askZsh, 'ask', file, ...line.split(' ')]),
};

/** The words of a line as bash takes them apart. */
function broken(line: string): readonly string[] {
  return line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/(?==)|(?<==)/)));
}

const askBash = `
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }
_crcache
[ "\${#COMPREPLY[@]}" -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"
`;

// The functions of zsh's completion system work only in its line editor; these say what they were asked.
const askZsh = `
compdef() { :; }
compset() { case $1 in -P) PREFIX=\${PREFIX#*=} ;; esac; }
_files() { print -r -- \${\${1:+directories}:-files} "\${PREFIX}"; }
_normal() { print -r -- verbatim "$words[1,CURRENT]"; }
_describe() {
  local word
  for word in "\${offers[@]}"; do
    word=\${word%%:*}
    [[ $word == "$PREFIX"* ]] && print -r -- "$word"
  done
}
. "$1"; shift
words=("$@") CURRENT=$# PREFIX=\${@[-1]}
_crcache
true
`;

const askFish = `
source $argv[1]
complete -C $argv[2] | string replace -r '\\t.*' ''
`;
