// Whole trees of files. fs-extra is loaded when the first one is copied.

/** Copies a directory and all below, modes and times included. */
export async function copyTree(from: string, to: string): Promise<void> {
  const {copy} = (await import('fs-extra')).default;
  await copy(from, to, {preserveTimestamps: true});
}
