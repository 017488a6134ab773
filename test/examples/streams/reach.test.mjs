// node --test reach.test.mjs: the same, as a test of node's own.

import assert from 'node:assert';
import test from 'node:test';
import {openStreams, shell} from 'crcache';

test('two hosts reach each other', async (t) => {
  const streams = await openStreams({file: 'lab.yaml'});
  t.after(() => streams.close());
  const reach = (host) => shell(`barrier met 2 && ping -c 1 ${host}`, {stdout: 'said'});
  await streams[1].run(reach(await streams[2].host));
  await streams[2].run(reach(await streams[1].host));
  const both = streams.range(1, 2);
  await both.wait();
  assert.ok(both.success);
  assert.match(streams[1].output.said, /1 packets received/);
});
