import * as assert from 'uvu/assert';
import type {ChildProcess} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {configure, succeed} from '../helpers/configured.js';
import {until} from '../helpers/held.js';
import {processesWith} from '../helpers/sleepers.js';
import {suite} from '../helpers/suite.js';

const test = suite('check-type');

interface Finding {
  readonly claim: string;
  readonly result: string;
  readonly words: string;
}

async function findingsOf(t: Sandbox, ...words: readonly string[]): Promise<Finding[]> {
  const {stdout, stderr} = await t.crcache(['check-type', '--json', ...words]);
  assert.is(stderr, '');
  return JSON.parse(stdout) as Finding[];
}

/** The type that stands in `hooks/` as an example, on the PATH; the text may be changed before. */
function directories(t: Sandbox, change: (text: string) => string): string {
  const text = readFileSync(`${repository}/hooks/types/crcache-source-directory`, 'utf8');
  t.write('bin/crcache-source-directory', change(text), 0o700);
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
  return t.write('its.conf', `type=directory\nbase=${t.dir}/base\n`);
}

test('finds that the example of a type does what it must', {timeLimitMs: 240_000}, async (t) => {
  const config = directories(t, (text) => text);
  const {status, stdout, stderr} = await t.crcache(['check-type', 'directory', '--config', config]);
  assert.equal([status, stderr], [0, ''], stdout);
  assert.match(stdout, /^RESULT +CLAIM +SEEN\nholds +is given out\nholds +stdin arrives/);
  assert.match(stdout, /^not claimed +two instances do not see one another$/m);
  assert.not.match(stdout, /^(fails|not tried)/m);
  assert.is((await t.run('ls', ['-A', 'base'])).stdout, '', 'nothing is left');
});

test(
  'tries a type whose instances stand on those of another source',
  {timeLimitMs: 240_000},
  async (t) => {
    const code = [
      'case $1 in',
      'describe) echo protocol=1; echo "verbs=provision run discard";;',
      'provision) "$CRCACHE_BACKING_RUN" touch made;;',
      'run) shift; exec "$CRCACHE_BACKING_RUN" "$@";;',
      'esac',
    ];
    t.write('bin/crcache-source-upon', `#!/bin/sh\n${code.join('\n')}\n`, 0o700);
    t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
    configure(t, 'lower', 'type=sim');
    const config = t.write('its.conf', 'backing=lower\n');
    const words = ['check-type', 'upon', '--config', config, '--quick'];
    const {status, stdout, stderr} = await t.crcache(words);
    assert.equal([status, stderr], [0, ''], stdout);
    assert.match(stdout, /^holds +one that is gone is found dead$/m);
    assert.match(stdout, /^not tried +twenty at once .* --quick leaves it out$/m);
    assert.is(await succeed(t, 'list-instances'), '');
  },
);

test('tells why no instance is given out', async (t) => {
  const config = directories(t, (text) => text.replace('mkdir -p', 'no-such-command'));
  const [finding] = await findingsOf(t, 'directory', '--config', config);
  assert.equal([finding?.claim, finding?.result], ['is given out', 'fails']);
  assert.match(finding?.words ?? '', "'directory provision' ended with status 127");
});

test('ends what does not come to its end', {timeLimitMs: 60_000}, async (t) => {
  const hanging = `trap '' HUP INT TERM; setsid sleep 600 & sleep 600`;
  const config = directories(t, (text) => text.replace('exec "$@"', hanging));
  const words = ['directory', '--config', config, '--quick', '--timeout', '5s'];
  const failing = (await findingsOf(t, ...words)).filter(({result}) => result === 'fails');
  assert.equal(
    failing.map(({claim, words: seen}) => `${claim}: ${seen}`),
    ['stdin arrives, and ends where ours does: it did not end within 5 s'],
  );
  assert.equal([...readdirSync(`${t.dir}/base`), ...grounds(t)], []);
});

/** Where it is ended: a command runs in an instance, or one is made of the source that keeps it. */
const moments: readonly (readonly [NodeJS.Signals, string, string])[] = [
  ['SIGINT', 'exec "$@"', 'touch "$STARTED" && exec sleep 600'],
  ['SIGTERM', 'mkdir -p "$place/root"', 'mkdir -p "$place/root" && is_kept'],
  ['SIGKILL', 'mkdir -p "$place/root"', 'mkdir -p "$place" && is_kept && mkdir "$place/root"'],
];
const isKept =
  'is_kept() { case $CRCACHE_INSTANCE in kept-*) touch "$STARTED"; sleep 0.5 ;; esac; }';

for (const [signal, code, changed] of moments) {
  test(`leaves nothing where ${signal} ends it`, {timeLimitMs: 120_000}, async (t) => {
    t.env['STARTED'] = `${t.dir}/started`;
    const config = directories(t, (text) =>
      text.replace('set -eu', `set -eu\n${isKept}`).replace(code, changed),
    );
    let child: ChildProcess | undefined;
    const options = {onStart: (started: ChildProcess) => (child = started)};
    const end = t.crcache(['check-type', 'directory', '--config', config, '--quick'], options);
    await until(() => existsSync(`${t.dir}/started`), 'it has come so far');
    child?.kill(signal);
    assert.is((await end).signal, signal);
    const left = (): string[] => [...readdirSync(`${t.dir}/base`), ...grounds(t)];
    await until(() => left().length === 0, 'all is gone');
  });
}

