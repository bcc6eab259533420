import type { Color } from '../edge/state.ts';
import { NO_STATS, type SlotStats, since } from '../edge/stats.ts';
import { DeployError } from '../errors.ts';
import type { Activation } from './activate.ts';
import type { Context } from './context.ts';
import type { RunningProject } from './project.ts';
import { logsOf } from './project.ts';
import { bothColors, failedOf } from './traffic.ts';

const LOOK_MS = 500;

/** Is what the new color did since the switch worse than the config allows? The reason, or nothing. */
export function breach(
  seen: SlotStats,
  oldResponseMs: number,
  rules: { max5xx: number; minRequests: number; maxLatency?: number },
): string | undefined {
  if (seen.requests < rules.minRequests) return undefined;
  const share = failedOf(seen) / seen.requests;
  if (share > rules.max5xx) {
    return `${failedOf(seen)} of ${seen.requests} answers failed, ${(share * 100).toFixed(1)} % (allowed: ${Number((rules.max5xx * 100).toFixed(4))} %)`;
  }
  if (rules.maxLatency && oldResponseMs > 0 && seen.responseMs > oldResponseMs * rules.maxLatency) {
    return `answers take ${seen.responseMs} ms, the old release took ${oldResponseMs} ms (allowed: ${rules.maxLatency} times)`;
  }
  return undefined;
}

/**
 * Watches the new color after the switch by the edge's own counters and by its containers.
 * @param atSwitch the counters of both colors when the traffic moved; undefined for an app without routes.
 * @returns the counters of both colors at the last look.
 * @throws DeployError observe-breach with the new color's logs.
 */
export async function observe(
  context: Context,
  one: Activation,
  project: RunningProject,
  atSwitch: Readonly<Record<Color, SlotStats>> | undefined,
): Promise<Record<Color, SlotStats> | undefined> {
  const { server, release, color, from } = one;
  const rules = context.config.observe;
  const routed = release.routes.length > 0;
  const start = atSwitch?.[color] ?? NO_STATS;
  const old = (from && atSwitch?.[from.color]) ?? NO_STATS;
  project.expectNoRestart();
  const until = context.now() + rules.forMs;
  const fail = async (what: string) =>
    new DeployError({
      code: 'observe-breach',
      where: server.host.name,
      what: `After the switch the new release did not do well: ${what}.`,
      remedy: from
        ? 'The traffic is back on the old release. Its log below says what went wrong.'
        : 'There is no older release to go back to. Its log below says what went wrong.',
      evidence: await logsOf(server, project.request.project),
    });

  for (;;) {
    const left = until - context.now();
    if (left > 0) await context.sleep(Math.min(LOOK_MS, left));
    context.signal.throwIfAborted();
    const { failed = [] } = project.picture?.readiness ?? {};
    if (failed.length > 0) {
      throw await fail(failed.map(({ service, reason }) => `service ${service} ${reason}`).join('; '));
    }
    const now = routed ? await bothColors(server, release) : undefined;
    if (now) {
      const reason = breach(since(start, now[color]), old.responseMs, rules);
      if (reason) throw await fail(reason);
    }
    if (context.now() >= until) return now;
  }
}
