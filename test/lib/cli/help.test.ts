import * as assert from 'uvu/assert';
import type {CommandTable} from '../../../lib/cli/command.js';
import {optionForms, renderHelp, synopsis} from '../../../lib/cli/help.js';
import {suite} from '../../helpers/suite.js';

const test = suite('help text');

const table: CommandTable = {
  name: 'run',
  aliases: ['do'],
  kind: 'porcelain',
  summary: 'run a command',
  description: ['Runs a command.'],
  operands: [
    {name: 'NAME', summary: 'where'},
    {name: 'COMMAND', optional: true, verbatim: true, summary: 'what'},
  ],
  options: [
    {name: 'colour', value: 'WHEN', choices: ['always', 'never'], summary: 'use colours'},
    {name: 'a-very-long-name-of-an-option', value: 'VALUE', summary: 'it has a line of its own'},
    {name: 'set', value: 'KEY', repeats: true, summary: 'set a key'},
    {name: 'long', summary: 'a text that has more words than there is room for in one line of it'},
  ],
  examples: [{line: 'crcache run pool-0 true', means: 'do nothing'}],
};

test('shows usage, operands, options, and an example', () => {
  const text = renderHelp(table);
  for (const part of [
    'usage: crcache run [OPTION...] NAME [COMMAND...]\n',
    'run: run a command\n',
    'also: do\n',
    'operands\n   NAME                      where\n',
    '   --colour WHEN             use colours (always, never)\n',
    '   --set KEY                 set a key; may be given several times\n',
    '   -s, --source SOURCE       the source to use',
    'examples\n   crcache run pool-0 true   do nothing\n',
  ]) {
    assert.ok(text.includes(part), `'${part}' is not in:\n${text}`);
  }
});

test('keeps to 80 columns', () => {
  for (const line of renderHelp(table).split('\n')) assert.ok(line.length <= 80, line);
});

test('leaves out what a command has not', () => {
  const text = renderHelp({...table, operands: [], options: [], aliases: []});
  assert.not.match(text, /^(operands|options|also:.*)$/m, text);
});

test('writes titles as it is told to', () => {
  assert.match(
    renderHelp(table, (title) => `<${title}>`),
    /^<options of every command>$/m,
  );
});

test('a synopsis shows what may be left out and what may be repeated', () => {
  assert.is(synopsis(table), 'crcache run [OPTION...] NAME [COMMAND...]');
  const one = {...table, options: [], operands: [{name: 'N', repeats: true, summary: 'it'}]};
  assert.is(synopsis(one), 'crcache run N...');
});

test('an option is shown in all its forms', () => {
  const option = {name: 'wait', summary: 'wait'};
  assert.is(optionForms(option), '--wait');
  assert.is(optionForms({...option, short: 'w'}), '-w, --wait');
  assert.is(optionForms({...option, value: 'N'}), '--wait N');
  assert.is(optionForms({...option, value: 'N', valueIsOptional: true}), '--wait[=N]');
});
