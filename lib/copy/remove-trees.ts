// Removing trees of files where a sh runs: what is in them may have come with modes that let nobody write.

/** Code of sh: `remove PATH` removes a file, or a directory with all that is in it. */
export const removal = `
remove() {
  rm -rf -- "$1" 2>/dev/null && return
  if [ -d "$1" ] && [ ! -L "$1" ]; then chmod -R u+rwx -- "$1"; fi
  rm -rf -- "$1"
}
`;

/** The words of a sh that removes all of these. */
export function removeTreesCommand(paths: readonly string[]): readonly string[] {
  return ['-c', `${removal}${removing}`, 'crcache-remove', ...paths];
}

const removing = `
failed=0
for each; do remove "$each" || failed=1; done
exit "$failed"
`;
