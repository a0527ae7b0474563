/**
 * As `Promise.all`, but settles only when all have: nothing goes on behind the back of whoever handles a failure.
 * @throws what was thrown first
 */
export async function allDone<const T extends readonly unknown[]>(
  works: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(works);
  await Promise.allSettled([...works, all]);
  return all;
}
