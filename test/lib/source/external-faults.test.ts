// What authors of types do wrong: each is told in a line that names the type, and what was made goes again.

import * as assert from 'uvu/assert';
import {readdirSync} from 'node:fs';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('faults of types from outside');

/** A source 'wrong' of an executable of this code, in which $1 is the verb. */
function executable(t: Sandbox, code: string): void {
  t.write('bin/crcache-source-wrong', `#!/bin/sh\n${code}\n`, 0o700);
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
  t.write('config/sources/wrong/source.conf', '[DEFAULT]\ntype=wrong\n');
}

/** The same of one that describes itself so. */
function describing(t: Sandbox, ...lines: readonly string[]): void {
  executable(t, `printf '%s\\n' protocol=1 ${lines.map((line) => `'${line}'`).join(' ')}`);
}

/** The same of one that makes instances by this code, and keeps a file for each. */
function provisioning(t: Sandbox, code: string): void {
  executable(
    t,
    `case $1 in
describe) printf '%s\\n' protocol=1 'verbs=provision discard';;
provision) : >"${t.dir}/made-$CRCACHE_ID"; ${code};;
discard) rm -f "${t.dir}/made-$CRCACHE_ID";;
esac`,
  );
}

async function acquireFails(t: Sandbox, status = 1): Promise<string> {
  const result = await t.crcache(['acquire', '-s', 'wrong']);
  assert.equal([result.status, result.stdout], [status, ''], result.stderr);
  assert.equal(
    readdirSync(t.dir).filter((name) => name.startsWith('made')),
    [],
  );
  assert.is((await t.crcache(['list-instances'])).stdout, '');
  return result.stderr;
}

