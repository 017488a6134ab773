// Words in sh code, and in that of ssh.

/** A word that sh reads back as it is. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A word that ssh_config(5) reads back as it is, but for what % stands for. */
export function quoteForSsh(word: string): string {
  const isPlain = /^[A-Za-z0-9_@%+=:,./~-]+$/.test(word);
  return isPlain ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The same of a path, in which % stands for itself. */
export function quotePathForSsh(path: string): string {
  return quoteForSsh(path.replaceAll('%', '%%'));
}
