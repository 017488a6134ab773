// Hosts behind ssh: each is a network namespace with its own sshd, name, home and /run, on one bridge. Root only.
//
// All of a test's hosts end with it: by the pid of each, then its namespace, then the bridge.

import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {stateOf, until} from './held.js';
import type {Sandbox} from './sandbox.js';
import {processesStarting} from './sleepers.js';

export interface SshHosts {
  /** The address of each host, in the order of their names. */
  readonly addresses: readonly string[];
  /** Lines of source.conf by which a source may log in. */
  readonly lines: readonly string[];
  /** The bridge that all are on, whose addresses end in .1 for this machine, and in .10 and so on for them. */
  readonly bridge: string;
  /** The network namespace that each is. */
  readonly namespaces: readonly string[];
  /** A line of source.conf: a host that does not answer is given so much time that one that does has enough. */
  readonly patience: () => Promise<string>;
  /** Lets a host answer the other hosts alone; and this machine again. */
  readonly hide: (index: number) => Promise<void>;
  readonly unhide: (index: number) => Promise<void>;
  /** The file of a host's, in the sandbox, that is run where a session begins. */
  readonly rcOf: (index: number) => string;
  /** Ends the sshd of a host and all of its connections. */
  readonly kill: (index: number) => Promise<void>;
  /** Ends the connections of the only host, on either side; what was started by them stays. */
  readonly drop: () => Promise<void>;
}

const start = `set -eu
dir=$1 index=$2 tag=$3 net=$4
home=$dir/host$index
mkdir -p "$home/root/.ssh"
cp "$dir/key.pub" "$home/root/.ssh/authorized_keys"
ssh-keygen -q -t ed25519 -N '' -f "$home/hostkey"
cat >"$home/conf" <<END
Port 22
HostKey $home/hostkey
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
AuthorizedKeysFile $home/root/.ssh/authorized_keys
MaxSessions 100
MaxStartups 200
END
ip netns add "$tag$index"
ip link add "$tag$index" type veth peer name eth0 netns "$tag$index"
ip link set "$tag$index" master "$tag" up
ip -n "$tag$index" addr add "$net.1$index/24" dev eth0
ip -n "$tag$index" link set eth0 up
ip -n "$tag$index" link set lo up
printf '%s ' "$net.1$index" >>"$dir/known_hosts"
cut -d ' ' -f 1,2 "$home/hostkey.pub" >>"$dir/known_hosts"
nsenter --net="/run/netns/$tag$index" unshare -m -u --propagation private sh -c '
  hostname "$1"; mount --bind "$2/root" /root; mount -t tmpfs tmpfs /run; mkdir /run/sshd
  exec /usr/sbin/sshd -D -f "$2/conf" -E "$2/log"' sh "host$index" "$home" </dev/null >/dev/null 2>&1 &
echo $! >"$home/pid"
until grep -qs listening "$home/log"; do sleep 0.01; done
`;

const stop = `
for dir; do
  for pid in $(ip netns pids "$dir" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
  ip link del "$dir" # whoever unshared mounts meanwhile keeps the namespace, and the link with it
  ip netns del "$dir"
done`;

const drop = `
for pid in $(ip netns pids "$1"); do
  case $(cat "/proc/$pid/comm") in sshd*) [ "$(ps -o ppid= -p "$pid")" -le 1 ] || kill -9 "$pid" ;; esac
done 2>/dev/null`;

/** The connections of a state directory. */
export function mastersOf({dir}: Sandbox): string[] {
  return processesStarting(`ssh: ${dir}/state/ssh/`);
}

/** Starts as many hosts; they are on a network of the test's own. */
export async function startSshHosts(t: Sandbox, count: number): Promise<SshHosts> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('sshd', 'ssh', 'ip', 'nsenter');
  const dir = `${t.dir}/hosts`;
  mkdirSync(dir);
  const unique = process.pid % 60_000;
  const tag = `cc${unique.toString(36)}h`;
  const net = `10.${String(64 + (unique % 128))}.${String((unique >> 7) % 250)}`;
  const must = async (program: string, words: readonly string[]): Promise<void> => {
    const {status, stderr} = await t.run(program, words);
    if (status !== 0) throw new Error(`'${program} ${words.join(' ')}': ${stderr}`);
  };
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${dir}/key`]);
  writeFileSync(`${dir}/known_hosts`, '');
  await must('ip', ['link', 'add', tag, 'type', 'bridge']);
  t.atEnd(() => must('ip', ['link', 'del', tag]));
  await must('ip', ['addr', 'add', `${net}.1/24`, 'dev', tag]);
  await must('ip', ['link', 'set', tag, 'up']);
  const names = Array.from({length: count}, (_, index) => index);
  for (const index of names) {
    t.atEnd(() => t.run('sh', ['-c', stop, 'sh', `${tag}${String(index)}`]));
    await must('sh', ['-c', start, 'sh', dir, String(index), tag, net]);
  }
  return {
    addresses: names.map((index) => `${net}.1${String(index)}`),
    lines: [`ssh_key=${dir}/key`, `ssh_known_hosts=${dir}/known_hosts`, 'ssh_config=/dev/null'],
    bridge: tag,
    namespaces: names.map((index) => `${tag}${String(index)}`),
    rcOf: (index) => `hosts/host${String(index)}/root/.ssh/rc`,
    patience: async () => {
      const start = performance.now();
      const known = `UserKnownHostsFile=${dir}/known_hosts`;
      const words = ['-F', '/dev/null', '-i', `${dir}/key`, '-o', known, `root@${net}.10`, 'true'];
      await must('ssh', words);
      const seconds = Math.ceil((6 * (performance.now() - start)) / 1000);
      return `ssh_timeout=${String(seconds)}`;
    },
    hide: (index) =>
      must('ip', ['-n', `${tag}${String(index)}`, 'route', 'add', 'blackhole', `${net}.1`]),
    unhide: (index) =>
      must('ip', ['-n', `${tag}${String(index)}`, 'route', 'del', 'blackhole', `${net}.1`]),
    drop: async () => {
      const masters = mastersOf(t).map(Number);
      await must('sh', ['-c', drop, 'sh', `${tag}0`]);
      await until(() => masters.every((pid) => stateOf(pid) === ''), 'the connections have ended');
    },
    kill: async (index) => {
      const pid = Number(readFileSync(`${dir}/host${String(index)}/pid`, 'utf8'));
      const code = 'for pid in $(ip netns pids "$0"); do kill -9 "$pid" 2>/dev/null || :; done';
      await must('sh', ['-c', code, `${tag}${String(index)}`]);
      await until(() => stateOf(pid) === '', 'its sshd is gone');
    },
  };
}