test('discards what somebody caches when all else has gone', {timeLimitMs: 120_000}, async (t) => {
  t.env['STARTED'] = `${t.dir}/started`;
  const waiting = 'touch "$STARTED"; until [ -e "$STARTED.seen" ]; do sleep 0.05; done';
  const config = directories(t, (text) =>
    text.replace('set -eu', `set -eu\ncase \${CRCACHE_INSTANCE-} in kept-*) ${waiting} ;; esac`),
  );
  // The watcher looks for what is left, with this: it is made in that moment.
  const find = [
    '#!/bin/sh',
    'case $1 in',
    '*/state/sources) touch "$STARTED.seen"; until [ -e "$1/kept/cached/kept-0" ] || [ -e "$STARTED.once" ]; do sleep 0.05; done; touch "$STARTED.once" ;;',
    'esac',
    'exec /usr/bin/find "$@"',
    '',
  ];
  t.write('bin/find', find.join('\n'), 0o700);
  let child: ChildProcess | undefined;
  const options = {onStart: (started: ChildProcess) => (child = started)};
  const end = t.crcache(['check-type', 'directory', '--config', config, '--quick'], options);
  await until(() => existsSync(`${t.dir}/started`), 'it makes one to keep');
  child?.kill('SIGKILL');
  await end;
  await until(() => grounds(t).length === 0, 'its ground is gone');
  assert.ok(existsSync(`${t.dir}/started.once`));
  assert.equal(readdirSync(`${t.dir}/base`), []);
});

test('what is left where its watcher is killed, too, goes by the next gc', async (t) => {
  t.env['STARTED'] = `${t.dir}/started`;
  const hanging = '{ [ -e "$STARTED" ] || { touch "$STARTED"; exec sleep 600; }; } && exec "$@"';
  const config = directories(t, (text) => text.replace('exec "$@"', hanging));
  let child: ChildProcess | undefined;
  const options = {onStart: (started: ChildProcess) => (child = started)};
  const end = t.crcache(['check-type', 'directory', '--config', config, '--quick'], options);
  await until(() => existsSync(`${t.dir}/started`), 'it has come so far');
  const [ground = ''] = grounds(t);
  await succeed(t, 'gc');
  assert.equal(grounds(t), [ground], 'one that is at work is left alone');
  for (const pid of processesWith(`${t.dir}/tmp/${ground}`)) process.kill(Number(pid), 'SIGKILL');
  child?.kill('SIGKILL');
  await end;
  const what = `remove what a check-type that is gone has left in '${t.dir}/tmp/${ground}'\n`;
  assert.is(await succeed(t, 'gc --dry-run'), what);
  assert.is(await succeed(t, 'gc'), what);
  assert.equal([...readdirSync(`${t.dir}/base`), ...grounds(t)], []);
});

test('tells what it has seen, and keeps what cannot be removed', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.write('precious/file', 'x');
  const mount = `mkdir "$CRCACHE_INSTANCE_DIR/m" && mount --bind ${t.dir}/precious "$CRCACHE_INSTANCE_DIR/m" && exit 9`;
  const config = directories(t, (text) => text.replace('mkdir -p "$place/root"', mount));
  const words = ['check-type', 'directory', '--config', config, '--json'];
  const {status, stdout, stderr} = await t.crcache(words);
  const unmounting = `grep -o ' ${t.dir}/tmp/[^ ]*' /proc/self/mountinfo | xargs -r umount`;
  t.atEnd(() => t.run('sh', ['-c', unmounting]));
  assert.is(status, 1);
  assert.match(stdout, '"claim": "is given out"');
  assert.match(stderr, /^hint: (CRCACHE_DIR=.* crcache gc|umount .*)$/m);
  assert.ok(existsSync(`${t.dir}/precious/file`));
});

/** The directories that check-type has made for itself. */
function grounds(t: Sandbox): string[] {
  return readdirSync(`${t.dir}/tmp`).filter((name) => name.startsWith('crcache-'));
}

test('refuses a type that is not there', async (t) => {
  const {status, stdout, stderr} = await t.crcache(['check-type', 'loca']);
  const told = "crcache: unknown type 'loca'\nhint: did you mean 'local'?\n";
  assert.equal([status, stdout, stderr], [2, '', told]);
});

test('refuses a file that is not there', async (t) => {
  const {status, stderr} = await t.crcache(['check-type', 'sim', '--config', 'none']);
  assert.equal([status, stderr], [2, "crcache: there is no file 'none'\n"]);
});

const files: readonly (readonly [string | undefined, string])[] = [
  [
    undefined,
    "type 'directory': 'base' is missing\nhint: crcache check-type --config FILE directory\n",
  ],
  ['', "its.conf: 'base' is missing\nhint: add base=TEXT\n"],
  ['# of ours\ntype=sim\nbse=/x\n', "its.conf:3: unknown key 'bse'\nhint: did you mean 'base'?\n"],
  ['[DEFAULT]\nbase=/x\nmaximum=many\n', "its.conf:3: 'maximum' wants a "],
  ['base=/x\n[more]\na=b\n', 'its.conf:2: section [more] has no meaning here\n'],
];

test('refuses a file in which something is wrong, by its own lines', async (t) => {
  directories(t, (text) => text);
  for (const [text, told] of files) {
    const words = text === undefined ? [] : ['--config', 'its.conf'];
    t.write('its.conf', text ?? '');
    const {status, stdout, stderr} = await t.crcache(['check-type', 'directory', ...words]);
    assert.equal([status, stdout], [2, '']);
    assert.ok(stderr.startsWith(`crcache: ${told}`), stderr);
  }
  assert.equal(grounds(t), []);
});

test('says so where a type has no time to give one out', async (t) => {
  const [finding] = await findingsOf(t, 'sim', '--timeout', '1ms', '--quick');
  assert.match(finding?.words ?? '', /^it ended with status [0-9]+, and said nothing$/);
});
