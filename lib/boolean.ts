// Booleans as git reads them: words, or a number, which is false where it is 0.

const words: Readonly<Record<string, boolean>> = {
  ...{true: true, yes: true, on: true},
  ...{false: false, no: false, off: false, '': false},
};

const scales: Readonly<Record<string, number>> = {'': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3};

/** A number as C reads it, and the unit that git lets stand behind it. */
const form = /^([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)([kmg]?)$/;

const largest = 2 ** 31 - 1;

/** The value of a text, or undefined where it is none. */
export function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (Object.hasOwn(words, lower)) return words[lower];
  const [, sign = '', digits = '', unit = ''] = form.exec(lower) ?? [];
  if (digits === '') return undefined;
  const size = Number(/^0[0-7]/.test(digits) ? `0o${digits}` : digits) * (scales[unit] ?? 1);
  return size > largest + (sign === '-' ? 1 : 0) ? undefined : size !== 0;
}
