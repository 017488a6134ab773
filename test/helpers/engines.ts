// Engines of containers that keep all that is theirs in a test's sandbox, with an image 'golden'.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, openSync, readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {makeGolden} from './golden.js';
import {findLeftOver} from './left-over.js';
import type {Sandbox} from './sandbox.js';

/** Starts a daemon of docker's, which ends with the test. */
export async function startDocker(t: Sandbox): Promise<void> {
  const at = `${t.dir}/docker`;
  t.env['DOCKER_HOST'] = `unix://${at}/socket`;
  t.env['DOCKER_CONFIG'] = at;
  const log = openSync(t.write('docker/log', ''), 'a');
  const daemon = spawn(
    'env',
    [
      // What it has ignored would be ignored in containers.
      ...['--default-signal=INT,QUIT', 'dockerd'],
      ...['--host', t.env['DOCKER_HOST'], '--data-root', `${at}/data`, '--exec-root', `${at}/exec`],
      ...['--pidfile', `${at}/pid`, '--config-file', t.write('docker/daemon.json', '{}')],
      ...['--storage-driver', 'overlay2', '--bridge', 'none', '--iptables=false'],
      ...['--ip-forward=false', '--exec-opt', 'native.cgroupdriver=cgroupfs'],
    ],
    // What it starts outlives whatever asked for it, and is nothing that crcache has left.
    {stdio: ['ignore', log, log], env: {...t.env, CRCACHE_DIR: undefined}},
  );
  closeSync(log);
  const end = once(daemon, 'exit');
  t.atEnd(async () => {
    daemon.kill('SIGTERM');
    await end;
  });
  while ((await t.run('docker', ['info'])).status !== 0) {
    if (daemon.exitCode !== null) throw new Error('dockerd has ended');
    await pause(20);
  }
  await importGolden(t, 'docker');
}

/** Has podman keep to itself, its locks too, which all of a machine's share unless told: it has no daemon. */
export async function preparePodman(t: Sandbox): Promise<void> {
  const at = `${t.dir}/podman`;
  t.env['CONTAINERS_CONF'] = t.write('podman/containers.conf', podmanConfiguration);
  t.env['CONTAINERS_STORAGE_CONF'] = t.write(
    'podman/storage.conf',
    `[storage]\ndriver = "overlay"\ngraphroot = "${at}/root"\nrunroot = "${at}/run"\n`,
  );
  t.atEnd(async () => {
    // Each call of podman mounts it, also one of a gc in the background.
    await findLeftOver(`HOME=${String(t.env['HOME'])}`);
    await t.run('umount', [`${at}/root/overlay`]);
  });
  await importGolden(t, 'podman');
}

const podmanConfiguration = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
`;

async function importGolden(t: Sandbox, engine: string): Promise<void> {
  if (!existsSync(`${t.dir}/image`)) makeGolden(t, `${t.dir}/image`);
  const code = 'tar -C image -c . | "$0" import - golden:latest';
  const {status, stderr} = await t.run('sh', ['-c', code, engine]);
  if (status !== 0) throw new Error(`'${engine} import': ${stderr}`);
}

/** The engine's name of 'box-0'. */
export function idOf(t: Sandbox): string {
  const text = readFileSync(`${t.dir}/state/sources/box/instances/box-0/handle`, 'utf8');
  return /^id=(.+)$/m.exec(text)?.[1] ?? '';
}
