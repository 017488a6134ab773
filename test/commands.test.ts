import {readdirSync, readFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {commands} from '../cmd/table.js';
import {renderCompletion} from '../lib/cli/completion/render.js';
import {exitStatus} from '../lib/cli/exit-status.js';
import {findCommand} from '../lib/cli/find-command.js';
import {globalOptions, programOptions} from '../lib/cli/global-options.js';
import {optionForms} from '../lib/cli/help.js';
import {manualDate, renderMan} from '../lib/cli/man.js';
import {chapters} from '../lib/cli/overview.js';
import {renderSourceConf} from '../lib/cli/man-source-conf.js';
import {parseArguments, parseInvocation} from '../lib/cli/parse.js';
import {roffBold, roffUsage} from '../lib/cli/roff.js';
import {commonKeys} from '../lib/config/common-keys.js';
import {rootKeys} from '../lib/config/crcache-conf.js';
import {types} from '../lib/source/registry.js';
import {complete} from './helpers/completing.js';
import {repository} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';

const test = suite('all commands');

const names = commands.map(({name}) => name);
const read = (file: string): string => readFileSync(`${repository}/${file}`, 'utf8');
const {version, man} = JSON.parse(read('package.json')) as {version: string; man: string[]};

test('the list is in the order of the alphabet, and each name stands in it once', () => {
  assert.equal(names, [...new Set(names)].sort());
  const words = commands.flatMap(({name, aliases = []}) => [name, ...aliases]);
  assert.is(new Set(words).size, words.length, 'a name and an alias are the same');
});

test('each file of cmd/ is a command of the list, and each command has its file', () => {
  const files = readdirSync(`${repository}/cmd`).filter((file) => file.endsWith('.ts'));
  const own = files.filter((file) => file !== 'main.ts' && file !== 'table.ts');
  assert.equal(own.map((file) => file.replace(/\.ts$/, '')).sort(), names, 'see cmd/table.ts');
});

test('each command has its manual page, and no page is of a command that is gone', () => {
  const pages = readdirSync(`${repository}/man`).filter((page) => /^crcache-.*\.1$/.test(page));
  const expected = names.map((name) => `crcache-${name}.1`);
  assert.equal(pages.sort(), expected.sort(), 'npm run man writes them');
});

for (const command of commands) {
  const {name} = command;

  test(`the manual page of '${name}' says what its table says`, () => {
    const page = read(`man/crcache-${name}.1`).split('\n');
    const expected = renderMan(command, {version, commands}).split('\n');
    const differing = expected.findIndex((line, index) => line !== page[index]);
    assert.is(page[differing], expected[differing], 'npm run man writes it anew');
    assert.is(page.length, expected.length, 'npm run man writes it anew');
  });

  test(`summaries of '${name}' begin in lower case and end without a full stop`, () => {
    const all = [command, ...command.operands, ...command.options].map(({summary}) => summary);
    for (const summary of all) assert.match(summary, /^[^A-Z].*[^.]$/);
    for (const {means} of command.examples) assert.match(means, /^[^A-Z].*[^.]$/);
  });

  test(`paragraphs of '${name}' are sentences`, () => {
    assert.ok(command.description.length > 0);
    for (const text of command.description) assert.match(text, /^[A-Z-].*[.:]$/);
  });

  test(`examples of '${name}' use it, as it can be used`, () => {
    assert.ok(command.examples.some(({line}) => line.includes(name)));
    for (const {line} of command.examples) {
      // Lines with signs of the shell mean more than their words.
      const words = line.split(' ');
      if (words[0] !== 'crcache' || /["'$|;&<>`\\(]/.test(line)) continue;
      const {word = '', before, rest} = parseInvocation(words.slice(1));
      const used = findCommand(commands, word);
      if (used !== undefined) parseArguments(used, rest, before);
    }
  });
}

test('each page that a command leads to is there', () => {
  for (const {name, seeAlso = []} of commands) {
    for (const page of seeAlso) {
      assert.ok(man.includes(`man/${page.replace(/\((.)\)$/, '.$1')}`), `${name}: ${page}`);
    }
  }
});

test('each porcelain command stands in the overview', () => {
  const shown = chapters.flatMap(({names}) => names);
  for (const {name, kind} of commands) {
    if (kind === 'porcelain') assert.ok(shown.includes(name), `'${name}': see lib/cli/overview.ts`);
  }
});

test('a name of one word is porcelain, one of several plumbing', () => {
  for (const {name, kind} of commands) {
    assert.is(kind, name.includes('-') ? 'plumbing' : 'porcelain', name);
  }
});

test('completion offers all commands, and all their options', async (t) => {
  const script = renderCompletion('bash', {commands, types: []});
  const offered = await complete(t, 'bash', {script, line: 'crcache '});
  for (const {name, aliases = [], options} of commands) {
    for (const word of [name, ...aliases]) assert.ok(offered.includes(word), word);
    const forms = await complete(t, 'bash', {script, line: `crcache ${name} --`});
    for (const option of options) assert.ok(forms.includes(`--${option.name}`), option.name);
  }
});

test('crcache(1) is of this version, and names each common option and exit status', () => {
  const page = read('man/crcache.1');
  assert.ok(page.startsWith(`.TH CRCACHE 1 ${manualDate} "crcache ${version}" `));
  for (const option of [...globalOptions, ...programOptions]) {
    assert.ok(page.includes(`.TP\n${roffUsage(optionForms(option))}\n`), option.name);
  }
  for (const status of Object.values(exitStatus)) {
    assert.ok(page.includes(`.TP\n.B ${String(status)}\n`), String(status));
  }
});

test('crcache-source.conf(5) says what the tables of keys say', () => {
  const expected = renderSourceConf(types, version);
  assert.is(read('man/crcache-source.conf.5'), expected, 'npm run man writes it anew');
  for (const {name, keys} of types) {
    assert.ok(expected.includes(`.SS type=${name}\n`), name);
    for (const [key, {summary}] of Object.entries({...commonKeys, ...rootKeys, ...keys})) {
      assert.ok(expected.includes(`.TP\n${roffBold(`${key}=`)}`), `${name}: ${key}`);
      assert.match(summary, /^[^A-Z].*[^.]$/, `${name}: ${key}`);
    }
  }
});

const pages = man.map((page) => `${repository}/${page}`);

test('npm installs every manual page', () => {
  const expected = readdirSync(`${repository}/man`).map((page) => `man/${page}`);
  assert.equal(man, expected.sort(), 'npm run man lists them in package.json');
});

test('all manual pages are clean for mandoc', async (t) => {
  t.needs('mandoc');
  const {stdout, status} = await t.run('mandoc', ['-Tlint', ...pages]);
  assert.is(stdout, '');
  assert.is(status, 0);
});

test('all manual pages are clean for groff', async (t) => {
  t.needs('groff');
  const {stderr, status} = await t.run('groff', ['-man', '-ww', '-z', ...pages]);
  assert.is(stderr, '');
  assert.is(status, 0);
});
