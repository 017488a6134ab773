// Who asks, for leases and logs, and from where.

export interface Caller {
  readonly user: string;
  readonly cwd: string;
  /** Where relative paths in its environment start, and its project is looked for; mostly `cwd`. */
  readonly askedFrom: string;
  /** How to start this program again. */
  readonly program: readonly [string, ...string[]];
  /** The command line, for people. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What files that are made for the caller go by; this process's own unless given. */
  readonly umask: number | undefined;
  /** The lease that the caller is inside of: it may touch no other's instances. */
  readonly lease: string | undefined;
}
