// What is said of a copy that did not go well: what failed first, by name, and at which end.

import {decodeBytes} from '../../bytes.js';
import {isExcluded} from '../../copy/exclude.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import type {PipedEnd} from '../../piped.js';
import type {Cache} from '../cache.js';
import type {Outcome, Transfer} from './transfer.js';

/** Fails unless all has arrived. */
export function conclude(
  cache: Cache,
  {from, to, excludes, mayLack}: Transfer,
  outcome: Outcome,
): void {
  const {sent, received, problem, missing, notes} = outcome;
  const source = from.kind === 'stream' ? "'-'" : `'${from.paths.join("', '")}'`;
  if (problem !== undefined && (sent.status === 0 || !problem.isEarlyEnd)) {
    const what =
      problem.path === undefined
        ? problem.message
        : `'${showPath(problem.path)}' ${problem.message}`;
    throw new CrcacheError('failed', `cannot copy ${source}: ${what}`);
  }
  if (sent.status === 0 && received.status === 0) {
    const remarks = reasonsOf(sent).filter((line) => !isExcluded(socketIn(line) ?? '', excludes));
    for (const line of [...notes, ...remarks, ...reasonsOf(received)]) cache.say(line);
    const hasSocket = remarks.some((line) => socketIn(line) !== undefined);
    if (mayLack === true || (missing === 0 && !hasSocket)) return;
    throw new CrcacheError(
      'failed',
      `not all of ${source} was copied`,
      missing > 0 ? devicesHint : 'sockets are not: leave them out by --exclude',
    );
  }
  const isReceiverAtFault =
    received.status !== 0 &&
    (sent.status === 0 || (!isEcho(received) && reasonsOf(sent).length === 0));
  const [first, ...others] = reasonsOf(isReceiverAtFault ? received : sent);
  for (const line of [...others, ...(sent.status === 0 ? reasonsOf(sent) : [])]) cache.say(line);
  if (missing > 0) for (const line of notes) cache.say(line);
  const where = isReceiverAtFault ? `to '${to.path}'` : source;
  const status = isReceiverAtFault ? received.status : sent.status;
  throw new CrcacheError(
    'failed',
    `cannot copy ${where}: ${first ?? `the program there ended with status ${String(status)}`}`,
    missing > 0 ? devicesHint : shortWrite.test(first ?? '') ? 'is the disk full?' : undefined,
  );
}

const devicesHint = 'with -p, as root, devices are copied too';

/** Of the piece of a file with which a disk has become full, tar says no more than that. */
const shortWrite = /: Wrote only [0-9]+ of [0-9]+ bytes$/;

/** The directory of what has come and is not in its place, of which nobody else is to know. */
const stage = /\/\.crcache-[^/']+\.part(?=['/:])/;

/** The socket that tar says it has left out, which it thinks no ill of itself for. */
const socketIn = (line: string): string | undefined => /^(.*): socket ignored$/.exec(line)?.[1];

/** Who is cut off by the other's end complains too. */
const echo =
  /Broken pipe|^Wrote only|Unexpected EOF in archive|^the stream is cut off|does not look like a tar/;

/** Whether an end has failed because the other one has gone, and not by itself. */
function isEcho(end: PipedEnd): boolean {
  return linesOf(end.stderr).some((line) => echo.test(line)) && reasonsOf(end).length === 0;
}

/** What an end says of itself; where the disk is full that is said of the first file alone. */
function reasonsOf({stderr}: PipedEnd): string[] {
  const lines = linesOf(stderr).filter((line) => !echo.test(line));
  const full = lines.find((line) => /No space left on device|Disk quota exceeded/.test(line));
  return full === undefined ? lines : [full];
}

/** What tar says of files, without what it says of itself. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^(tar|crcache|mv|cp|chmod|mkdir|crcache-cp): (-: )?/, ''))
    .map((line) => line.replace(stage, ''))
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
