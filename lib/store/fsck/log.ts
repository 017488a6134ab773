// The log of a source: each line is a transition.

import {makeDirectory, writeWhole} from '../../files.js';
import {overwrite, readPieces} from '../../pieces.js';
import type {Check, Finding} from './finding.js';
import {textOfFile, type SourceLook} from './look.js';

export const logChecks: readonly Check<SourceLook>[] = [
  {name: 'each line of the log is a transition', find: badLines},
];

interface Line {
  readonly number: number;
  readonly bytes: Buffer;
  readonly position: number;
}

/** A full disk cuts lines off. They are kept, and blanks take their place: others append meanwhile. */
function badLines({directory, whole}: SourceLook): Finding[] {
  return ['log', 'log.1'].flatMap((name) => {
    const path = `${directory}/${name}`;
    if (textOfFile(path) === undefined) return [];
    const bad = linesOf(path).filter(({bytes}) => !isTransition(bytes.toString()));
    return bad.map(({number, bytes, position}) => ({
      path,
      what: `line ${String(number)} is not that of a transition`,
      mend: `--repair moves it to lost-found; by hand, while nothing of crcache runs: sed -i ${String(number)}d '${path}'`,
      of: [],
      repair: () => {
        makeDirectory(whole.lostFound);
        writeWhole(`${whole.lostFound}/${name}.${String(number)}`, `${bytes.toString()}\n`);
        overwrite(path, Buffer.alloc(bytes.length, ' '), position);
      },
    }));
  });
}

function linesOf(path: string): Line[] {
  const pieces: Buffer[] = [];
  readPieces(path, (piece) => pieces.push(Buffer.from(piece)));
  const all = Buffer.concat(pieces);
  const lines: Line[] = [];
  for (let position = 0; position < all.length;) {
    const newline = all.indexOf('\n', position);
    const end = newline === -1 ? all.length : newline;
    lines.push({number: lines.length + 1, bytes: all.subarray(position, end), position});
    position = end + 1;
  }
  return lines;
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
