import { type Color, environmentKey } from '../edge/state.ts';
import { DORA_DAYS, type LedgerLine, type Objectives, objectivesOf } from '../report/objectives.ts';
import type { Result } from '../report/result.ts';
import type { Context } from './context.ts';
import type { Server } from './server.ts';

/** What a change came to, for the report. */
export type Part = Omit<Result, 'command' | 'app' | 'environment' | 'durationMs' | 'phases' | 'faults'>;

/** The color that serves on a server, and its release. */
export function serving(server: Server, app: string, environment: string) {
  const { edge, state } = server.facts;
  const color = (edge.active.get(environmentKey(app, environment)) as Color | undefined) ?? state?.active;
  const release = color && state?.colors[color]?.release;
  return color && release ? { color, release } : undefined;
}

/** What is live, in the report's words. */
export const knownOf = (live: ReturnType<typeof serving>) =>
  live ? { release: live.release, previousRelease: live.release, color: live.color } : {};

/** How deploying this environment goes, with a change that ended just now and is not in what was read before it. */
export function objectivesWith(
  context: Pick<Context, 'now'>,
  { facts }: Pick<Server, 'facts'>,
  change: Omit<LedgerLine, 'at'>,
): Objectives {
  const to = context.now();
  const lines = [...facts.ledger, { ...change, at: new Date(to).toISOString() }];
  return objectivesOf(lines, to - DORA_DAYS * 86_400_000, to);
}

/** Whether the change before this one had failed, and had not been made good yet. */
export function recovers({ ledger }: Pick<Server['facts'], 'ledger'>): boolean {
  const last = ledger.at(-1)?.outcome;
  return last === 'failed' || last === 'reverted';
}
