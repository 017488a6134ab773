// What documents show of a shell: lines that begin with '$ ' are typed ('> ' goes on with one), the others are what is
// printed then. In these '...' stands for anything on its line, and alone on a line for any number of lines. A file
// that is shown by cat and is not there yet is made first: so documents show what their readers write with an editor.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {plainBlocks} from './roff.js';
import {repository, type Sandbox} from './sandbox.js';

export interface Step {
  readonly command: string;
  readonly expected: string;
}

/** All that is typed in a manual page or in a document of Markdown, in its order. */
export function sessionOf(file: string): readonly Step[] {
  const text = readFileSync(`${repository}/${file}`, 'utf8');
  const blocks = file.endsWith('.md')
    ? [...text.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, block = '']) => block)
    : plainBlocks(text);
  return blocks.filter((block) => block.startsWith('$ ')).flatMap(stepsOf);
}

function stepsOf(block: string): readonly Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const lines = part.split('\n');
      const rest = lines.slice(1);
      const end = rest.findIndex((line) => !line.startsWith('> '));
      const more = rest.slice(0, end).map((line) => line.slice(2));
      const command = [lines[0], ...more].join('\n');
      return {command, expected: rest.slice(end).join('\n')};
    });
}

/** Has a user of this machine whom nothing is set up for. */
export function beNewHere(t: Sandbox): void {
  const ours = ['CRCACHE_DIR', 'CRCACHE_CONFIG'];
  for (const name of [...ours, ...Object.keys(t.env).filter((key) => key.startsWith('XDG_'))]) {
    t.env[name] = undefined;
  }
}

/** Types all of it into one shell, and compares what is printed; a command may fail only if 'echo $?' follows. */
export async function follow(t: Sandbox, file: string, cwd: string): Promise<void> {
  const steps = sessionOf(file);
  assert.ok(steps.length > 0, `${file} shows no session`);
  const script = t.write('session', steps.map(codeOf).join('\n'));
  const {stdout, stderr} = await t.run('sh', [script], {cwd});
  assert.is(stderr, '');
  const answers = stdout.split('\x1e\n');
  for (const [n, {command, expected}] of steps.entries()) {
    const [, printed = '', status] = /^([^]*)\x1e([0-9]+)$/.exec(answers[n] ?? '') ?? [];
    const where = `${file} shows of '${command}' what it does not print`;
    if (!patternOf(expected).test(printed)) assert.is(printed, expected, where);
    const isExpected = steps[n + 1]?.command === 'echo $?';
    if (!isExpected) assert.is(status, '0', `'${command}' in ${file}`);
  }
}

/** The code of a step, and of the signs that tell the end of what it has printed and its status. */
function codeOf({command, expected}: Step): string {
  const [, shown] = /^cat (\S+)$/.exec(command) ?? [];
  const made =
    shown === undefined
      ? ''
      : `[ -e ${shown} ] || { mkdir -p "$(dirname ${shown})" && cat >${shown} <<'END-OF-FILE'\n${expected}END-OF-FILE\n}\n`;
  return `(exit "\${status:-0}")\n{ ${made}${command}\n} 2>&1 </dev/null\nstatus=$?; printf '\\036%s\\036\\n' "$status"`;
}

function patternOf(expected: string): RegExp {
  const parts = expected.split(/^\.\.\.\n/m).map((part) => part.split('...').map(literally));
  return new RegExp(`^${parts.map((part) => part.join('.*')).join('(?:.*\\n)*')}$`);
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
