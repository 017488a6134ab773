// Time spans and sizes as people write them. What is shown can be read back.

const unitMs = {d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1} as const;

/** A century: its end can still be written as a date. */
export const longestMs = 36_500 * unitMs.d;

/** The milliseconds of '90s', '10m', '2h', '1d', '250ms', or of a bare number of seconds. */
export function parseDuration(words: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)(ms|[smhd])?$/.exec(words);
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * unitMs[(match[2] ?? 's') as keyof typeof unitMs]);
  return ms <= longestMs ? ms : undefined;
}

/** A time span in the largest unit that says it exactly. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const [unit, size] = Object.entries(unitMs).find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${String(ms / size)}${unit}`;
}

const sizeUnits = ['', 'k', 'm', 'g', 't'];

/** The bytes of '512M', '2GiB' or '4096': units are powers of 1024, as git reads them. */
export function parseSize(words: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)(?:([kmgt])(?:i?b)?|b)?$/i.exec(words);
  if (match === null) return undefined;
  const power = sizeUnits.indexOf((match[2] ?? '').toLowerCase());
  const bytes = Math.round(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A number of bytes in the largest unit that says it exactly. */
export function formatSize(bytes: number): string {
  const power = sizeUnits.findLastIndex((_, index) => bytes !== 0 && bytes % 1024 ** index === 0);
  return power <= 0 ? String(bytes) : `${String(bytes / 1024 ** power)}${'KMGT'.charAt(power - 1)}`;
}

/** A number of bytes as people say it: '11.8 MiB'. */
export function roundSize(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const rounded = bytes / 1024 ** power;
  const digits = power === 0 || rounded >= 100 ? 0 : 1;
  return `${rounded.toFixed(digits)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power] ?? ''}`;
}
