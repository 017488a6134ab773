import {readFileSync} from 'node:fs';
import {namesIn} from '../helpers/invariants.js';
import {testRealDeaths} from '../helpers/real-deaths.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('death of what is real');

/** The directories of instances in a backend of ours. */
const directoriesIn =
  (backend: string) =>
  ({dir}: Sandbox): string[] =>
    namesIn(`${dir}/${backend}`)
      .flatMap((store) => namesIn(`${dir}/${backend}/${store}`))
      .filter((name) => !name.startsWith('golden-'));

const linesOf =
  (program: string, ...words: readonly string[]) =>
  async (t: Sandbox): Promise<string[]> => {
    const {status, stdout, stderr} = await t.run(program, words);
    if (status !== 0) throw new Error(`'${program}': ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  };

function sessions({dir}: Sandbox): string[] {
  const [, store = '?'] = /^id=(.+)$/m.exec(readFileSync(`${dir}/state/id`, 'utf8')) ?? [];
  return namesIn('/var/lib/schroot/session').filter((name) => name.includes(store));
}

function takenPlaces({dir}: Sandbox): string[] {
  const places = `${dir}/state/ssh/places/far`;
  return namesIn(places).map((name) => readFileSync(`${places}/${name}`, 'utf8'));
}

const containers = linesOf('podman', 'ps', '--all', '--format', '{{.Names}}');
const remote = '/root/seen';

testRealDeaths(test, {
  ...{kind: 'chroot', isReset: true, remote, tries: 16},
  list: directoriesIn('crcache-chroot'),
});
testRealDeaths(test, {
  ...{kind: 'lxc', isReset: true, remote, tries: 16, more: ['park=freeze']},
  list: directoriesIn('crcache-lxc'),
});
testRealDeaths(test, {kind: 'podman', isReset: true, remote, tries: 6, list: containers});
testRealDeaths(test, {kind: 'schroot', isReset: true, remote, tries: 12, list: sessions});
testRealDeaths(test, {
  ...{kind: 'ssh', isReset: false, remote, tries: 12, list: takenPlaces},
  without: ['reset-instance of one in use'],
});
testRealDeaths(test, {
  ...{kind: 'slurm', isReset: false, tries: 12},
  without: ['reset-instance of one in use'],
  list: linesOf('squeue', '--noheader', '--format=%j'),
});
