// Three roots in a sandbox, and a configuration made of them.

import {chmodSync, chownSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import * as assert from 'uvu/assert';
import {Configuration} from '../../../lib/config/sources.js';
import type {Root} from '../../../lib/config/roots.js';
import {CrcacheError} from '../../../lib/errors.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {types} from './types.js';

type Kind = Root['kind'];

const nobody = 65_534;

interface Failure {
  readonly message: RegExp;
  readonly hint?: RegExp;
}

export class Tree {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  path(kind: Kind): string {
    return join(this.#sandbox.dir, kind, kind === 'project' ? '.crcache' : '');
  }

  write(kind: Kind, file: string, text: string): string {
    const path = join(this.path(kind), file);
    mkdirSync(dirname(path), {recursive: true, mode: 0o755});
    writeFileSync(path, text, {mode: 0o644});
    return path;
  }

  source(kind: Kind, name: string, text: string): string {
    return this.write(kind, `sources/${name}/source.conf`, text);
  }

  mode(kind: Kind, file: string, mode: number): void {
    const path = join(this.path(kind), file);
    chmodSync(path, mode);
    // Only root can remove what is in a directory that may not be searched.
    this.#sandbox.atEnd(() => {
      chmodSync(path, 0o700);
    });
  }

  own(kind: Kind, file: string, owner: number | {uid: number; gid: number}): void {
    if (process.getuid?.() !== 0) this.#sandbox.skip('only root can give files to other users');
    const {uid, gid} = typeof owner === 'number' ? {uid: owner, gid: -1} : owner;
    chownSync(join(this.path(kind), file), uid, gid);
  }

  configuration(uid = process.getuid?.() ?? 0): Configuration {
    const roots = (['user', 'project', 'system'] as const).map((kind) => ({
      kind,
      path: this.path(kind),
    }));
    return new Configuration({roots, types, uid, home: this.#sandbox.dir});
  }

  /** Uses a configuration as a user who may not read everything. */
  asNobody(use: (configuration: Configuration) => void): void {
    const uid = process.getuid?.();
    if (uid !== 0) {
      use(this.configuration());
      return;
    }
    chmodSync(this.#sandbox.dir, 0o755);
    process.seteuid?.(nobody);
    try {
      use(this.configuration(nobody));
    } finally {
      process.seteuid?.(0);
    }
  }

  /** Asserts how a configuration fails: with exit status 2, these words and this hint. */
  fails(use: (configuration: Configuration) => unknown, {message, hint}: Failure): void {
    try {
      use(this.configuration());
    } catch (error) {
      if (!(error instanceof CrcacheError)) throw error;
      assert.is(error.kind, 'usage');
      assert.match(error.message, message);
      assert.is(error.message.includes('\n'), false, 'a message is one line');
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      return;
    }
    assert.unreachable('it did not fail');
  }
}
