// What runs where files come from, to find out whether some of them do not arrive as they are without -p.

/** The words of a sh that prints something where there are such files below these paths. */
export function droppedCommand(
  paths: readonly string[],
  {follows}: {readonly follows: boolean},
): readonly string[] {
  const sound = paths.map((path) => (path.startsWith('-') ? `./${path}` : path));
  return ['-c', script, 'crcache-cp', follows ? '-L' : '', ...sound];
}

const script = `
follow=$1; shift
exec find $follow "$@" \\( ! -type l -perm /6000 -o -type b -o -type c \\) -print -quit
`;
