// A test that names no host, on four of them: which they are, and of what kind, is said by the file of streams alone.

import * as assert from 'uvu/assert';
import {assertAtRest} from '../helpers/at-rest.js';
import {startDocker} from '../helpers/engines.js';
import {loadLibrary} from '../helpers/library.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {startSshHosts, type SshHosts} from '../helpers/ssh-hosts.js';
import {suite} from '../helpers/suite.js';

const test = suite('streams of hosts');

/** What a user would write: the first two reach each other, and the last two do not. */
async function reach(t: Sandbox): Promise<Record<string, boolean>> {
  const {openStreams, shell} = loadLibrary(t);
  const streams = await openStreams({file: 'lab.yaml', strict: true});
  t.atEnd(() => streams.close());
  const [one, two, three, four] = await Promise.all(
    ['1', '2', '3', '4'].map(async (name) => String(await streams.stream(name).host)),
  );
  const ping = (stream: string, host = ''): Promise<void> =>
    streams.stream(stream).run(shell(`barrier met 4 && busybox ping -c 1 -W 5 ${host}`));
  await Promise.all([ping('1', two), ping('2', one), ping('3', four), ping('4', three)]);
  const pairs = {'1-2': streams.range(1, 2), '3-4': streams.range(3, 4)};
  await Promise.all(Object.values(pairs).map((pair) => pair.wait()));
  const ends = Object.entries(pairs).map(([name, {success}]) => [name, success]);
  await streams.close();
  return Object.fromEntries(ends) as Record<string, boolean>;
}

/** Containers of docker's on the bridge of the hosts, whose networks others may share; the value is their addresses. */
async function startPods(t: Sandbox, {bridge, addresses}: SshHosts): Promise<string[]> {
  await startDocker(t);
  const own = addresses.map((address) => address.replace(/[0-9]+$/, (host) => `${host}0`));
  const code = `
    docker run -d --name "$1" --network none --stop-signal KILL golden sleep 1000 &&
    pid=$(docker inspect -f '{{.State.Pid}}' "$1") && ip netns attach "$2$1" "$pid" &&
    ip link add "$2$1" type veth peer name eth0 netns "$2$1" && ip link set "$2$1" master "$2" up &&
    ip -n "$2$1" addr add "$3/24" dev eth0 && ip -n "$2$1" link set eth0 up`;
  for (const [index, address] of own.entries()) {
    const name = podName(index);
    t.atEnd(() => t.run('ip', ['netns', 'del', `${bridge}${name}`]));
    const {status, stderr} = await t.run('sh', ['-c', code, 'sh', name, bridge, address]);
    assert.is(status, 0, stderr);
  }
  return own;
}

const podName = (index: number): string => `p${String(index)}`;

/** Has the last two of four hosts not reach each other. */
async function cutOff(
  t: Sandbox,
  namespaces: readonly string[],
  addresses: readonly string[],
): Promise<void> {
  for (const [from, to] of [
    [2, 3],
    [3, 2],
  ] as const) {
    const rule = ['-A', 'OUTPUT', '-d', addresses[to] ?? '', '-j', 'DROP'];
    const cut = await t.run('ip', ['netns', 'exec', namespaces[from] ?? '', 'iptables', ...rule]);
    assert.is(cut.status, 0, cut.stderr);
  }
}

test(
  'four hosts are processes, containers or behind ssh, as the file says',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('iptables', 'busybox', 'docker', 'dockerd');
    const hosts = await startSshHosts(t, 4);
    const {addresses, namespaces, lines, bridge} = hosts;
    await cutOff(t, namespaces, addresses);
    const pods = await startPods(t, hosts);
    await cutOff(
      t,
      pods.map((_, index) => `${bridge}${podName(index)}`),
      pods,
    );
    const keys = Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string]));
    const kinds: Readonly<Record<string, (index: number) => Record<string, unknown>>> = {
      processes: (index: number) => ({
        type: 'command',
        provision_command: `echo host=${String(addresses[index])}`,
        run_command: `ip netns exec ${String(namespaces[index])}`,
        shares_files: true,
      }),
      containers: (index: number) => ({
        type: 'container',
        engine: 'docker',
        image: 'golden',
        args: `--network container:${podName(index)}`,
      }),
      'hosts behind ssh': (index: number) => ({
        type: 'remote',
        host: `root@${String(addresses[index])}`,
        ...keys,
      }),
    };
    for (const [kind, define] of Object.entries(kinds)) {
      t.write('lab.yaml', JSON.stringify([0, 1, 2, 3].map((index) => define(index))));
      assert.equal(await reach(t), {'1-2': true, '3-4': false}, kind);
    }
    await assertAtRest(t);
  },
);
