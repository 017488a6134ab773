// The log of a source: each line is a transition.

import {entryOf, makeDirectory} from '../../files.js';
import {growFile, openReader, overwrite, pieceBytes, readPieces} from '../../pieces.js';
import {longestLineBytes} from '../log.js';
import type {Check, Finding} from './finding.js';
import type {SourceLook} from './look.js';

export const logChecks: readonly Check<SourceLook>[] = [
  {name: 'each line of the log is a transition', find: badLines},
];

interface Line {
  readonly number: number;
  readonly position: number;
  readonly length: number;
}

/** A full disk cuts lines off. They are kept, and blanks take their place: others append meanwhile. */
function badLines({directory, whole}: SourceLook): Finding[] {
  return ['log', 'log.1'].flatMap((name) => {
    const path = `${directory}/${name}`;
    if (entryOf(path)?.isFile() !== true) return [];
    return badLinesOf(path).map((line) => ({
      path,
      what: `line ${String(line.number)} is not that of a transition`,
      mend: `--repair moves it to lost-found; by hand, while nothing of crcache runs: sed -i ${String(line.number)}d '${path}'`,
      of: [],
      repair: () => {
        makeDirectory(whole.lostFound);
        moveLine(path, line, `${whole.lostFound}/${name}.${String(line.number)}`);
      },
    }));
  });
}

function badLinesOf(path: string): Line[] {
  const bad: Line[] = [];
  let line = {number: 1, position: 0, length: 0};
  let parts: Buffer[] = [];
  const add = (part: Buffer): void => {
    line.length += part.length;
    if (line.length <= longestLineBytes) parts.push(Buffer.from(part));
  };
  const end = (): void => {
    const isTooLong = line.length > longestLineBytes;
    if (isTooLong || !isTransition(Buffer.concat(parts).toString())) bad.push(line);
    line = {number: line.number + 1, position: line.position + line.length + 1, length: 0};
    parts = [];
  };
  readPieces(path, (piece) => {
    let from = 0;
    for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', from)) {
      add(piece.subarray(from, at));
      end();
      from = at + 1;
    }
    add(piece.subarray(from));
  });
  if (line.length > 0) end();
  return bad;
}

/** Blank lines take its place, none of which is too long. */
function moveLine(path: string, {position, length}: Line, target: string): void {
  const from = openReader(path);
  if (from === undefined) return;
  const to = growFile(target);
  for (let at = position, left = length; left > 0; at += pieceBytes, left -= pieceBytes) {
    const bytes = from.read(at, at + Math.min(left, pieceBytes));
    to.write(bytes);
    overwrite(
      path,
      Buffer.from(`${' '.repeat(bytes.length - 1)}${left > pieceBytes ? '\n' : ' '}`),
      at,
    );
  }
  to.close();
  from.close();
}

function isTransition(line: string): boolean {
  if (line.trim() === '') return true;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'time' in entry && 'instance' in entry;
  } catch {
    return false;
  }
}
