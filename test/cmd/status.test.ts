import {existsSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, makeInstances, readOnly, succeed} from '../helpers/configured.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';
import {commands} from '../../cmd/table.js';
import type {Output} from '../../lib/cli/context.js';
import {runProgram} from '../../lib/cli/program.js';
import {contextFrom} from '../helpers/context.js';

const test = suite('status');

const pool = (t: Sandbox): void => {
  configure(t, 'pool', '[DEFAULT]', 'type=pool', 'sources=local');
};

test('shows a pool over this machine as the manual does, byte for byte', async (t) => {
  pool(t);
  assert.is(await succeed(t, '-s pool acquire'), 'pool-0\n');
  assert.is(
    await succeed(t, 'status pool'),
    'source  cached  in-use max\n' + //
      'pool    0       1      1\n',
  );
  await succeed(t, 'release pool0');
  assert.is(
    await succeed(t, 'status'),
    'source  cached  in-use max\n' + 'local   0       1      1\n' + 'pool    1       0      1\n',
  );
  assert.is(
    await succeed(t, 'status -t'),
    'source  cached  in-use max\n' +
      'pool    1       0      1\n' +
      '+ local\n' +
      'local   0       1      1\n',
  );
  assert.is(
    await succeed(t, 'status -v'),
    'source: local\n' +
      'cached:\n' +
      'in-use: local-0\n' +
      'minimum: 1\n' +
      'maximum: 1\n' +
      '\n' +
      'source: pool\n' +
      'cached: pool-0\n' +
      'in-use:\n' +
      'minimum: 1\n' +
      'maximum: 1\n',
  );
});

for (const line of ['status', 'status -v', 'status -t', 'status -a', 'status --json']) {
  test(`'${line}' makes nothing where there is no state, and shows what is configured`, async (t) => {
    pool(t);
    const stdout = await succeed(t, line);
    assert.match(stdout, /\blocal\b/);
    assert.match(stdout, /\bpool\b/);
    assert.not.ok(existsSync(`${t.dir}/state`));
    assert.not.match(stdout, / $/m);
  });
}

test("shows 'local' alone where nothing is configured", async (t) => {
  assert.is(await succeed(t, 'status'), 'source  cached  in-use max\nlocal   0       0      1\n');
});

test("leaves 'local' out where nobody stands on it, until it has instances", async (t) => {
  configure(t, 'box', 'type=sim', 'maximum=3');
  assert.is(await succeed(t, 'status'), 'source  cached  in-use max\nbox     0       0      3\n');
  await succeed(t, 'acquire -s local');
  assert.match(await succeed(t, 'status'), /^local/m);
});

test('a long name makes its column wider, and 0 is no limit', async (t) => {
  configure(t, 'a-long-name', 'type=sim');
  configure(t, 'short', 'type=sim');
  assert.is(
    await succeed(t, 'status'),
    'source       cached  in-use max\n' +
      'a-long-name  0       0      0\n' +
      'short        0       0      0\n',
  );
});

test('the tree shows each source once, after all that stand on it', async (t) => {
  configure(t, 'a', 'type=sim', 'maximum=1');
  configure(t, 'inner', 'type=pool', 'sources=a');
  configure(t, 'outer', 'type=pool', 'sources=a, inner');
  const firsts = async (line: string): Promise<string[]> =>
    (await succeed(t, line)).split('\n').map((row) => row.replace(/ {2}.*/, ''));
  const tree = ['outer', '+ a', '+ inner', 'inner', '+ a', 'a', ''];
  assert.equal(await firsts('status -t'), ['source', ...tree]);
  assert.equal(await firsts('status -t outer'), ['source', ...tree]);
});

test('-v says who holds an instance, and for how long', async (t) => {
  pool(t);
  await succeed(t, 'acquire -s pool --ttl 2h');
  const stdout = await succeed(t, '-v status pool');
  assert.match(stdout, /^pool-0: held by \S+ for [0-9]s \(crcache .*\), ends in 1h 59m$/m);
});

