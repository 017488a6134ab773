// What runs where files come from, to find out how much they are: du, in KiB. A file with holes is less on the disk than
// it is long, and a small file more: the smaller of the two sums is about what is sent.

/** The words of a sh that prints sums, a line each. */
export function sizeCommand(
  sources: readonly string[],
  {follows}: {readonly follows: boolean},
): readonly string[] {
  return ['-c', script, 'crcache-cp', follows ? '-L' : '', ...sources];
}

const script = `
follow=$1; shift
for how in '' --apparent-size; do du -skc $how $follow -- "$@" 2>/dev/null | tail -n 1; done
`;
