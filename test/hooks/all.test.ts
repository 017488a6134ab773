import {readdirSync, readFileSync, statSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {hooks} from '../helpers/ready-made.js';
import {suite} from '../helpers/suite.js';

const test = suite('ready-made hooks');

const sets = readdirSync(hooks).filter((set) => set !== 'types' && set !== 'README.md');
const phasesOf = (set: string): string[] =>
  readdirSync(`${hooks}/${set}`).filter((name) => name !== 'README.md');
const files = sets.flatMap((set) =>
  phasesOf(set).flatMap((phase) =>
    readdirSync(`${hooks}/${set}/${phase}`).map((name) => `${set}/${phase}/${name}`),
  ),
);

test('are executable, begin with what they do, and have nothing for shellcheck to say', async (t) => {
  t.needs('shellcheck');
  assert.ok(files.length > 10);
  for (const file of files) {
    assert.ok((statSync(`${hooks}/${file}`).mode & 0o111) === 0o111, file);
    assert.match(
      readFileSync(`${hooks}/${file}`, 'utf8'),
      /^#!\/bin\/sh\n# [A-Z][^]*\nset -eu\n/,
      file,
    );
    const [, set, number] =
      /^([a-z-]+)\/(?:provision|allocate|release|discard)\.d\/([0-9]{2})-/.exec(file) ?? [];
    assert.ok(
      file.endsWith(`/${number ?? ''}-${set ?? ''}`),
      `${file}: a hook is named after its set`,
    );
  }
  const types = readdirSync(`${hooks}/types`).map((name) => `types/${name}`);
  const {stdout} = await t.run(
    'shellcheck',
    [...files, ...types].map((file) => `${hooks}/${file}`),
  );
  assert.is(stdout, '');
});
