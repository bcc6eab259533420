/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the runner says about the run; each of them is unknown outside of GitHub. */
export interface RunFacts {
  readonly workspace: string;
  readonly repository: string | undefined;
  readonly sha: string | undefined;
  readonly runUrl: string | undefined;
  readonly actor: string | undefined;
  readonly eventName: string | undefined;
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
    sha: env.GITHUB_SHA || undefined,
    runUrl: web && repository && id ? `${web}/${repository}/actions/runs/${id}` : undefined,
    actor: env.GITHUB_ACTOR || env.USER || undefined,
    eventName: env.GITHUB_EVENT_NAME || undefined,
    runAttempt: Number(env.GITHUB_RUN_ATTEMPT) || 1,
    apiUrl: (env.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, ''),
  });
}
