// What clients read: on the stdout of every callout is what its client expects, and nothing else. Here is who is new on
// this machine, and has hooks that print and files that are warned of.

import * as assert from 'uvu/assert';
import {configure} from '../helpers/configured.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {beNewHere} from '../helpers/sessions.js';
import {suite} from '../helpers/suite.js';

const test = suite('callouts');

const phases = ['provision', 'allocate', 'release', 'discard', 'pre-run', 'post-run'];

/** The pool 'tests' of two, whose hooks print, beside a source that is wrong. */
function prepare(t: Sandbox): void {
  configure(t, 'fake', 'type=sim', 'maximum=2');
  configure(t, 'tests', 'type=pool', 'sources=fake');
  configure(t, 'wrong', 'type=sim', 'maximun=2');
  for (const phase of phases) {
    const noise = `#!/bin/sh\necho "words of ${phase}"\necho 'ok and "more"' >&2\n`;
    t.write(`config/sources/tests/${phase}.d/noise`, noise, 0o755);
    t.write(`config/sources/tests/${phase}.d/skipped`, noise);
  }
  const config = t.env['CRCACHE_CONFIG'];
  beNewHere(t);
  t.env['CRCACHE_CONFIG'] = config;
}

interface Callout {
  readonly line: string;
  readonly stdout: RegExp;
  /** What is on stderr, where there is something to tell. */
  readonly stderr?: RegExp;
}

const warned = /allocate.d is skipped[^]*words of allocate/;

/** The callouts of each client in the order in which it makes them, the first in an empty home. */
const clients: Readonly<Record<string, readonly Callout[]>> = {
  testrepository: [
    {line: 'crcache status tests --query available', stdout: /^2\n$/},
    {
      line: 'crcache acquire -s tests --import . --for-pid $PPID 2',
      stdout: /^tests-0\ntests-1\n$/,
      stderr: warned,
    },
    {
      line: 'crcache run -C "$PWD" --files tests-0 list -- A=b sh -c "printf \\$A; cat list"',
      stdout: /^b1\n2\n$/,
      stderr: /words of pre-run/,
    },
    {line: 'crcache release tests-0 tests-1', stdout: /^$/, stderr: /words of release/},
    {line: 'crcache release', stdout: /^$/},
  ],
  'autopkgtest-virt-crcache': [
    {
      line: "printf '%s\\n' capabilities open print-execute-command close quit | autopkgtest-virt-crcache tests",
      stdout: /^ok\nok[^\n]*\nok \/\S+\nok \S+\nok\n$/,
      stderr: warned,
    },
  ],
  'crcache-gitlab': [
    {line: 'crcache-gitlab config', stdout: /^\{.*\}\n$/},
    {
      line: 'crcache-gitlab prepare -s tests',
      stdout: /^Using instance tests-0\.\.\.\n$/,
      stderr: warned,
    },
    {
      line: 'echo "printf word" >script; crcache-gitlab run script build_script',
      stdout: /^word$/,
      stderr: /words of post-run/,
    },
    {line: 'crcache-gitlab cleanup', stdout: /^$/, stderr: /words of release/},
  ],
  'inventory and ssh-config': [
    {line: 'crcache inventory --list', stdout: /^\{[^{]*\{[^]*\}\n$/},
    {line: 'crcache ssh-config', stdout: /^$/},
    {line: 'crcache acquire -s tests', stdout: /^tests-0\n$/, stderr: warned},
    {line: 'crcache inventory --host tests-0', stdout: /^\{[^{]*\}\n$/},
    {
      line: 'ssh-keygen -q -N "" -f key && crcache ssh-config --key key',
      stdout: /^(Host tests-0|  \S+ .*)\n$/m,
    },
    {line: 'crcache rsh tests-0 "printf word"', stdout: /^word$/, stderr: /words of pre-run/},
    {line: 'crcache release --all', stdout: /^$/, stderr: /words of release/},
  ],
};

for (const [client, callouts] of Object.entries(clients)) {
  test(`of ${client} print what it expects and nothing else`, async (t) => {
    prepare(t);
    t.write('list', '1\n2\n');
    Object.assign(t.env, {BUILD_FAILURE_EXIT_CODE: '81', SYSTEM_FAILURE_EXIT_CODE: '82'});
    for (const {line, stdout, stderr = /^/} of callouts) {
      const result = await t.run('sh', ['-c', line]);
      assert.is(result.status, 0, `${line}: ${result.stderr}`);
      assert.match(result.stdout, stdout, line);
      assert.match(result.stderr, stderr, line);
    }
  });
}
