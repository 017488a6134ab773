// What is said of a copy that did not go well: what failed first, by name, and at which end.

import {decodeBytes} from '../../bytes.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import type {Cache} from '../cache.js';
import type {Outcome, Transfer} from './transfer.js';

/** Fails unless all has arrived. */
export function conclude(cache: Cache, {from, to, mayLack}: Transfer, outcome: Outcome): void {
  const {sent, received, problem, missing} = outcome;
  const source = from.kind === 'stream' ? "'-'" : `'${from.paths.join("', '")}'`;
  if (problem !== undefined && sent.status === 0) {
    const what =
      problem.path === undefined
        ? problem.message
        : `'${showPath(problem.path)}' ${problem.message}`;
    throw new CrcacheError('failed', `cannot copy ${source}: ${what}`);
  }
  // Who is cut off by the other's end complains too.
  const isSenderAtFault = sent.status !== 0 && linesOf(sent.stderr).some((line) => !isEcho(line));
  const isReceiverAtFault = received.status !== 0 && !isSenderAtFault;
  const lines = linesOf(isReceiverAtFault ? received.stderr : sent.stderr).filter(
    (line) => !isEcho(line),
  );
  const [first, ...others] = lines;
  if (sent.status === 0 && received.status === 0) {
    for (const line of lines) cache.say(line);
    if (missing === 0 || mayLack === true) return;
    throw new CrcacheError(
      'failed',
      `not all of ${source} was copied`,
      'with -p, as root, devices are copied too',
    );
  }
  for (const line of others) cache.say(line);
  const where = isReceiverAtFault ? `to '${to.path}'` : source;
  const status = isReceiverAtFault ? received.status : sent.status;
  throw new CrcacheError(
    'failed',
    `cannot copy ${where}: ${first ?? `the program there ended with status ${String(status)}`}`,
  );
}

/** What an end says because the other one has gone. */
function isEcho(line: string): boolean {
  return /Broken pipe|Wrote only|Unexpected EOF in archive|^the stream is cut off|does not look like a tar/.test(
    line,
  );
}

/** What tar says of files, without what it says of itself. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^(tar|crcache|mv|mkdir|crcache-cp): (-: )?/, ''))
    .filter(
      (line) =>
        line !== '' &&
        !/^(Exiting with failure status|Error is not recoverable|Removing leading)/.test(line),
    )
    .slice(0, 20)
    .map(safe);
}

/** A path of an archive as people read it. */
export function showPath(path: string): string {
  return safe(decodeBytes(Buffer.from(path.replace(/^\.\//, ''), 'latin1')));
}
