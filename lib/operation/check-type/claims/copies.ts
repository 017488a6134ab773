// Files go into an instance and come out of it as they are, and nothing in it leads them astray.

import {emptyFile, type Entry} from '../../../copy/entry.js';
import {writeHeader} from '../../../copy/header.js';
import {lastLine, type Claim, type Seen} from '../claim.js';
import type {Trial} from '../trial.js';

const filesPass = 'files go in and come out as they are';

export const copies: readonly Claim[] = [
  {words: filesPass, isWrong: (trial) => trial.shell(copying).then(said)},
  {
    words: 'sync makes there what is here',
    restsOn: [filesPass],
    isWrong: (trial) => trial.shell(syncing).then(said),
  },
  {
    words: 'a symlink of the instance leads no file astray',
    restsOn: [filesPass],
    isWrong: (trial) => trial.shell(symlinked).then(said),
  },
  {words: 'an archive of the instance leads nowhere outside', isWrong: staysInside},
];

/** What a line of the code says is wrong is the answer; one that fails has said so on stderr. */
export function said({stdout, stderr, status}: Awaited<ReturnType<Trial['shell']>>): Seen {
  if (stdout !== '') return lastLine(stdout);
  return status === 0 ? undefined : lastLine(stderr.replace(/^hint: .*\n?/gm, ''));
}

/** Functions: `make DIR` makes a tree with all that a tree can have, `tell DIR` prints what it has, `same` compares two. */
export const trees = `
  set -e
  make() {
    mkdir -p "$1/a directory/empty" "$1/-dash"
    for each in plain 'with space' 'new
line' "it's" '*' 'ä'; do printf '%s\\n' "$each" >"$1/a directory/$each"; done
    odd=$(printf 'no\\377text')
    { : >"$1/$odd"; } 2>/dev/null || : # not every file system takes it
    : >"$1/-dash/nothing"
    head -c 100000 /proc/self/exe >"$1/large"
    chmod 640 "$1/large"; chmod 755 "$1/a directory/plain"; chmod 400 "$1/a directory/with space"
    chmod 750 "$1/a directory/empty"
    ln -s "a directory/plain" "$1/link"; ln -s /no/where "$1/dangling"; ln "$1/large" "$1/hard link"
    touch -d @1000000000 "$1/large"
  }
  tell() { (
    cd "$1"
    find . ! -type l -exec stat -c '%n %a %F' {} + | sort
    find . -type f -exec stat -c '%n %Y' {} + | sort
    find . -type f -exec cksum {} + | sort
    find . -type l -exec sh -c 'for each; do echo "$each -> $(readlink "$each")"; done' sh {} + | sort
  ); }
  same() { # DIR DIR
    tell "$1" >one; tell "$2" >two
    cmp -s one two || { echo "it was '$(diff one two | sed -n 's/^< //p' | head -n 1)', and is '$(
      diff one two | sed -n 's/^> //p' | head -n 1)'"; exit; }
  }
`;

const copying = `${trees}
  make here
  crcache cp here "$name:$inside"
  "$run" sh -c 'cd "$1" && test -d "a directory/empty" && test -h link && test -s "a directory/new
line"' sh "$inside" || { echo 'not all is there'; exit; }
  crcache cp "$name:$inside" back
  same here back`;

const syncing = `${trees}
  make here
  "$run" mkdir -p "$inside"
  crcache sync here "$name:$inside"
  echo changed >here/large; rm here/-dash/nothing; mkdir here/made; echo >here/made/file
  "$run" sh -c 'echo >"$1/stray"' sh "$inside"
  crcache sync --delete here "$name:$inside"
  crcache sync "$name:$inside" back
  same here back`;

/** A directory that the instance has made a symlink of, and then one again, is copied out twice. */
const symlinked = `
  mkdir out outside
  "$run" sh -c 'mkdir -p "$1/it" && ln -s "$2" "$1/it/sub" && ln -s "$2/file" "$1/it/file"' sh "$inside" "$PWD/outside"
  crcache cp "$name:$inside/it" out/
  "$run" sh -c 'cd "$1/it" && rm sub file && mkdir sub && echo x >sub/stray && echo x >file' sh "$inside"
  crcache cp "$name:$inside/it" out/ 2>said || :
  crcache cp "$name:$inside/it/sub" out/it/ 2>>said || :
  [ -z "$(ls outside)" ] || echo "'$(ls outside | head -n 1)' was written through a symlink"`;

const file = (path: string): Entry => ({...emptyFile, path, mode: 0o644});

/** Archives that no tar makes of what there is. */
const hostile: readonly (readonly Entry[])[] = [
  [file('good'), file('../stray')],
  [{...file('sub'), type: 'symlink', link: '..'}, file('sub/stray')],
  [{...file('hard'), type: 'link', link: '../outside'}],
];

async function staysInside(trial: Trial): Promise<Seen> {
  for (const entries of hostile) {
    const archive = Buffer.concat([...entries.map(writeHeader), Buffer.alloc(1024)]);
    await trial.runWith(archive.toString('latin1'), 'sh', '-c', saving, 'sh', trial.inside);
    const {stdout} = await trial.shell(unpacking);
    if (stdout !== '') return stdout.trim();
  }
  return undefined;
}

const saving = 'mkdir -p "$1/in" && cat >"$1/archive" && echo untouched >"$1/outside"';

/** Once it is unpacked here, and once there. */
const unpacking = `
  echo untouched >outside; mkdir in
  if "$run" cat "$inside/archive" | crcache unpack-files in 2>said; then echo 'it was unpacked here'; fi
  if "$run" cat "$inside/archive" | crcache cp - "$name:$inside/in" 2>said; then echo 'it was unpacked there'; fi
  [ ! -e stray ] || echo 'a file beside the destination was written here'
  if "$run" test -e "$inside/stray"; then echo 'a file beside the destination was written there'; fi
  rm -rf in`;
