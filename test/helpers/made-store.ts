// A state directory made by hand, in the test's own process: stores, instances, workers that live, died or are elsewhere.

import {chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {RestingState} from '../../lib/instance.js';
import {noStep} from '../../lib/steps.js';
import {writeLease, type Lease} from '../../lib/store/lease.js';
import type {WorkedPlace} from '../../lib/store/place.js';
import {claimSlots} from '../../lib/store/slot.js';
import type {SourceState} from '../../lib/store/source-state.js';
import {Store} from '../../lib/store/store.js';
import {newNonce, Workshop, type Worker} from '../../lib/store/worker.js';
import type {Sandbox} from './sandbox.js';

export interface MadeInstance {
  readonly name: string;
  readonly directory: string;
  readonly incarnation: string;
}

export class MadeStore {
  readonly dir: string;
  readonly store: Store;
  readonly workshop = new Workshop(process.pid);
  now = new Date();

  constructor(t: Sandbox) {
    this.dir = path.join(t.dir, 'state');
    this.store = new Store(this.dir, {
      workshop: this.workshop,
      step: noStep,
      trace: () => undefined,
      now: () => this.now,
    });
    const umask = process.umask(0o077);
    t.atEnd(() => process.umask(umask));
    this.store.open();
  }

  source(name: string): SourceState {
    const state = this.store.source(name);
    state.ensure();
    return state;
  }

  /** A worker that runs: this process. */
  alive(): Worker {
    return this.workshop.newWorker();
  }

  /** A worker whose process is gone: one with this pid that started at another time. */
  dead(): Worker {
    return {...this.workshop.newWorker(), start: '1'};
  }

  /** A worker of another host. */
  elsewhere(): Worker {
    return {...this.workshop.newWorker(), host: 'elsewhere'};
  }

  claim(name: string, worker = this.alive()): WorkedPlace {
    const state = this.source(sourceOf(name));
    mkdirSync(`${state.directory}/configs/0123456789abcdef`, {recursive: true});
    const config = '0123456789abcdef';
    const [place] = claimSlots(state, [name], {worker, config, why: 'test'});
    if (place === undefined) throw new Error(`'${name}' is taken`);
    return place;
  }

  /** An instance in a state that takes no time. */
  instance(
    name: string,
    state: RestingState,
    {holder = 'ann', backing}: {holder?: string; backing?: string} = {},
  ): MadeInstance {
    const source = this.source(sourceOf(name));
    const place = this.claim(name);
    const directory = source.instancePath(name);
    const files = {handle: 'path=/x\n', concurrency: '2\n', created: '2026-01-01T00:00:00Z\n'};
    for (const [file, text] of Object.entries(files)) writeFileSync(`${directory}/${file}`, text);
    writeFileSync(`${directory}/run`, '#!/bin/sh\nexec "$@"\n');
    chmodSync(`${directory}/run`, 0o700);
    if (backing !== undefined) writeFileSync(`${directory}/backing`, `${backing}\n`);
    if (state === 'in-use') writeLease(directory, this.lease({holder}));
    source.move(place, {instance: name, state}, 'test');
    return {name, directory, incarnation: place.worker.nonce};
  }

  lease(given: Partial<Lease> = {}): Lease {
    return {
      id: newNonce(),
      holder: 'ann',
      host: 'here',
      user: 'ann',
      command: 'make check',
      cwd: '/',
      since: '2026-01-01T00:00:00Z',
      ...given,
    };
  }

  /** Writes a file, below the state directory. */
  write(file: string, text = 'rubbish\n'): string {
    const whole = path.join(this.dir, file);
    writeFileSync(whole, text);
    return whole;
  }

  link(file: string, target: string): string {
    const whole = path.join(this.dir, file);
    symlinkSync(target, whole);
    return whole;
  }

  /** Every name below the state directory, with what the file or symlink of that name holds. */
  listing(): Record<string, string> {
    const entries = readdirSync(this.dir, {recursive: true, withFileTypes: true});
    return Object.fromEntries(
      entries.map((entry) => {
        const whole = path.join(entry.parentPath, entry.name);
        const text = entry.isFile() ? readFileSync(whole, 'utf8') : '';
        return [path.relative(this.dir, whole), text];
      }),
    );
  }
}

function sourceOf(name: string): string {
  return name.replace(/-[0-9]+$/, '');
}
