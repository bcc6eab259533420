import { spawnSync } from 'node:child_process';
import { type RunEvent, runEvent } from './event.ts';

/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the runner says about the run; each of them is unknown outside of GitHub. */
export interface RunFacts {
  readonly workspace: string;
  readonly repository: string | undefined;
  /** Where it is on the web. */
  readonly repositoryUrl: string | undefined;
  readonly sha: string | undefined;
  readonly runUrl: string | undefined;
  readonly actor: string | undefined;
  readonly event: RunEvent;
  readonly runAttempt: number;
  /** Root of GitHub's REST API. */
  readonly apiUrl: string;
}

/** Reads the facts of the run; the actor of a run by hand is the user of this machine. */
export function runFacts(env: Environment): RunFacts {
  const { GITHUB_SERVER_URL: web, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  return Object.freeze({
    workspace: env.GITHUB_WORKSPACE || process.cwd(),
    repository,
    repositoryUrl: web && repository ? `${web}/${repository}` : undefined,
    sha: env.GITHUB_SHA || undefined,
    runUrl: web && repository && id ? `${web}/${repository}/actions/runs/${id}` : undefined,
    actor: env.GITHUB_ACTOR || env.USER || undefined,
    event: runEvent(env),
    runAttempt: Number(env.GITHUB_RUN_ATTEMPT) || 1,
    apiUrl: (env.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, ''),
  });
}

/** The commit that is checked out in a folder; undefined when git does not know. */
export function checkedOut(workspace: string): string | undefined {
  const options = { cwd: workspace, encoding: 'utf8', timeout: 5_000 } as const;
  const { status, stdout } = spawnSync('git', ['rev-parse', '--verify', 'HEAD'], options);
  return status === 0 ? stdout.trim() : undefined;
}
