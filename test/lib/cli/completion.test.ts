import {mkdirSync, symlinkSync} from 'node:fs';
import * as assert from 'uvu/assert';
import type {CommandTable} from '../../../lib/cli/command.js';
import {renderCompletion} from '../../../lib/cli/completion/render.js';
import {shells, type Shell} from '../../../lib/cli/completion/shells.js';
import {renderEngine} from '../../../lib/cli/completion/engine.js';
import {complete} from '../../helpers/completing.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('completion');

function command(name: string, table: Partial<CommandTable>): CommandTable {
  return {
    name,
    kind: 'porcelain',
    summary: `what '${name}' does: $(it) \\ "all"`,
    description: [],
    operands: [],
    options: [],
    examples: [{line: `crcache ${name}`, means: 'an example'}],
    ...table,
  };
}

/** Commands that between them take every kind of word. */
const commands: readonly CommandTable[] = [
  command('acquire', {
    operands: [{name: 'COUNT', optional: true, summary: 'how many'}],
    options: [
      {name: 'one-line', short: '1', summary: 'all in one line'},
      {
        name: 'wait',
        value: 'HOW',
        valueIsOptional: true,
        choices: ['long', 'little'],
        summary: 'wait',
      },
      {name: 'ttl', short: 't', value: 'DURATION', summary: 'end by itself'},
    ],
  }),
  command('cp', {
    aliases: ['copy'],
    operands: [
      {name: 'FROM', completes: 'file', summary: 'from where'},
      {name: 'INTO', completes: 'directory', summary: 'to where'},
    ],
  }),
  command('explain', {operands: [{name: 'COMMAND', completes: 'command', summary: 'which'}]}),
  command('paint', {
    operands: [{name: 'COLOUR', choices: ['red', 'rose', 'blue'], summary: 'the colour'}],
    options: [{name: 'gloss', value: 'HOW', choices: ['matt', 'high'], summary: 'how it shines'}],
  }),
  command('discard', {operands: [{name: 'NAME', completes: 'instance', summary: 'which'}]}),
  command('init', {
    options: [{name: 'type', value: 'TYPE', completes: 'type', summary: 'what makes them'}],
  }),
  command('release', {
    operands: [
      {name: 'NAME', optional: true, repeats: true, completes: 'in-use', summary: 'which'},
    ],
  }),
  command('run', {
    operands: [
      {name: 'NAME', orOption: 'source', completes: 'in-use', summary: 'where'},
      {name: 'COMMAND', optional: true, verbatim: true, summary: 'what'},
    ],
    options: [{name: 'env', short: 'e', value: 'KEY=VALUE', repeats: true, summary: 'a variable'}],
  }),
];

const types = ['local', 'sim', 'ssh'];

interface Case {
  readonly line: string;
  readonly words: readonly string[];
  /** What bash answers where it replaces less than the whole word. */
  readonly inBash?: readonly string[];
  readonly inZsh?: readonly string[];
}

const pools: Case['words'] = ['pool', 'project', 'puddle'];

const cases: Readonly<Record<string, Case>> = {
  'commands by their beginning': {line: 'crcache re', words: ['release']},
  'other names of commands': {line: 'crcache cop', words: ['copy']},
  'programs crcache-NAME on the PATH, and none that is a type': {
    line: 'crcache so',
    words: ['something'],
  },
  'commands after options that take values': {line: 'crcache -q -s pool re', words: ['release']},
  'options before the command': {line: 'crcache --v', words: ['--verbose', '--version']},
  "a command's own options": {line: 'crcache acquire --o', words: ['--one-line']},
  'options of every command, after its name': {line: 'crcache copy --st', words: ['--state-dir']},
  'no options that only the program has, after a command': {
    line: 'crcache acquire --ve',
    words: ['--verbose'],
  },
  'no options after two dashes': {line: 'crcache release -- --ver', words: []},
  'sources of all roots of configuration, and local': {
    line: 'crcache --source l',
    words: ['lake', 'local'],
  },
  'sources by the short option': {line: 'crcache acquire -s p', words: pools},
  'sources by an option in a cluster': {line: 'crcache acquire -1qs p', words: pools},
  'sources after an equals sign': {
    line: 'crcache acquire --source=p',
    words: pools.map((name) => `--source=${name}`),
    inBash: pools,
    inZsh: pools,
  },
  'one of few words as an operand': {line: 'crcache paint r', words: ['red', 'rose']},
  "one of few words as an option's value": {line: 'crcache paint --gloss m', words: ['matt']},
  'one of few words as a value that may be left out': {
    line: 'crcache acquire --wait=li',
    words: ['--wait=little'],
    inBash: ['little'],
    inZsh: ['little'],
  },
  'no value after an option whose value may be left out, but the next operand': {
    line: 'crcache acquire --wait l',
    words: [],
  },
  'nothing for a value that nobody can guess': {line: 'crcache acquire --ttl ', words: []},
  'instances in use, cached and broken': {
    line: 'crcache discard p',
    words: ['pool-0', 'pool-2', 'puddle-1', 'puddle-3'],
  },
  'instances in use alone': {line: 'crcache release ', words: ['pool-0', 'pool-2']},
  'instances as often as the operand repeats': {
    line: 'crcache release pool-0 pool-2',
    words: ['pool-2'],
  },
  'types of its own, and those on the PATH': {
    line: 'crcache init --type s',
    words: ['sim', 'sort', 'ssh'],
  },
  'instances after an option': {line: 'crcache run -e A=1 pool-0', words: ['pool-0']},
  'instances after an option with its value joined to it': {
    line: 'crcache run -eA=1 pool-0',
    words: ['pool-0'],
  },
  "no instances of a state directory that is another's": {
    line: 'crcache --state-dir elsewhere release ',
    words: ['sea-0'],
  },
  'sources of a configuration that is named on the line': {
    line: 'crcache --config-dir=own -s ow',
    words: ['owned'],
  },
  'names of commands as an operand': {line: 'crcache explain ex', words: ['explain']},
  'nothing once all operands are there': {line: 'crcache paint red ', words: []},
};

