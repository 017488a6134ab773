import * as assert from 'uvu/assert';
import {checkCycles, type StandsOn} from '../../../lib/config/cycle.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {Tree} from './tree.js';

const test = suite('cycles of pools');

const standsOn: StandsOn = ({settings}) => (settings['sources'] ?? []) as readonly string[];

/** Pools by what they stand on; the others are local. */
function treeOf(t: Sandbox, pools: Readonly<Record<string, string>>): Tree {
  const tree = new Tree(t);
  for (const [name, below] of Object.entries(pools)) {
    tree.source('user', name, below === '' ? 'type=local' : `type=pool\nsources=${below}`);
  }
  return tree;
}

test('finds none in pools that share what they stand on', (t) => {
  const tree = treeOf(t, {a: 'b,c', b: 'd', c: 'd', d: 'local'});
  checkCycles(tree.configuration(), 'a', {standsOn});
});

test('is quick where there are many ways to one source', (t) => {
  const pools = Array.from({length: 60}, (_, level) => {
    const below = ['x', 'y', 'z'].map((each) => `l${String(level + 1)}.${each}`).join(',');
    return ['x', 'y', 'z'].map((each): [string, string] => [
      `l${String(level)}.${each}`,
      level === 59 ? 'local' : below,
    ]);
  }).flat();
  checkCycles(treeOf(t, Object.fromEntries(pools)).configuration(), 'l0.x', {standsOn});
});

for (const [pools, way, file] of [
  [{a: 'a'}, 'a -> a', 'a'],
  [{a: 'b', b: 'a'}, 'a -> b -> a', 'b'],
  [{a: 'local,b', b: 'c', c: 'd', d: 'b'}, 'b -> c -> d -> b', 'd'],
] as const) {
  test(`says ${way}, and on which line`, (t) => {
    const message = new RegExp(`/sources/${file}/source.conf:2: '.' stands on itself: ${way}$`);
    const hint = /^take '.' from the sources of '.'$/;
    const use = (): void => {
      checkCycles(treeOf(t, pools).configuration(), 'a', {standsOn});
    };
    new Tree(t).fails(use, {message, hint});
  });
}

test('says which source is not there', (t) => {
  const tree = treeOf(t, {a: 'golden-image, goldn', golden: ''});
  const use = (): void => {
    checkCycles(tree.configuration(), 'a', {standsOn});
  };
  tree.fails(use, {message: /a\/source\.conf:2: 'a' stands on 'golden-image', which is not/});
  tree.source('user', 'golden-image', 'type=local');
  tree.fails(
    () => {
      checkCycles(tree.configuration(), 'a', {standsOn});
    },
    {
      message: /'a' stands on 'goldn', which is not configured$/,
      hint: /did you mean 'golden'\?/,
    },
  );
  assert.is(tree.configuration().names().names.length, 4);
});

for (const [below, hint] of [
  ['golden silver', /^known are: golden, local$/],
  ['golden-0', /^did you mean 'golden'\?$/],
] as const) {
  test(`says where a pool lists '${below}', which no source can be called`, (t) => {
    const tree = treeOf(t, {a: below, golden: ''});
    const use = (): void => {
      checkCycles(tree.configuration(), 'a', {standsOn});
    };
    const message = new RegExp(
      `/a/source.conf:2: 'a' stands on '${below}', which is not configured$`,
    );
    tree.fails(use, {message, hint});
  });
}