test('-v shows other states where there are any, with the process that is at work', async (t) => {
  configure(t, 'box', 'type=sim', 'maximum=3');
  makeInstances(t, 'box', {count: 1, state: 'cached'});
  const directory = `${t.dir}/state/sources/box`;
  rmSync(`${directory}/cached/box-0`);
  t.write('state/sources/box/releasing/.keep', '');
  rmSync(`${directory}/releasing/.keep`);
  symlinkSync('../instances/box-0', `${directory}/releasing/box-0@elsewhere,1,b,77,5,abc`);
  const stdout = await succeed(t, 'status -v box');
  assert.match(stdout, /^in-use:\nreleasing: box-0\nminimum: 0\n/m);
  assert.match(stdout, /^box-0: releasing for [0-9]s by process 77 on elsewhere$/m);
});

test('-a shows all of each instance in one table', async (t) => {
  pool(t);
  await succeed(t, 'acquire -s pool');
  const [head = '', local = '', poolRow = ''] = (await succeed(t, 'status -a')).split('\n');
  assert.match(
    head,
    /^source +instance +state +lease +age +uses +backing +concurrency +abilities$/,
  );
  assert.match(
    local,
    /^local +local-0 +in-use +pool-0 [0-9]s +[0-9]s +1 +- +[0-9]+ +survives-reboot$/,
  );
  assert.match(
    poolRow,
    /^pool +pool-0 +in-use +\S+ [0-9]s +[0-9]s +1 +local-0 +[0-9]+ +survives-reboot$/,
  );
});

test('--query machines counts a machine once, whatever is on it', async (t) => {
  configure(t, 'here', 'type=local', 'maximum=2');
  configure(t, 'pool', 'type=pool', 'sources=here, far');
  const commands = ['run_command=env', 'isolation=machine'];
  configure(t, 'far', 'type=command', ...commands);
  await succeed(t, 'acquire -s here 2');
  await succeed(t, 'acquire -s far');
  await succeed(t, 'acquire -s pool 2');
  assert.is(await succeed(t, 'status here --query machines'), '1\n');
  assert.is(await succeed(t, 'status far --query machines'), '3\n');
  assert.is(await succeed(t, 'status pool --query machines'), '2\n');
  assert.is(await succeed(t, 'status --query machines'), '4\n');
});

test('--query prints one number, summed over the sources that are named', async (t) => {
  configure(t, 'few', 'type=sim', 'maximum=3', 'concurrency=4', 'reserve=2');
  configure(t, 'many', 'type=sim', 'starting=6', 'concurrency=1');
  await succeed(t, 'acquire -s few 2');
  const query = async (words: string): Promise<string> =>
    (await succeed(t, `status --query ${words}`)).trimEnd();
  assert.is(await query('in-use'), '2');
  assert.is(await query('cached few'), '0');
  assert.is(await query('max few'), '3');
  assert.is(await query('max'), '0', 'one has no limit');
  assert.is(await query('available few'), '1');
  assert.is(await query('available many'), '6', 'what it starts at once');
  assert.is(await query('available --cap 10'), '11');
  assert.is(await query('concurrency'), '8');
});

test('instances on one machine share its cores, and have at least one each', async (t) => {
  configure(t, 'one', 'type=local', 'maximum=1');
  configure(t, 'halves', 'type=local', 'maximum=2');
  configure(t, 'many', 'type=local', 'maximum=1000');
  configure(t, 'told', 'type=local', 'maximum=1000', 'concurrency=3');
  configure(t, 'made', 'type=sim', 'cores=9', 'maximum=2');
  configure(t, 'unlimited', 'type=sim', 'cores=9');
  configure(t, 'above', 'type=pool', 'sources=made', 'maximum=2');
  const coresOf = async (source: string): Promise<number> => {
    await succeed(t, `acquire -s ${source}`);
    return Number(await succeed(t, `status ${source} --query concurrency`));
  };
  const all = await coresOf('one');
  assert.is(await coresOf('halves'), Math.max(1, Math.floor(all / 2)));
  assert.is(await coresOf('many'), 1);
  assert.is(await coresOf('told'), 3);
  assert.is(await coresOf('made'), 4);
  assert.is(await coresOf('above'), 4, 'what is below it has its share already');
  assert.is(await coresOf('unlimited'), 9);
});

