// autopkgtest and sbuild: the protocol, sentence by sentence, and the programs themselves on a package.

import * as assert from 'uvu/assert';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {text} from 'node:stream/consumers';
import {configure, discardAtEnd, succeed} from '../helpers/configured.js';
import {copyExample, useSystemPrograms} from '../helpers/examples.js';
import {startDocker} from '../helpers/engines.js';
import {makeDebianTree, makeGolden} from '../helpers/golden.js';
import {until} from '../helpers/held.js';
import {findLeftOver, findMarked} from '../helpers/left-over.js';
import {killGroup, type Result} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {startSshHosts} from '../helpers/ssh-hosts.js';
import {follow} from '../helpers/sessions.js';
import {suite} from '../helpers/suite.js';

const test = suite('autopkgtest');

/** A server, as autopkgtest talks to it. */
class Server {
  readonly child: ChildProcess;
  readonly end: Promise<{status: number | null; stderr: string}>;
  readonly #lines: AsyncIterator<string>;

  constructor(t: Sandbox, source: string) {
    const child = spawn('autopkgtest-virt-crcache', [source], {cwd: t.dir, env: t.env});
    t.atEnd(() => child.kill('SIGKILL'));
    this.child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const stderr = text(child.stderr);
    this.end = once(child, 'exit').then(async ([status]) => ({
      status: status as number | null,
      stderr: await stderr,
    }));
  }

  /** The next line that it prints, as words. */
  async read(): Promise<string[]> {
    const next = await this.#lines.next();
    return next.done === true ? [] : next.value.split(' ').map(decodeURIComponent);
  }

  ask(...words: readonly string[]): Promise<string[]> {
    this.child.stdin?.write(`${words.map(encodeURIComponent).join(' ')}\n`);
    return this.read();
  }

