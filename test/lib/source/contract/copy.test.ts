// Files go from one type of instance to another.

import * as assert from 'uvu/assert';
import {suite} from '../../../helpers/suite.js';
import {script, tree} from './copies.js';
import {acquireKind, kinds} from './kinds.js';

const test = suite('cp');

test(
  'brings a tree from one type of instance to another, and back',
  {timeLimitMs: 60_000},
  async (t) => {
    const names: string[] = [];
    for (const kind of kinds.filter((each) => ['sim', 'chroot'].includes(each.name))) {
      names.push(await acquireKind(t, kind));
    }
    const [name = '', other = ''] = names;
    const code = `${tree}
    at=$(crcache cp tree $name:); there=$(crcache run ${other} mktemp -d)
    crcache cp $name:$at/tree ${other}:$there/ && crcache cp ${other}:$there/tree $name:$at/back
    rm tree/program; crcache run ${other} rm $there/tree/program
    crcache -q sync --delete ${other}:$there/tree $name:$at/back
    crcache cp $name:$at/back back; times=-false; diff -a <(describe tree) <(describe back) && echo same`;
    assert.is(await script(t, name, code), 'same\n');
  },
);