test('--json has numbers as numbers, and no limit as null', async (t) => {
  configure(t, 'few', 'type=sim', 'maximum=3');
  configure(t, 'many', 'type=sim');
  await succeed(t, 'acquire -s few');
  const [few, many] = JSON.parse(await succeed(t, 'status --json')) as Record<string, unknown>[];
  assert.is(few?.['in-use'], 1);
  assert.is(few?.['max'], 3);
  assert.equal((few?.['instances'] as Record<string, unknown>)['in-use'], ['few-0']);
  assert.is(many?.['max'], null);
});

test('an unknown source is status 10, with the nearest one', async (t) => {
  pool(t);
  const {status, stdout, stderr} = await t.crcache(['status', 'pol']);
  assert.equal(
    {status, stdout, stderr},
    {
      status: 10,
      stdout: '',
      stderr: "crcache: no source 'pol'\nhint: did you mean 'pool'?\n",
    },
  );
});

test('on a terminal and with -v it says above it which configuration and which state it shows', async (t) => {
  configure(t, 'box', 'type=sim');
  let shown = '';
  const terminal: Output = {
    isTerminal: true,
    columns: 80,
    write: (text) => Promise.resolve(void (shown += String(text))),
  };
  const facts = {env: t.env, cwd: t.dir, stdout: terminal, stderr: terminal, commands};
  await runProgram(contextFrom(facts), ['status']);
  const system = shown.includes('/etc/crcache') ? ', /etc/crcache' : '';
  const where = [`configuration: ${t.dir}/config${system}`, `state: ${t.dir}/state`];
  assert.equal(
    shown.split('\n').slice(0, 2),
    where.map((line) => `crcache: ${line}`),
  );
  assert.match(shown, /\nsource  cached  in-use max\nbox     0       0      0\n$/);
  shown = '';
  await runProgram(contextFrom(facts), ['status', '--query', 'max']);
  assert.is(shown, '0\n');
  const {stdout, stderr} = await t.crcache(['status', '-v']);
  assert.is(stderr, where.map((line) => `crcache: ${line}\n`).join(''));
  assert.match(stdout, /^source: box$/m);
});

for (const [words, said] of [
  ['-t -a', /'--tree' and '--all' exclude each other/],
  ['--query maximum', /cannot be 'maximum'\nhint: /],
  ['--cap 3', /'--cap' is for '--query available'/],
] as const) {
  test(`'status ${words}' is wrong usage`, async (t) => {
    const {status, stderr} = await t.crcache(['status', ...words.split(' ')]);
    assert.is(status, 2);
    assert.match(stderr, said);
  });
}

test('a source whose configuration is wrong is named, and the others are shown', async (t) => {
  configure(t, 'good', 'type=sim');
  configure(t, 'bad', 'type=sim', 'maximum=lots');
  configure(t, 'lost', 'type=pool', 'sources=nowhere');
  const {status, stdout, stderr} = await t.crcache(['status']);
  assert.is(status, 0);
  assert.match(stdout, /^good/m);
  assert.match(stderr, /^crcache: source 'bad': .*source\.conf:2: /m);
  assert.match(
    stderr,
    /^crcache: source 'lost': .*source\.conf:2: 'lost' stands on 'nowhere', which is not configured$/m,
  );
});

