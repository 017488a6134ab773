// Several things at once, but not more than so many.

/** Does a thing for each item, at most `limit` at once. All are finished before the first failure is thrown. */
export async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  each: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await each(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({length: Math.min(limit, items.length)}, lane));
  if (failures.length > 0) throw failures[0];
}
