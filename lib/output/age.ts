// Time spans for people, in at most two units: '12s', '3m', '2h 5m', '4d 1h'.

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** A time span as people say it. Seconds beside minutes, and what is little beside ten of a unit, are left out. */
export function formatAge(ms: number): string {
  const index = units.findIndex(([, size]) => ms >= size);
  const [unit, size] = units[index] ?? ['s', 1000];
  const whole = Math.floor(Math.max(ms, 0) / size);
  const [smallUnit, smallSize] = units[index + 1] ?? ['s', 1000];
  const rest = Math.floor((Math.max(ms, 0) % size) / smallSize);
  const isExact = unit === 's' || unit === 'm' || whole >= 10 || rest === 0;
  return isExact
    ? `${String(whole)}${unit}`
    : `${String(whole)}${unit} ${String(rest)}${smallUnit}`;
}

/** How long ago something was, by its time as it was written down; undefined where that is no time. */
export function ageOf(time: string | undefined, now: Date): string | undefined {
  const ms = now.getTime() - Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : formatAge(ms);
}
