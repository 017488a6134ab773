import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {repository, type Sandbox} from '../helpers/sandbox.js';
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

test('finds that the example of a type does what it must', {timeLimitMs: 60_000}, async (t) => {
  const config = directories(t, (text) => text);
  const {status, stdout, stderr} = await t.crcache(['check-type', 'directory', '--config', config]);
  assert.equal([status, stderr], [0, ''], stdout);
  assert.match(stdout, /^RESULT +CLAIM +SEEN\nholds +arguments arrive as they are\n/);
  assert.match(stdout, /^not claimed +two instances do not see one another$/m);
  assert.not.match(stdout, /^fails/m);
  assert.is((await t.run('ls', ['-A', 'base'])).stdout, '', 'nothing is left');
});

/** What is wrong with a type, by the claim that it breaks. */
const faults: Readonly<Record<string, (text: string) => string>> = {
  'arguments arrive as they are': (text) => text.replace('exec "$@"', 'eval "$*"'),
  'statuses pass': (text) => text.replace('eval "$*"', '{ eval "$*" || exit 1; }'),
  'reset undoes changes': (text) => text.replace(/reset\) .*;;/, 'reset) ;;'),
  'what was made is listed': (text) =>
    text.replace(/list\) .*;;/, 'list) echo "$CRCACHE_STORE"checked-1-x ;;'),
  'discarding what is gone already is fine': (text) =>
    text.replace('rm -rf "$place" ;;', 'rm -r "$place" ;;'),
};

test('names each of five faults', {timeLimitMs: 60_000}, async (t) => {
  const config = directories(t, (text) =>
    Object.values(faults).reduce((changed, plant) => plant(changed), text),
  );
  const found = await findingsOf(t, 'directory', '--config', config);
  const failing = found.filter(({result}) => result === 'fails').map(({claim}) => claim);
  const unnamed = Object.keys(faults).filter((claim) => !failing.includes(claim));
  assert.equal(unnamed, []);
});

test('tells why no instance is given out', async (t) => {
  const config = directories(t, (text) => text.replace('mkdir -p', 'no-such-command'));
  const [finding] = await findingsOf(t, 'directory', '--config', config);
  assert.equal([finding?.claim, finding?.result], ['is given out', 'fails']);
  assert.match(finding?.words ?? '', "'directory provision' ended with status 127");
});

test('refuses a file that is not there', async (t) => {
  const {status, stderr} = await t.crcache(['check-type', 'sim', '--config', 'none']);
  assert.equal([status, stderr], [2, "crcache: there is no file 'none'\n"]);
});
