// The kernel's table of mounts.

/** Where something is mounted at a directory or below it, innermost first, from the text of /proc/PID/mountinfo. */
export function mountPoints(mountinfo: string, directory: string): string[] {
  if (!mountinfo.includes(asWritten(directory))) return [];
  const points = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '');
  return points
    .map((point) => point.replaceAll(/\\([0-7]{3})/g, byte))
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .reverse();
}

/** A path as the table has it: blanks and their kin are octal numbers there. */
function asWritten(path: string): string {
  return path.replaceAll(/[ \t\n\\#]/g, (character) => {
    return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

function byte(_: string, octal: string): string {
  return String.fromCharCode(parseInt(octal, 8));
}
