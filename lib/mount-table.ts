// The kernel's table of mounts.

/** Where something is mounted at a directory or below it, innermost first, from the text of /proc/PID/mountinfo. */
export function mountPoints(mountinfo: string, directory: string): string[] {
  const points = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '');
  return points
    .map((point) => point.replaceAll(/\\([0-7]{3})/g, byte))
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .reverse();
}

/** Blanks and their kin stand there as octal numbers. */
function byte(_: string, octal: string): string {
  return String.fromCharCode(parseInt(octal, 8));
}
