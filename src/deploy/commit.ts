import { execFileSync } from 'node:child_process';
import type { Fault } from '../errors.ts';
import type { Release } from './records.ts';

/** When a commit was made, in milliseconds since 1970; undefined when there is no git, or it does not know it. */
export function commitTime(workspace: string, commit: string): number | undefined {
  if (!/^[0-9a-f]{7,64}$/.test(commit)) return undefined;
  try {
    const argv = ['show', '-s', '--format=%ct', commit];
    const seconds = execFileSync('git', argv, {
      cwd: workspace,
      timeout: 5_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(String(seconds).trim()) * 1000 || undefined;
  } catch {
    return undefined;
  }
}

/** A slow run that was overtaken by a newer one would put the older commit live; it stops instead. */
export function olderFault(
  live: Release | undefined,
  commit: string,
  committedAt: number | undefined,
): Fault | undefined {
  if (live?.committedAt === undefined || committedAt === undefined) return undefined;
  if (live.commit === commit || committedAt >= live.committedAt) return undefined;
  return {
    code: 'deploy-older',
    what: `The commit ${commit.slice(0, 12)} (${new Date(committedAt).toISOString()}) is older than the live one, ${live.commit.slice(0, 12)} (${new Date(live.committedAt).toISOString()}).`,
    remedy: 'A newer run came first. To go back on purpose: command: rollback, or force: true.',
  };
}
