// How files are copied: what both ends have to know.

export interface Manner {
  /** Owners, attributes and, as root, devices come as they are. */
  readonly preserves: boolean;
  /** Symlinks are followed. */
  readonly follows: boolean;
  /** The stream has only what every tar knows: no maps of sparse files, no attributes. */
  readonly isPlain: boolean;
  /**
   * Nobody checks what is sent: the sender sends nothing where there are setuid bits or devices, and itself takes the bits away
   * that files have got since it looked.
   */
  readonly dropsSetuid: boolean;
  readonly excludes: readonly string[];
}

/** What a script at one of the ends says by its status. */
export const ends = {
  /** There is no tar. */
  hasNoTar: 90,
  /** There is one that knows only plain archives. */
  wantsPlain: 91,
  /** There is one that knows all, and would get a plain archive. */
  wantsRich: 94,
  /** There are files that do not arrive as they are, and nobody would tell of them: nothing was sent. */
  hasDropped: 95,
  /** There is something unusual where files were put from here: a program there is to do it. */
  isUnusual: 96,
  /** A file that became shorter, or could not be read to its end, was filled up, or the rest is missing. */
  isTorn: 93,
} as const;

/** The last entry of a stream that is whole: without it nothing is put in its place. */
export function markerOf(nonce: string): string {
  return `.crcache-${nonce}.end`;
}

/** The directory, where tar unpacks, of what others write there. */
export function largeOf(nonce: string): string {
  return `${markerOf(nonce)}.large`;
}
