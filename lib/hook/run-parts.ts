// Which files of a directory of hooks are run, in which order: as Debian's run-parts has it, whether or not the machine
// has that.

import {isExecutable, listNames, readBytes, realPath, statOf} from '../files.js';
import {isMeantAsHook} from '../hook-files.js';

/** A file of a hook directory, and why it is passed over, if it is. */
export interface Part {
  readonly name: string;
  readonly path: string;
  /** Undefined: it is run. */
  readonly skipped: string | undefined;
}

/** All files of a directory of hooks that are there to be run, in the order in which they are run. */
export function partsOf(directory: string): Part[] {
  return listNames(directory)
    .filter(isMeantAsHook)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => ({
      name,
      path: `${directory}/${name}`,
      skipped: whySkipped(name, `${directory}/${name}`),
    }));
}

function whySkipped(name: string, path: string): string | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    return 'its name has more than letters, digits, underscores and hyphens';
  }
  const stat = statOf(path);
  if (stat === undefined) return 'it leads nowhere';
  if (!stat.isFile()) return 'it is not a file';
  return isExecutable(path) ? undefined : 'it is not executable';
}

/** Debian's run-parts on the PATH; others (of busybox, of cronie) understand other options, or none. */
export function findRunParts(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const directories = (env['PATH'] ?? '').split(':').filter((each) => each.startsWith('/'));
  const program = directories.map((each) => `${each}/run-parts`).find(isExecutable);
  if (program === undefined || realPath(program)?.endsWith('/busybox') === true) return undefined;
  const start = readBytes(program)?.subarray(0, 2).toString('latin1');
  return start === '#!' ? undefined : program;
}

/** The command that runs a directory of hooks: each gets the words, and the first that fails is the last. */
export function runPartsCommand(
  directory: string,
  words: readonly string[],
  runParts: string | undefined,
): readonly [string, ...string[]] {
  if (runParts !== undefined) {
    const args = words.map((word) => `--arg=${word}`);
    return [runParts, '--exit-on-error', ...args, '--', directory];
  }
  const paths = partsOf(directory).flatMap(({path, skipped}) =>
    skipped === undefined ? [path] : [],
  );
  return ['sh', '-c', runningAll, 'run-parts', String(paths.length), ...paths, ...words];
}

/** What run-parts does, and says: \$1 the number of files, the files, and the words that each is given. */
const runningAll = `
left=$1
shift
while [ "$left" -gt 0 ]; do
  left=$((left - 1)) part=$1
  shift
  (
    i=0
    while [ "$i" -lt "$left" ]; do i=$((i + 1)); shift; done
    exec "$part" "$@"
  )
  status=$?
  [ "$status" = 0 ] || { echo "run-parts: $part exited with return code $status" >&2; exit "$status"; }
done
`;

/** A file that failed, and how. */
export interface FailedPart {
  readonly name: string;
  readonly how: string;
}

/** Which file failed, by what run-parts said last; its own status does not tell. */
export function failedPart(log: string): FailedPart | undefined {
  for (const line of log.trimEnd().split('\n').reverse()) {
    const [, path, how, number] =
      /^run-parts: (?:component |failed to exec )?(\/.*?)(?: exited with return code ([0-9]+)| exited because of uncaught signal ([0-9]+)|:.*)$/.exec(
        line,
      ) ?? [];
    if (path === undefined) continue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (how !== undefined) return {name, how: howFrom(Number(how))};
    return {name, how: number === undefined ? 'it cannot be executed' : `signal ${number}`};
  }
  return undefined;
}

/** A status in words; a shell's for a signal is told as that. */
export function howFrom(status: number): string {
  return status > 128 ? `signal ${String(status - 128)}` : `status ${String(status)}`;
}
