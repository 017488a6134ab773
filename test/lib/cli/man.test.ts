import * as assert from 'uvu/assert';
import type {CommandTable} from '../../../lib/cli/command.js';
import {renderMan} from '../../../lib/cli/man.js';
import {suite} from '../../helpers/suite.js';
import type {Sandbox} from '../../helpers/sandbox.js';

const test = suite('manual page');

const table: CommandTable = {
  name: 'acquire',
  aliases: ['get'],
  kind: 'porcelain',
  summary: "get 'an' instance \\ or -- two",
  description: ['.PP is no macro here.', "'So' is this, ~/x, `y` and a^b."],
  operands: [{name: 'COUNT', optional: true, summary: 'how many', choices: ['one', 'two']}],
  options: [
    {name: 'ttl', short: 't', value: 'DURATION', summary: 'how long'},
    {name: 'wait', value: 'SECONDS', valueIsOptional: true, summary: 'wait for one'},
  ],
  examples: [{line: '.crcache acquire \\\n   2', means: 'get two'}],
};

const renew: CommandTable = {...table, name: 'renew'};

const page = renderMan(table, {version: '1.2.3', commands: [table, renew]});

/** The page as a person reads it. */
async function shown(t: Sandbox, text: string = page): Promise<string> {
  t.needs('mandoc');
  const file = t.write('page.1', text);
  const {stdout} = await t.run('mandoc', ['-Tascii', '-Owidth=80', file]);
  return stdout.replace(/.\u0008/g, '').replace(/[ \n]+/g, ' ');
}

test('has its sections in the order of all manuals', () => {
  assert.equal(
    page.split('\n').flatMap((line) => (line.startsWith('.SH ') ? [line.slice(4)] : [])),
    ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO'],
  );
});

test('comes out with the words of the table, whatever signs are in them', async (t) => {
  const text = await shown(t);
  for (const words of [
    "crcache-acquire - get 'an' instance \\ or -- two",
    'crcache acquire [OPTION...] [COUNT]',
    ".PP is no macro here. 'So' is this, ~/x, `y` and a^b.",
    'It is also called get.',
    'COUNT how many (one, two)',
    '-t, --ttl DURATION how long',
    '--wait[=SECONDS] wait for one',
    'Get two: .crcache acquire \\ 2',
    '12 exhausted: the limit is reached',
    'crcache 1.2.3',
  ]) {
    assert.ok(text.includes(words), `'${words}' is not in: ${text}`);
  }
});

test('tells porcelain from plumbing', async (t) => {
  const plumbing = renderMan({...table, kind: 'plumbing'}, {version: '1.2.3', commands: []});
  assert.ok((await shown(t)).includes('This is a porcelain command'));
  assert.ok((await shown(t, plumbing)).includes('This is a plumbing command'));
});

test('refers to commands that serve the same end, if there are such', () => {
  assert.ok(page.endsWith('.SH SEE ALSO\n.BR crcache (1),\n.BR crcache\\-renew (1)\n'));
  const alone = renderMan(table, {version: '1.2.3', commands: [table]});
  assert.ok(alone.endsWith('.SH SEE ALSO\n.BR crcache (1)\n'));
});

test('is the same on every day', () => {
  assert.match(page, /^\.TH CRCACHE\\-ACQUIRE 1 [0-9-]{10} /m);
  assert.is(page, renderMan(table, {version: '1.2.3', commands: [table, renew]}));
});

test('is clean for mandoc and groff, without options and with long texts', async (t) => {
  t.needs('mandoc', 'groff');
  const long = 'a rather long text … ü, '.repeat(20);
  const bare: CommandTable = {
    ...table,
    summary: long,
    operands: [],
    options: [],
    examples: [{line: long, means: long}],
  };
  for (const command of [table, bare]) {
    const file = t.write('page.1', renderMan(command, {version: '1.2.3', commands: []}));
    assert.is((await t.run('mandoc', ['-Tlint', file])).stdout, '');
    assert.is((await t.run('groff', ['-man', '-ww', '-z', file])).stderr, '');
  }
});
