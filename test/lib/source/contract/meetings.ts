// Jobs of several streams, which meet wherever they are.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import type {There} from './there.js';

export function describeMeetings(there: There): void {
  const {test, kind} = there;

  // These start some ten commands, and a kind's tool may be slow to start.
  const many = {timeLimitMs: 60_000};

  test('jobs of streams begin together, meet, and end with their command', many, async (t) => {
    await there.enter(t);
    t.write('lab.yaml', `[{source: ${kind.source}}, {source: ${kind.source}}]`);
    const code = `
      job='barrier begun 3; read -r up _ </proc/uptime; echo "$up"; barrier part 3; sleep 1000'
      crcache run -d --together go :1-2 sh -c "$job" >/dev/null
      crcache barrier begun 3 --timeout 30s && crcache barrier part 3 --timeout 30s`;
    const words = ['with', '--streams', 'lab.yaml', '--outputs', 'kept', '--', 'sh', '-c', code];
    const {status, stdout, stderr} = await t.crcache(words);
    assert.equal([status, stdout, stderr], [0, '', '']);
    const [first, second] = ['1', '2'].map((stream) => {
      const leaves = (file: string): string =>
        readFileSync(`${t.dir}/kept/${stream}/1/${file}`, 'utf8').trim();
      assert.is(leaves('exit'), '143');
      return Number(leaves('stdout'));
    });
    const apart = Math.abs(Number(first) - Number(second));
    t.note(`in '${kind.name}', two went on ${apart.toFixed(2)} s apart`);
  });
}
