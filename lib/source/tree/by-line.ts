// A tree that a command line of the user's own makes.

import {CrcacheError} from '../../errors.js';
import {isDirectory, makeDirectory} from '../../files.js';
import {fillIn} from '../command.js';
import type {SourceFacts} from '../source.js';

type Maker = Pick<SourceFacts, 'surroundings'> & {readonly name: string};

/** Has the line, which may name %{instance} and %{root}, fill a directory. */
export async function fillByLine(
  {name, surroundings}: Maker,
  line: string,
  root: string,
): Promise<void> {
  makeDirectory(root);
  const code = fillIn(line, {name, handle: {root}});
  const {status, stderr} = await surroundings.askTool('sh', ['-c', code], {isQuoted: true});
  if (status !== 0) {
    const why = stderr.trim().split('\n').at(-1) ?? '';
    const end = `'provision_command' ended with status ${String(status)}`;
    throw new CrcacheError('failed', why === '' ? end : `${end}: ${why}`);
  }
  if (isDirectory(root)) return;
  throw new CrcacheError('failed', `'provision_command' left no directory '${root}'`);
}
