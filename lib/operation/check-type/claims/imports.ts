// Directories of this machine are seen in an instance for as long as it is in use: bound where the type can, else copied.

import {basis, type Claim, type Seen} from '../claim.js';
import {kept, withKept} from '../kept.js';
import {source, type Trial} from '../trial.js';
import {said} from './copies.js';

const seenThere = 'imports are seen in the instance';
const atOnce = 'what is bound is seen at once, on both sides';
const copied = 'files go in and come out as they are';

export const imports: readonly Claim[] = [
  {
    words: seenThere,
    isAlone: true,
    restsOn: [basis, copied],
    isWrong: (trial) => play(trial, seeing),
  },
  {
    words: atOnce,
    isAlone: true,
    restsOn: [seenThere],
    isClaimed: ({can}) => can.imports !== 'copy',
    isWrong: (trial) => play(trial, bound),
  },
  {
    words: 'what was changed in a writable import comes back',
    isAlone: true,
    restsOn: [seenThere, atOnce],
    isWrong: (trial) => play(trial, changed),
  },
  {
    words: 'what was imported to be read only stays as it is',
    isAlone: true,
    restsOn: [seenThere],
    isWrong: (trial) => play(trial, readOnly),
  },
  {
    words: 'imports are gone after their release, and stay here',
    isAlone: true,
    restsOn: [seenThere],
    isWrong: (trial) => withKept(trial, {}, () => play(trial, undone, trial.makes ? kept : source)),
  },
];

/** Function: `take ACCESS` acquires with an import of `here` at $there; $run runs a command in the instance then. */
const acting = `
  source=$1 state=$2 there=$3
  mkdir here && echo here >here/file || exit
  take() {
    name=$(crcache acquire -s "$source" --import "here:$there:$1") || exit
    run=$state/sources/$source/instances/$name/run
  }
  content() { "$run" cat "$there/$1" 2>&1; }
`;

async function play(trial: Trial, code: string, from = source): Promise<Seen> {
  const {cache, inside} = trial;
  return said(await trial.shell(`${acting}${code}`, from, cache.store.directory, `${inside}/it`));
}

const seeing = `
  mkdir here/sub && echo sub >here/sub/file
  take ro
  [ "$(content file)" = here ] || echo "file 'file' is not there: $(content file)"
  [ "$(content sub/file)" = sub ] || echo "file 'sub/file' is not there: $(content sub/file)"
  crcache release "$name"`;

const bound = `
  take rw
  echo more >here/more
  [ "$(content more)" = more ] || echo "what was made here is not there: $(content more)"
  "$run" sh -c 'echo there >"$1/there"' sh "$there"
  [ -e here/there ] || echo 'what was made there is not here'
  crcache release "$name"`;

const changed = `
  echo >here/old
  take rw
  "$run" sh -c 'cd "$1" && echo there >file && mkdir made && echo made >made/file && rm old' sh "$there"
  crcache release "$name" || exit
  [ "$(cat here/file)" = there ] || echo 'a file that was changed there is not changed here'
  [ "$(cat here/made/file 2>&1)" = made ] || echo 'a file that was made there is not here'
  [ ! -e here/old ] || echo 'a file that was removed there is here still'`;

const readOnly = `
  take ro
  "$run" sh -c 'cd "$1" && { echo there >file; echo >made; }' sh "$there" 2>said
  crcache release "$name" || exit
  [ "$(cat here/file)" = here ] || echo 'a file that was changed there is changed here'
  [ ! -e here/made ] || echo 'a file that was made there is here'`;

const undone = `
  take rw
  crcache release "$name" || exit
  [ "$(cat here/file 2>&1)" = here ] || echo 'its file is gone here'
  name=$(crcache acquire -s "$source") || exit
  if "$run" test -e "$there/file"; then echo 'it is there still'; fi
  crcache release --force "$name" || exit
  [ "$(cat here/file 2>&1)" = here ] || echo 'its file is gone here'`;
