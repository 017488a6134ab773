// The values that listings show: the same ones as JSON, in --format, and as KEY=VALUE lines.

/** `null`: there is none, as an instance that nobody holds has no lease. */
export type Value = string | number | boolean | null | readonly string[];

/** A thing as its keys and values; a value is read when it is asked for. */
export type Fields<Item> = Readonly<Record<string, Field<Item>>>;

export interface Field<Item> {
  /** One sentence for the manual, lower case, no full stop. */
  readonly summary: string;
  readonly read: (item: Item) => Value;
}

/** A value as text: nothing for none, words with blanks between them for a list. */
export function textOf(value: Value): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.join(' ') : String(value);
}

/** The item with all its values, for JSON. */
export function toObject<Item>(fields: Fields<Item>, item: Item): Record<string, Value> {
  return Object.fromEntries(Object.entries(fields).map(([key, {read}]) => [key, read(item)]));
}

/** The keys and what they mean, as a sentence of the manual. */
export function describeFields(fields: Fields<never>): string {
  const words = Object.entries(fields).map(([key, {summary}]) => `${key} (${summary})`);
  return `The keys are ${words.join(', ')}.`;
}
