// Waiting no longer than a while.

/** What `promise` resolves with; undefined when it takes longer. It continues, and its later failure is ignored. */
export async function withinDeadline<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