  /** The words that run others in the testbed. */
  async prefix(): Promise<string[]> {
    this.child.stdin?.write('print-execute-command\n');
    const {value} = (await this.#lines.next()) as {value: string};
    return value.replace(/^ok /, '').split(',').map(decodeURIComponent);
  }
}

async function start(t: Sandbox, source: string): Promise<Server> {
  const server = new Server(t, source);
  assert.equal(await server.read(), ['ok']);
  return server;
}

const inUse = async (t: Sandbox, source: string): Promise<number> =>
  Number(await succeed(t, `status --query in-use ${source}`));

function useTrees(t: Sandbox): void {
  if (process.getuid?.() !== 0) t.skip('needs root');
  makeGolden(t, `${t.dir}/golden`);
  mkdirSync(`${t.dir}/golden/var/cache`);
  configure(t, 'trees', 'type=chroot', `root=${t.dir}/golden`);
  discardAtEnd(t);
}

test('speaks the whole protocol over a chroot', async (t) => {
  useTrees(t);
  const server = await start(t, 'trees');
  const features = ['ok', 'revert', 'revert-full-system'];
  assert.equal(await server.ask('capabilities'), features);
  const [ok, scratch = ''] = await server.ask('open');
  assert.is(ok, 'ok');
  assert.equal(await server.ask('capabilities'), [...features, 'root-on-testbed']);
  const [program = '', ...prefix] = await server.prefix();
  const run = (...words: readonly string[]): Promise<Result> =>
    t.run(program, [...prefix, ...words], {env: {}});

  const argv = ['', 'a b', "it's", ',', '%20', '-n', '$HOME', '\n'];
  const printed = await run('sh', '-c', 'printf "%s|" "$@"', 'sh', ...argv);
  assert.equal([printed.stdout, printed.stderr], [`${argv.join('|')}|`, '']);
  for (const status of [0, 7, 125]) {
    assert.is((await run('sh', '-c', `exit ${String(status)}`)).status, status);
  }
  assert.ok([137, null].includes((await run('sh', '-c', 'kill -9 $$')).status));
  assert.is((await run('stat', '-c', '%a', scratch)).stdout, '1777\n');

  t.write('file', '#!/bin/sh\n', 0o755);
  t.write('directory/a b/below', 'below\n');
  const copies = [
    ['copydown', `${t.dir}/file`, `${scratch}/file there`],
    ['copydown', `${t.dir}/directory/`, `${scratch}/directory/`],
    ['copyup', `${scratch}/file there`, `${t.dir}/file back`],
    ['copyup', `${scratch}/directory/`, `${t.dir}/directory back/`],
  ] as const;
  for (const words of copies) assert.equal(await server.ask(...words), ['ok'], words.join(' '));
  assert.is(statSync(`${t.dir}/file back`).mode & 0o777, 0o755);
  assert.is(readFileSync(`${t.dir}/directory back/a b/below`, 'utf8'), 'below\n');
  assert.equal(await server.ask('copyup', '/nowhere', `${t.dir}/nothing`), ['copy-failed']);
  assert.equal(await server.ask('copyup', '/etc/', `${t.dir}/nothing`), ['copy-failed']);
  assert.not.ok(existsSync(`${t.dir}/nothing`));

  await run('sh', '-c', `echo >/new; MARK=${t.dir} setsid sleep 98765 >/dev/null 2>&1 &`);
  assert.equal(await server.ask('revert'), ['ok', scratch]);
  assert.is((await run('ls', '-A', scratch)).stdout, '');
  assert.is((await run('test', '-e', '/new')).status, 1);
  assert.equal(findMarked(`MARK=${t.dir}`), []);

  assert.equal(await server.ask('auxverb_debug_fail'), ['ok']);
  assert.equal(await server.ask('close'), ['ok']);
  assert.is(await inUse(t, 'trees'), 0);
  assert.is((await run('true')).status, 255, 'it is not ours any more');
  const [again] = await server.ask('open');
  assert.is(again, 'ok');
  server.child.stdout?.destroy();
  server.child.stdin?.write('quit\n');
  const {status, stderr} = await server.end;
  assert.is(status, 0);
  assert.match(stderr, /^crcache: .*'\/nowhere'\ncrcache: only one of .*\n$/);
  assert.is(await inUse(t, 'trees'), 0);
});

test('says of an instance that shares the files of this machine where its directory is', async (t) => {
  configure(t, 'place', 'type=local');
  const server = await start(t, 'place');
  const [, scratch = ''] = await server.ask('open');
  const capabilities = await server.ask('capabilities');
  assert.ok(capabilities.includes(`downtmp-host=${scratch}`), capabilities.join(' '));
  assert.not.ok(capabilities.includes('revert'));
  assert.ok(existsSync(scratch));
  await server.ask('close');
  assert.not.ok(existsSync(scratch));
});

test('opens a shell at the terminal, and answers when that has ended', async (t) => {
  t.needs('script');
  configure(t, 'place', 'type=local');
  t.write('asked', 'open\nshell /tmp WORD=of%20mine\nclose\nquit\n');
  const line = `autopkgtest-virt-crcache place <${t.dir}/asked >${t.dir}/answered`;
  const typed = 'echo "[$CRCACHE_INSTANCE] $WORD, $PWD"\nexit\n';
  const {stdout} = await t.run('script', ['-qec', line, '/dev/null'], {input: typed});
  assert.match(stdout, '[place-0] of mine, /tmp');
  assert.match(readFileSync(`${t.dir}/answered`, 'utf8'), /^ok\nok \S+\nok\nok\n$/);
});

/** Instances of a type from outside; before each command its program .before is run. */
function useMachines(t: Sandbox, ...more: readonly string[]): void {
  const type =
    '#!/bin/sh\ncase $1 in describe) cat "$0.facts";; run) shift; "$0.before"; exec "$@";; reset) "$0.before";; *) echo "$1" >>"$0.log"; esac\n';
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
  t.write('bin/crcache-source-machine', type, 0o755);
  const facts = ['protocol=1', 'summary=machines', 'isolation=machine', 'root=yes'];
  t.write(
    'bin/crcache-source-machine.facts',
    [...facts, `verbs=${['provision run reboot discard list', ...more].join(' ')}`, ''].join('\n'),
  );
  t.write('bin/crcache-source-machine.before', '#!/bin/sh\n', 0o755);
  configure(t, 'machines', 'type=machine');
}

test('reboots an instance whose type can do that', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  useMachines(t);
  const server = await start(t, 'machines');
  const [, scratch = ''] = await server.ask('open');
  const known = ['ok', 'isolation-machine', 'reboot', 'root-on-testbed'];
  assert.equal((await server.ask('capabilities')).slice(0, 4), known);
  t.write('file', 'kept\n');
  await server.ask('copydown', `${t.dir}/file`, `${scratch}/file`);
  assert.equal(await server.ask('reboot'), ['ok']);
  assert.match(readFileSync(`${t.dir}/bin/crcache-source-machine.log`, 'utf8'), /^reboot$/m);
  assert.is(readFileSync(`${scratch}/file`, 'utf8'), 'kept\n');
});

