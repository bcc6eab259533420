/**
 * Runs works side by side. The first one that fails, or the caller's signal, stops the others; the end of all of them
 * is waited for, so that nothing goes on behind the back of who called.
 * @throws what the first one threw.
 */
export async function beside(
  signal: AbortSignal,
  works: readonly ((stop: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const stop = new AbortController();
  let failed: { readonly error: unknown } | undefined;
  await Promise.all(
    works.map(async (work) => {
      try {
        await work(AbortSignal.any([signal, stop.signal]));
      } catch (error) {
        failed ??= { error };
        stop.abort(error);
      }
    }),
  );
  if (failed) throw failed.error;
}