const descriptions: readonly (readonly [string, RegExp])[] = [
  ['verbs=provision,run,discard', /wrong describe' tells verbs with 'provision,run,discard'/],
  ['verbs=run provison', /wrong describe' tells verbs with 'provison', which is none\nhint: known/],
  ['share-files=yes', /wrong describe' tells 'share-files', which is nothing that a type has/],
  ['constructor=yes', /wrong describe' tells 'constructor', which is nothing that a type has/],
  ['root=true', /wrong describe' tells root as 'true', not as one of yes, no/],
  ['network=mine', /wrong describe' tells network as 'mine', not as one of own, shared/],
  ['isolation=full', /wrong describe' tells isolation as 'full', not as one of none, process/],
];

test('what describe tells that no type has is refused', async (t) => {
  for (const [line, said] of descriptions) {
    describing(t, line);
    assert.match(await acquireFails(t), said);
  }
});

test('a key of its own that every source has is refused', async (t) => {
  describing(t, 'verbs=run', 'key.reserve=mine');
  assert.match(
    await acquireFails(t, 2),
    /:2: type 'wrong' has a key 'reserve', which every source/,
  );
});

test('a describe that prints without end is ended, and stops no other source', async (t) => {
  executable(t, 'exec yes');
  assert.match(await acquireFails(t), /crcache-source-wrong' printed more than 1 MiB/);
  t.write('config/sources/other/source.conf', '[DEFAULT]\ntype=sim\n');
  assert.match((await t.crcache(['status', '-a'])).stdout, /^other /m);
});

test('a describe that does not end is ended, with what it has started', async (t) => {
  executable(t, `sh -c 'echo $$ >"${t.dir}/pid"; exec sleep 60'`);
  const {status, stderr} = await t.crcache(['acquire', '-s', 'wrong']);
  assert.is(status, 1);
  assert.match(stderr, /did not end within 10 s/);
  // What is dead and yet to be waited for has no words any more.
  const code = 'while grep -qs sleep /proc/$(cat pid)/cmdline; do :; done';
  assert.is((await t.run('sh', ['-c', code])).status, 0);
});

test('a describe that says nothing of its failure is told so', async (t) => {
  executable(t, 'exit 3');
  assert.match(await acquireFails(t), /describe' ended with status 3\n$/);
});

test('commands do not run on this machine where a type has no way in', async (t) => {
  provisioning(t, ':');
  assert.match(
    await acquireFails(t),
    /nothing runs in instances of type 'wrong': it has no verb run/,
  );
});

const facts: readonly (readonly [string, RegExp])[] = [
  [`printf 'run=env\\na=x\\0y\\n'`, /'wrong provision' wants to print lines KEY=VALUE of text/],
  [`printf 'run=env\\r\\n'`, /'wrong provision' wants to print lines KEY=VALUE of text/],
  [`printf 'run=env\\na=\\377\\n'`, /'wrong provision' wants to print lines KEY=VALUE of text/],
  [`head -c 70000 /dev/zero | tr '\\0' x`, /'wrong provision' prints more than 64 KiB of facts/],
  ['exec yes', /'wrong provision' ended with status 1: more than 128 MiB were told/],
  [`echo 'run=a "b'`, /'wrong provision' tells run as 'a "b', which is no beginning/],
  ['echo run=', /'wrong provision' tells run as '', which is no beginning/],
];

test('what provision prints that cannot be kept is refused', {timeLimitMs: 60_000}, async (t) => {
  for (const [code, said] of facts) {
    provisioning(t, code);
    assert.match(await acquireFails(t), said);
  }
});

/** A source 'wrong' of a module of which this is different. */
function module(t: Sandbox, text: string, ...lines: readonly string[]): void {
  const base = `const all = {capabilities: () => ({isolation: 'none', sharesFiles: true, reset: false, survivesReboot: true,
    imports: 'copy', root: 'caller', network: 'shared', reboot: false, park: false}), identify: () => ({}),
  make: async () => ({}), runScript: () => '#!/bin/sh\\nexec "$@"\\n', probe: async () => 1, check: async () => true,
  checkpoint: async () => {}, endAll: async () => {}, reset: async () => {}, discard: async () => {}, list: async () => []};`;
  t.write('config/sources/wrong/wrong.mjs', `${base}\n${text}\n`);
  const conf = ['[DEFAULT]', 'type=./wrong.mjs', ...lines, ''];
  t.write('config/sources/wrong/source.conf', conf.join('\n'));
}

const modules: readonly (readonly [string, RegExp])[] = [
  [
    "make: async () => { throw new Error('no room'); }",
    /wrong\.mjs' make: no room\nhint: at .*mjs:/,
  ],
  ["make: () => { throw 'no room'; }", /wrong\.mjs' make: no room\n$/],
  ['make: async () => undefined', /wrong\.mjs' make: it is to answer an object of texts/],
  ["make: async () => ({a: 'b\\nc'})", /wrong\.mjs' make: it is to answer an object of texts/],
  ['identify: () => ({a: 1})', /wrong\.mjs' identify: it is to answer an object of texts/],
  ['runScript: () => undefined', /wrong\.mjs' runScript: it is to answer a text/],
  ['probe: async () => NaN', /wrong\.mjs' probe: it is to answer a number of cores/],
  ['capabilities: () => ({})', /wrong\.mjs' capabilities: 'isolation' is missing/],
];

test('what goes wrong in a module is told as its own', async (t) => {
  for (const [verb, said] of modules) {
    module(t, `export const type = {...all, ${verb}};`);
    assert.match(await acquireFails(t), said);
  }
});

test('a key of a module reads values, and says which it does not', async (t) => {
  const key = `{value: 'N', summary: 'n', fallback: '', show: String, parse(text) { throw new Error('not ' + text); }}`;
  module(t, `export const type = {...all, keys: {n: ${key}}};`, 'n=x');
  assert.match(await acquireFails(t, 2), /source\.conf:3: 'n' wants another value: not x/);
  module(t, "export const type = {...all, keys: {n: 'x'}};", 'n=x');
  assert.match(
    await acquireFails(t, 2),
    /wrong\.mjs' exports the key 'n' without summary, parse and/,
  );
});

test('a module that never answers is a failure', async (t) => {
  module(t, 'export const type = {...all, make: () => new Promise(() => {})};');
  const {status, stdout, stderr} = await t.crcache(['acquire', '-s', 'wrong']);
  assert.equal([status, stdout], [70, '']);
  assert.match(stderr, /it waits for what nobody is left to do/);
});

test('the type of a module may be an object of a class', async (t) => {
  module(
    t,
    `class Mine { make = async () => ({kept: this.word()}); word() { return 'yes'; } }
for (const [name, verb] of Object.entries(all)) if (name !== 'make') Mine.prototype[name] = verb;
export const type = new Mine();`,
  );
  assert.is((await t.crcache(['acquire', '-s', 'wrong'])).stdout, 'wrong-0\n');
  await t.crcache(['release', '-f', 'wrong-0']);
});