const damages: Readonly<Record<string, (source: string) => void>> = {
  'a lease of rubbish': (source) => {
    writeFileSync(`${source}/instances/box-1/lease`, '\0\x01rubbish\n');
  },
  'an empty lease': (source) => {
    writeFileSync(`${source}/instances/box-1/lease`, '');
  },
  'a number that is none': (source) => {
    writeFileSync(`${source}/instances/box-1/uses`, 'often\n');
  },
  'a symlink to nowhere': (source) => {
    rmSync(`${source}/instances/box-1`, {recursive: true});
  },
  'a file that is no instance': (source) => {
    writeFileSync(`${source}/in-use/box-1.txt`, '');
  },
  'a name with a newline': (source) => {
    symlinkSync('../instances/box-1', `${source}/in-use/box-1\nbox-9`);
  },
};

/** What is said beside which configuration and which state it is. */
function withoutWhere(stderr: string): string {
  return stderr.replaceAll(/^crcache: (?:configuration|state): .*\n/gm, '');
}

for (const [what, damage] of Object.entries(damages)) {
  test(`${what} is told of by name, and all else is shown`, async (t) => {
    configure(t, 'box', 'type=sim');
    makeInstances(t, 'box', {count: 3, state: 'in-use'});
    damage(`${t.dir}/state/sources/box`);
    assert.match(await succeed(t, 'status'), /^box {5}0 {7}3 {6}0$/m);
    for (const form of what === 'a number that is none' ? ['-a'] : ['-v', '-a']) {
      const {status, stdout, stderr} = await t.crcache(['status', form]);
      assert.is(status, 0);
      assert.match(stdout, /box-0.*someone|someone.*box-0/);
      assert.match(stdout, /box-2.*someone|someone.*box-2/);
      assert.match(stderr, /^crcache: .*box-1.*$/m);
      assert.is(withoutWhere(stderr).split('\n').length, 2, `one line, not: ${stderr}`);
    }
  });
}

test('a state directory that may only be read is enough', async (t) => {
  pool(t);
  configure(t, 'box', 'type=sim');
  t.write('config/sources/box/provision.d/hook', '#!/bin/sh\n', 0o700);
  await succeed(t, 'acquire -s pool');
  const crcache = await readOnly(t, `${t.dir}/state`);
  for (const form of ['-t', '-v', '-a', '--json']) {
    const {status, stdout, stderr} = await crcache('status', form);
    assert.equal([status, withoutWhere(stderr)], [0, '']);
    assert.match(stdout, /pool/);
  }
});

test('a state directory of a newer format is refused', async (t) => {
  t.write('state/format', '7\n');
  const {status, stderr} = await t.crcache(['status']);
  assert.is(status, 14);
  assert.match(stderr, /format '7'.* format '1'/);
});

test(
  'shows ten thousand instances, in the order of their numbers',
  {timeLimitMs: 120_000},
  async (t) => {
    configure(t, 'box', 'type=sim');
    makeInstances(t, 'box', {count: 10_000, state: 'in-use'});
    assert.match(await succeed(t, 'status box'), /^box {5}0 {7}10000 {2}0$/m);
    assert.match(await succeed(t, 'status -v box'), /^in-use: box-0 box-1 .* box-9999$/m);
    assert.is((await succeed(t, 'status -a box')).split('\n').length, 10_002);
  },
);

test('a reader that has seen enough is no failure', async (t) => {
  configure(t, 'box', 'type=sim');
  makeInstances(t, 'box', {count: 1500, state: 'cached'});
  const line = 'crcache status -a; echo $? >&2';
  const {stdout, stderr} = await t.run('sh', ['-c', `{ ${line}; } | head -n 1`]);
  assert.match(stdout, /^source/);
  assert.is(stderr, '0\n');
});

test('--tree is a tree with -v too', async (t) => {
  pool(t);
  assert.is(await succeed(t, 'status -v -t'), await succeed(t, 'status -t'));
});
