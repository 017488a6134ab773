// Time limits.

export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/** What the work comes to, if it does so in time. */
export async function within<Value>(
  limitMs: number,
  work: () => Value | PromiseLike<Value>,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TimeLimitError(`not done after ${String(limitMs / 1000)} s`));
    }, limitMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
