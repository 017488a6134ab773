// argv in is argv out, by every way.

import * as assert from 'uvu/assert';
import {readFileSync, writeFileSync} from 'node:fs';
import type {Random} from '../../../helpers/random.js';
import type {There} from './there.js';

const vectorCount = 500;
const vectorsInACall = 250;
const between = Buffer.from('<next>');

export function describeArguments(there: There): void {
  for (const way of there.ways) {
    there.test(`arguments arrive as they are ${way.name}`, {timeLimitMs: 120_000}, async (t) => {
      const vectors = Array.from({length: vectorCount}, () => randomVector(t.random));
      const calls = chunks(vectors).map((some) => some.flatMap((vector) => [...vector, between]));
      const lines = calls.map((words) => ['in_it printf "%s\\0"', ...words.map(quoteBytes)]);
      const text = lines.map((line) => `${line.join(' ')}\n`).join('');
      writeFileSync(`${t.dir}/calls`, text, 'latin1');
      const {stderr} = await there.shell(t, way, '. ./calls >arrived');
      assert.is(stderr, '');
      const arrived = readFileSync(`${t.dir}/arrived`);
      const sent = Buffer.concat(calls.flat().flatMap((word) => [word, Buffer.of(0)]));
      assert.ok(arrived.equals(sent), firstDifference(arrived, sent));
    });

    there.test(`arguments of 100 KiB arrive ${way.name}`, async (t) => {
      const code = `long=$(printf "%0102399d" 7); in_it printf '%s\\n' "$long" "$long" | cksum`;
      const {stdout, stderr} = await there.shell(t, way, code);
      const plain = await t.run('sh', ['-c', `printf '%0102399d\\n%0102399d\\n' 7 7 | cksum`]);
      assert.equal([stdout, stderr], [plain.stdout, '']);
    });
  }
}

const pieces = [
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\n\n',
    "'",
    '"',
    '\\',
    '$HOME',
    '$(id)',
    '`id`',
    '${x',
    '*',
    '?',
    '~',
  ],
  ...[
    '-',
    '--',
    '-n',
    '-e',
    '--help',
    '=',
    'A=b',
    ';',
    '&',
    '|',
    '<',
    '>',
    '#',
    '!',
    '%s',
    '{}',
    '[a]',
  ],
  ...['a', 'word', 'ä', '€', '😀', '\u0301', '\ufffd', '\u001b[0m', '\r', '\r\n', '\u007f'],
].map((text) => Buffer.from(text));

/** Bytes that are no UTF-8, or that shells use for themselves. */
const rawBytes = [0x80, 0x81, 0x82, 0x88, 0xc0, 0xc3, 0xe2, 0xed, 0xf0, 0xfe, 0xff, 0x01, 0x0c];

function randomVector(random: Random): Buffer[] {
  return Array.from({length: random.below(6)}, () => randomWord(random));
}

function randomWord(random: Random): Buffer {
  const parts = Array.from({length: random.below(5)}, () =>
    random.below(4) === 0
      ? Buffer.of(random.pick(rawBytes as [number, ...number[]]))
      : random.pick(pieces as [Buffer, ...Buffer[]]),
  );
  return Buffer.concat(parts);
}

/** A word for sh, each byte as one character. */
function quoteBytes(word: Buffer): string {
  return `'${word.toString('latin1').replaceAll("'", "'\\''")}'`;
}

function chunks(vectors: readonly Buffer[][]): Buffer[][][] {
  const count = Math.ceil(vectors.length / vectorsInACall);
  return Array.from({length: count}, (_, index) =>
    vectors.slice(index * vectorsInACall, (index + 1) * vectorsInACall),
  );
}

function firstDifference(arrived: Buffer, sent: Buffer): string {
  const at = sent.findIndex((byte, index) => arrived[index] !== byte);
  const around = (bytes: Buffer): string =>
    JSON.stringify(bytes.toString('latin1', at - 20, at + 20));
  return `at byte ${String(at)}: sent ${around(sent)}, arrived ${around(arrived)}`;
}
