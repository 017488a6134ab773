// The kernel's table of mounts.

/** Where something is mounted, from the text of /proc/PID/mountinfo, in the order in which it was. */
export function mountPoints(mountinfo: string): string[] {
  const points = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '');
  return points.map((point) => point.replaceAll(/\\([0-7]{3})/g, byte));
}

/** Blanks and their kin stand there as octal numbers. */
function byte(_: string, octal: string): string {
  return String.fromCharCode(parseInt(octal, 8));
}