for (const way of ['the end of the commands', 'SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`gives the instance back after ${way}`, async (t) => {
    configure(t, 'place', 'type=sim');
    const server = await start(t, 'place');
    const [, scratch = ''] = await server.ask('open');
    assert.is(await inUse(t, 'place'), 1);
    if (way === 'the end of the commands') server.child.stdin?.end();
    else server.child.kill(way);
    const {status, stderr} = await server.end;
    if (way !== 'SIGKILL') {
      assert.is(status, 1);
      assert.match(stderr, /^crcache: it ends without 'quit'\n$/);
      assert.not.ok(existsSync(scratch));
    }
    const directory = `${t.dir}/state/sources/place/in-use/place-0`;
    await until(() => !existsSync(directory), 'it is given back');
  });
}

test('ends at what it does not know', async (t) => {
  configure(t, 'place', 'type=sim');
  for (const [line, message] of [
    ['frobnicate', /no command 'frobnicate'/],
    ['toString', /no command 'toString'/],
    ['revert', /not open/],
    ['open\ncopydown /etc/passwd', /a copy wants two paths/],
    ['open\ncopydown %zz /there', /'copydown %zz \/there' is not URL-encoded/],
    ['open\nrevert', /'place-0' cannot revert/],
    ['open\nopen', /open already/],
  ] as const) {
    const server = await start(t, 'place');
    server.child.stdin?.write(`${line}\n`);
    const {status, stderr} = await server.end;
    assert.is.not(status, 0, line);
    assert.match(stderr, message);
    assert.is(await inUse(t, 'place'), 0);
  }
});

test('keeps its hands off an instance that was taken away', async (t) => {
  configure(t, 'place', 'type=sim', 'maximum=1');
  const server = await start(t, 'place');
  await server.ask('open');
  await succeed(t, 'release place-0');
  assert.equal(await server.ask('close'), ['ok']);
  await server.ask('open');
  await succeed(t, 'release place-0');
  assert.is(await succeed(t, 'acquire -s place'), 'place-0\n', 'its slot is free');
  const copy = ['copydown', '/etc/passwd', `${t.dir}/there`];
  assert.equal(await server.ask(...copy), ['copy-failed']);
  assert.not.ok(existsSync(`${t.dir}/there`));
  assert.equal(await server.ask('close'), ['ok']);
  server.child.stdin?.end('quit\n');
  assert.match((await server.end).stderr, /^crcache: .* not held by lease/m);
  assert.is(await inUse(t, 'place'), 1);
});

test('waits for an instance only as long as somebody is there', async (t) => {
  configure(t, 'place', 'type=sim', 'maximum=1');
  await succeed(t, 'acquire -s place');
  const server = await start(t, 'place');
  server.child.stdin?.write('open\n');
  const waiting = async (): Promise<boolean> =>
    (await succeed(t, 'status --json place')).includes('"waiting": 1,');
  while (!(await waiting()));
  server.child.stdin?.end();
  const {status, stderr} = await server.end;
  assert.equal([status, stderr], [1, "crcache: it ends without 'quit'\n"]);
  assert.not.ok(await waiting());
});

test('gives back an instance that is out of reach', async (t) => {
  const wrapper = `#!/bin/sh\n[ ! -e ${t.dir}/far ] || exit 255\nexec "$@"\n`;
  configure(t, 'place', 'type=sim', `run-wrapper=${t.write('wrapper', wrapper, 0o755)}`);
  const server = await start(t, 'place');
  await server.ask('open');
  t.write('far', '');
  assert.equal(await server.ask('close'), ['ok']);
  assert.is(await inUse(t, 'place'), 0);
  server.child.stdin?.end('quit\n');
  const {status, stderr} = await server.end;
  assert.is(status, 0);
  assert.match(stderr, /'place-0': status 255\n$/);
});

