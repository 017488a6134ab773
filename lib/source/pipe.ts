// A pipe between processes of one shell, in POSIX sh: most shells make one of a here-document, which costs no process.

interface Pipe {
  /** Its ends, as numbers of this shell's. */
  readonly from: number;
  readonly to: number;
  /** Whether who holds its end to write to holds one to read from, too: to write never fails then. */
  readonly isLasting?: boolean;
  /** Where a shell that makes a file of a here-document makes a named one, for a moment; an expression of sh. */
  readonly name: string;
  /** What is done where that cannot be made. */
  readonly orElse: string;
}

/** Code that opens one. */
export function openPipe({from, to, isLasting = false, name, orElse}: Pipe): string {
  const [reader, writer] = [String(from), String(to)];
  const open = isLasting ? '<>' : '>';
  return `exec ${reader}<<END ${writer}${open}/proc/self/fd/${reader}
END
[ -p /proc/self/fd/${reader} ] || {
  crcache_pipe=${name}
  mkfifo "$crcache_pipe" && exec ${writer}<>"$crcache_pipe" ${reader}<"$crcache_pipe"${isLasting ? '' : ` ${writer}>"$crcache_pipe"`} &&
    rm -f "$crcache_pipe" || ${orElse}
}`;
}

/** Of a run script's, where the instance has its notes. */
export const pipeInInstance = {
  name: '$crcache_here/running/$$.pipe',
  orElse: 'crcache_fail "$CRCACHE_INSTANCE is gone"',
} as const;