/** A state directory and configurations with sources and instances in them, and a program on the PATH. */
function furnish(t: Sandbox): void {
  const directories = [
    'state/sources/pool/in-use',
    'state/sources/puddle/cached',
    'state/sources/puddle/broken',
    'elsewhere/sources/sea/in-use',
    'config/sources/lake',
    'own/sources/owned',
    '.crcache/sources/project',
    '.crcache/sources/$(touch evil)',
    '.crcache/sources/p`touch evil`',
  ];
  for (const directory of directories) mkdirSync(`${t.dir}/${directory}`, {recursive: true});
  const places = [
    'state/sources/pool/in-use/pool-0',
    'state/sources/pool/in-use/pool-2',
    'state/sources/puddle/cached/puddle-1',
    'state/sources/puddle/broken/puddle-3',
    'elsewhere/sources/sea/in-use/sea-0',
  ];
  for (const place of places) symlinkSync('nowhere', `${t.dir}/${place}`);
  t.write('bin/crcache-something', '#!/bin/sh\n', 0o700);
  t.write('bin/crcache-sobbing', 'not executable\n');
  t.write('bin/crcache-source-sort', '#!/bin/sh\n', 0o700);
  t.write('bin/crcache-release', '#!/bin/sh\n', 0o700);
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
}

function ask(t: Sandbox, shell: Shell, line: string): Promise<readonly string[]> {
  return complete(t, shell, {script: renderCompletion(shell, {commands, types}), line});
}

for (const shell of shells) {
  for (const [what, {line, words, inBash, inZsh}] of Object.entries(cases)) {
    const other = {bash: inBash, fish: undefined, zsh: inZsh}[shell];
    test(`${shell} completes ${what}`, async (t) => {
      furnish(t);
      assert.equal(await ask(t, shell, line), [...(other ?? words)].sort());
    });
  }

  test(`${shell} evaluates no name that it finds`, async (t) => {
    furnish(t);
    await ask(t, shell, 'crcache -s ');
    assert.not.ok((await t.run('ls', [])).stdout.includes('evil'));
  });
}

/** Where another program's words begin, the shell completes as if there were nothing before them. */
const handedOver: Readonly<Record<Shell, (t: Sandbox, line: string) => Promise<boolean>>> = {
  bash: async (t, line) =>
    (await ask(t, 'bash', `${line} crcache-som`)).includes('crcache-something'),
  fish: async (t, line) =>
    (await ask(t, 'fish', `${line} crcache-som`)).includes('crcache-something'),
  zsh: async (t, line) => (await ask(t, 'zsh', `${line} crca`)).includes('verbatim crca'),
};

for (const shell of shells) {
  for (const line of ['crcache run pool-0', 'crcache run -s pool', 'crcache run pool-0 --']) {
    test(`${shell} completes a program after '${line}'`, async (t) => {
      furnish(t);
      assert.ok(await handedOver[shell](t, line));
    });
  }

  test(`${shell} completes files and directories where they are meant`, async (t) => {
    furnish(t);
    t.write('there is/one', '');
    t.write('there', '');
    const files = await ask(t, shell, 'crcache cp the');
    const directories = await ask(t, shell, 'crcache cp x the');
    if (shell === 'zsh') {
      assert.equal([...files, ...directories], ['files the', 'directories the']);
    } else {
      assert.is(files.length, 2);
      assert.is(directories.length, 1);
      assert.match(directories[0] ?? '', /^there.* is/);
    }
  });
}

test('zsh, in its line editor, completes the one command that fits', async (t) => {
  t.needs('zsh');
  t.write('completion.zsh', renderCompletion('zsh', {commands, types}));
  const {stdout} = await t.run('zsh', ['-f', '-c', inLineEditor, 'ask', t.dir]);
  assert.match(stdout, /got: paint --gloss matt/);
});

/** Types a line with tabs into a zsh on a terminal of its own, where crcache prints its arguments. */
const inLineEditor = String.raw`
zmodload zsh/zpty
zpty editor TERM=dumb PS1= zsh -f -i
zpty -w editor "crcache() { print -r got: \"\$@\"; }; autoload -Uz compinit; compinit -u -d $1/dump; . $1/completion.zsh; print rea''dy"
zpty -r editor line '*ready*'
zpty -w -n editor $'crcache pai\t--glo\tm\t\n'
zpty -r editor line '*got:*matt*'
print -r -- "$line"
zpty -d editor
`;

test('each script is read by its shell without a complaint', async (t) => {
  for (const shell of shells) {
    t.needs(shell);
    const file = t.write(`script.${shell}`, renderCompletion(shell, {commands, types}));
    const {status, stderr} = await t.run(shell, ['-n', file]);
    assert.is(stderr, '');
    assert.is(status, 0);
  }
});

test('the part for all shells is sound for shellcheck', async (t) => {
  t.needs('shellcheck');
  const file = t.write('engine.sh', renderEngine({commands, types}));
  const {stdout} = await t.run('shellcheck', ['-s', 'sh', '-S', 'warning', file]);
  assert.is(stdout, '');
});