test('ends by a signal in the middle of a copy', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  useMachines(t);
  const server = await start(t, 'machines');
  await server.ask('open');
  const before = 'bin/crcache-source-machine.before';
  const hang = `#!/bin/sh\necho >${t.dir}/started\nexec env MARK=${t.dir} sleep 98765\n`;
  t.write(before, hang, 0o755);
  server.child.stdin?.write(`copydown /etc/passwd ${t.dir}/there\n`);
  await until(() => existsSync(`${t.dir}/started`), 'it copies');
  t.write(before, '#!/bin/sh\n', 0o755);
  server.child.kill('SIGTERM');
  assert.is((await server.end).status, 1);
  assert.is(await inUse(t, 'machines'), 0);
  assert.equal(await findLeftOver(`MARK=${t.dir}`), []);
});

test('gives back an instance that is being reverted when a signal comes', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  useMachines(t, 'reset');
  const server = await start(t, 'machines');
  await server.ask('open');
  const waits = `#!/bin/sh\necho >${t.dir}/started\nuntil [ -e ${t.dir}/go ]; do sleep 0.01; done\n`;
  t.write('bin/crcache-source-machine.before', waits, 0o755);
  server.child.stdin?.write('revert\n');
  await until(() => existsSync(`${t.dir}/started`), 'it is being reset');
  server.child.kill('SIGTERM');
  t.write('go', '');
  assert.is.not((await server.end).status, 0);
  assert.is(await inUse(t, 'machines'), 0);
});

/** The example, on trees that are Debian systems. */
function prepare(t: Sandbox): string {
  if (process.getuid?.() !== 0) t.skip('needs root');
  useSystemPrograms(t);
  makeDebianTree(t, `${t.dir}/tree`);
  const lines = ['type=chroot', `root=${t.dir}/tree`, 'import=/usr', 'import=/var/lib/dpkg'];
  configure(t, 'trees', ...lines);
  return copyExample(t, 'autopkgtest');
}

/** What the package says of itself, and what is in it, but for times. */
async function list(t: Sandbox, cwd: string): Promise<string> {
  const code = `dpkg-deb --field $0 && dpkg-deb --fsys-tarfile $0 | tar -tv | awk '{print $1, $2, $3, $6}'`;
  const {status, stdout, stderr} = await t.run(
    'sh',
    ['-c', `${code} && rm $0`, 'hello_1.0_all.deb'],
    {cwd},
  );
  assert.is(status, 0, stderr);
  return stdout;
}

test('tests and builds a package as the manual shows', {timeLimitMs: 240_000}, async (t) => {
  t.needs('autopkgtest', 'sbuild', 'dpkg-source');
  const cwd = prepare(t);
  discardAtEnd(t);
  await follow(t, 'man/crcache-autopkgtest.7', cwd);
  assert.is(readFileSync(`${cwd}/results/artifacts/touched`, 'utf8'), 'touched\n');
  const built = await list(t, cwd);
  assert.match(built, /\.\/usr\/bin\/hello/);
  const words = ['--build=binary', '--unsigned-changes', '--no-check-builddeps'];
  await t.run('dpkg-buildpackage', words, {cwd: `${cwd}/hello`});
  assert.is(await list(t, cwd), built, 'it is as built without');
  assert.is(await inUse(t, 'trees'), 0);
});

/** What is below the example's source, and what comes of its tests there: one may break its testbed. */
const places: Readonly<Record<string, {root: string; prepare: (t: Sandbox) => unknown}>> = {
  docker: {root: 'PASS', prepare: useDocker},
  ssh: {root: 'SKIP', prepare: useSshHost},
};

async function useDocker(t: Sandbox): Promise<void> {
  t.needs('dockerd', 'docker');
  await startDocker(t);
  const code = 'tar -C tree -c . | docker import - tree:latest';
  const {status, stderr} = await t.run('sh', ['-c', code]);
  assert.is(status, 0, stderr);
  const args = 'args=--network none -v /usr:/usr:ro -v /var/lib/dpkg:/var/lib/dpkg:ro';
  configure(t, 'trees', 'type=container', 'engine=docker', 'image=tree', args);
}

