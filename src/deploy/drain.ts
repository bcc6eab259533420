import type { Color } from '../edge/state.ts';
import type { SlotStats } from '../edge/stats.ts';
import type { Context } from './context.ts';
import type { Release } from './records.ts';
import type { Server } from './server.ts';
import { bothColors } from './traffic.ts';

/**
 * Waits until a color has answered what it began to answer; a cancel only ends the waiting.
 * @param limitMs how long at most.
 * @param seen the counters of both colors after the traffic had left: what had nothing open then has nothing to end.
 * @returns the counters of both colors at the end.
 */
export async function drained(
  context: Context,
  server: Server,
  release: Release,
  color: Color,
  limitMs: number,
  seen?: Record<Color, SlotStats>,
): Promise<Record<Color, SlotStats>> {
  const until = context.now() + limitMs;
  let now = seen ?? (await bothColors(server, release));
  for (let pause = 50; ; pause = Math.min(pause * 2, 1_000)) {
    const { sessions } = now[color];
    if (sessions === 0 || context.signal.aborted) return now;
    if (context.now() >= until) {
      context.log.info(`${sessions} connections of the old color are still open; they end with it`);
      return now;
    }
    await context.sleep(pause);
    now = await bothColors(server, release);
  }
}
