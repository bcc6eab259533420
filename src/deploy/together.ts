/** All of them, and when one fails the others are not left without somebody who listens. */
export async function together<T extends readonly unknown[]>(
  all: readonly [...{ [at in keyof T]: Promise<T[at]> | T[at] }],
): Promise<T> {
  const ended = await Promise.allSettled(all);
  const values = ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  return values as unknown as T;
}