async function useSshHost(t: Sandbox): Promise<void> {
  t.needs('sshd', 'ip');
  const {addresses, lines} = await startSshHosts(t, 1);
  configure(t, 'trees', 'type=ssh', `ssh_host=root@${String(addresses[0])}`, ...lines);
}

for (const [place, {root, prepare: preparePlace}] of Object.entries(places)) {
  test(`tests a package in instances of ${place}`, {timeLimitMs: 240_000}, async (t) => {
    t.needs('autopkgtest');
    const cwd = prepare(t);
    await preparePlace(t);
    const {status, stdout, stderr} = await t.run('./test-package', [], {cwd});
    assert.is(status, root === 'PASS' ? 0 : 2, stdout + stderr);
    const summary = readFileSync(`${cwd}/results/summary`, 'utf8');
    const results = new Set(summary.match(/^\w+ +\w+/gm)); // one that is skipped is told of twice
    assert.equal([...results].sort(), [
      'hello                PASS',
      `root                 ${root}`,
    ]);
    const touched = `${cwd}/results/artifacts/touched`;
    assert.is(existsSync(touched) && readFileSync(touched, 'utf8'), root === 'PASS' && 'touched\n');
    assert.is(await inUse(t, 'trees'), 0);
  });
}

test('has the same results without it', {timeLimitMs: 240_000}, async (t) => {
  t.needs('autopkgtest');
  const cwd = prepare(t);
  const words = ['--no-built-binaries', '--output-dir', 'results', './hello', '--', 'null'];
  const {status, stdout} = await t.run('autopkgtest', words, {cwd});
  assert.is(status, 2, stdout);
  assert.match(readFileSync(`${cwd}/results/summary`, 'utf8'), /^hello +PASS$/m);
});

/** Has the package's first test not end; the value is the mark of its processes. */
function makeEndless(t: Sandbox, cwd: string): string {
  const mark = `MARK=${t.dir}/endless`;
  const test = `#!/bin/sh\nsetsid env ${mark} sleep 98765 &\nexec env ${mark} sleep 98765\n`;
  writeFileSync(`${cwd}/hello/debian/tests/hello`, test);
  return mark;
}

test('a test that takes too long leaves nothing', {timeLimitMs: 240_000}, async (t) => {
  t.needs('autopkgtest');
  const cwd = prepare(t);
  const mark = makeEndless(t, cwd);
  const more = ['--no-built-binaries', '--timeout-test=1', '--test-name=hello'];
  const words = [...more, '--output-dir', 'results', './hello', '--', 'crcache', 'trees'];
  const {stdout} = await t.run('autopkgtest', words, {cwd});
  assert.match(stdout, /hello +FAIL timed out/);
  assert.equal(await findLeftOver(mark), []);
  assert.is(await inUse(t, 'trees'), 0);
});

test('that is killed with all it started leaves nothing', {timeLimitMs: 240_000}, async (t) => {
  t.needs('autopkgtest');
  const cwd = prepare(t);
  const mark = makeEndless(t, cwd);
  const onStart = (child: ChildProcess): void => {
    void until(() => findMarked(mark).length === 2, 'the test runs').then(() => {
      killGroup(child);
    });
  };
  assert.is((await t.run('./test-package', [], {cwd, onStart})).signal, 'SIGKILL');
  await succeed(t, 'gc');
  assert.equal(await findLeftOver(mark), []);
  assert.is(await inUse(t, 'trees'), 0);
});

test(
  'sbuild that is killed with all it started leaves nothing',
  {timeLimitMs: 240_000},
  async (t) => {
    t.needs('sbuild', 'dpkg-source');
    const cwd = prepare(t);
    const mark = `MARK=${t.dir}/endless`;
    writeFileSync(
      `${cwd}/hello/debian/rules`,
      `#!/bin/sh\n[ "$1" = clean ] || exec env ${mark} sleep 98765\n`,
    );
    const run = t.run('./build-package', [], {
      cwd,
      onStart: (child) => {
        void until(() => findMarked(mark).length > 0, 'the build runs').then(() => {
          killGroup(child);
        });
      },
    });
    assert.is((await run).signal, 'SIGKILL');
    await succeed(t, 'gc');
    assert.equal(await findLeftOver(mark), []);
    assert.is(await inUse(t, 'trees'), 0);
  },
);
