import {readFileSync} from 'node:fs';
import {namesIn} from '../helpers/invariants.js';
import {testRealDeaths} from '../helpers/real-deaths.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('death of what is real');

const remote = '/root/seen';
const without = ['reset-instance of one in use'];

function takenPlaces({dir}: Sandbox): string[] {
  const places = `${dir}/state/ssh/places/far`;
  return namesIn(places).map((name) => readFileSync(`${places}/${name}`, 'utf8'));
}

testRealDeaths(test, {kind: 'chroot', isReset: true, remote, tries: 12});
testRealDeaths(test, {kind: 'lxc', isReset: true, remote, tries: 14, more: ['park=freeze']});
testRealDeaths(test, {kind: 'podman', isReset: true, remote, tries: 6});
testRealDeaths(test, {kind: 'docker', isReset: true, remote, tries: 8});
testRealDeaths(test, {kind: 'schroot', isReset: true, remote, tries: 8});
testRealDeaths(test, {kind: 'ssh', isReset: false, remote, without, tries: 8, list: takenPlaces});
testRealDeaths(test, {kind: 'slurm', isReset: false, without, tries: 8});
