import type { Github } from './client.ts';

/** What GitHub shall know of a deployment from its start on. */
export interface DeploymentSpec {
  /** Name of the environment at GitHub. */
  readonly environment: string;
  /** The commit that is deployed. */
  readonly ref: string;
  readonly task: string;
  readonly app: string;
  /** URL of the workflow run. */
  readonly runUrl: string;
  /** How often it was started by now. */
  readonly attempt: number;
  readonly description: string;
  /** An environment that comes and goes, such as a preview. */
  readonly transient: boolean;
}

export type DeploymentState = 'queued' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

/** GitHub refuses a longer description. */
const DESCRIPTION_LIMIT = 140;
/** How many of the newest deployments are looked at for one that is made already. */
const LOOK_BACK = 10;

/** A deployment of ours at GitHub. */
export interface Deployment {
  readonly id: number;
  readonly spec: DeploymentSpec;
  /** Earlier ones of this app and environment, which one that succeeds takes the place of. */
  readonly earlier: readonly number[];
}

interface Listed {
  readonly id: number;
  readonly payload: unknown;
}

/**
 * Makes the deployment.
 * @returns undefined when the job has `environment:` of the same name: GitHub itself reports that one, and two would be
 *   one too many
 */
export async function createDeployment(
  github: Github,
  spec: DeploymentSpec,
): Promise<Deployment | undefined> {
  const { octokit, owner, repo } = github;
  const listed = await list(github, spec.environment);
  const foreign = listed.filter(({ payload }) => runOf(payload) === undefined);
  if (await anyOfRun(github, foreign, spec.runUrl)) return undefined;
  const earlier = listed.filter(({ payload }) => appOf(payload) === spec.app).map(({ id }) => id);
  const create = () =>
    octokit.rest.repos.createDeployment({
      owner,
      repo,
      ref: spec.ref,
      task: spec.task,
      environment: spec.environment,
      description: short(spec.description),
      payload: { app: spec.app, run: logOf(spec) },
      // The commit as it is: no merge into it, and what it has to pass is the workflow's to say.
      auto_merge: false,
      required_contexts: [],
      transient_environment: spec.transient,
      production_environment: spec.environment === 'production',
    });
  let id: number | undefined;
  try {
    id = idOf((await create()).data);
  } catch (error) {
    // It may be there for all that: a lost answer shall not make a second one.
    if (!(error instanceof Error && 'status' in error && Number(error.status) >= 500)) throw error;
    const found = (await list(github, spec.environment)).find(
      ({ payload }) => runOf(payload) === logOf(spec) && appOf(payload) === spec.app,
    );
    id = found?.id ?? idOf((await create()).data);
  }
  return { id, spec, earlier };
}

/** Tells the state of a deployment; one that succeeds takes the place of the earlier ones. */
export async function setState(
  github: Github,
  { id, spec, earlier }: Deployment,
  state: DeploymentState,
  more: { readonly description?: string; readonly url?: string } = {},
): Promise<void> {
  const { octokit, owner, repo } = github;
  await octokit.rest.repos.createDeploymentStatus({
    owner,
    repo,
    deployment_id: id,
    state,
    log_url: logOf(spec),
    auto_inactive: true,
    ...(more.description && { description: short(more.description) }),
    ...(more.url && { environment_url: more.url }),
  });
  // GitHub's own auto_inactive passes over production environments.
  if (state === 'success' && !spec.transient && spec.environment === 'production')
    await retire(github, earlier, logOf(spec));
}

/** Ends the deployments of an app in an environment that is gone. */
export async function retireAll(
  github: Github,
  environment: string,
  app: string,
  runUrl: string,
): Promise<void> {
  const listed = await list(github, environment, 100);
  await retire(
    github,
    listed.filter(({ payload }) => appOf(payload) === app).map(({ id }) => id),
    runUrl,
  );
}

/** Makes those inactive that say to be live. */
async function retire(github: Github, ids: readonly number[], runUrl: string): Promise<void> {
  const { octokit, owner, repo } = github;
  await Promise.all(
    ids.map(async (id) => {
      const { data } = await octokit.rest.repos.listDeploymentStatuses({
        owner,
        repo,
        deployment_id: id,
        per_page: 1,
      });
      if (data[0]?.state === 'inactive' || data[0]?.state === 'failure' || data[0]?.state === 'error') return;
      await octokit.rest.repos.createDeploymentStatus({
        owner,
        repo,
        deployment_id: id,
        state: 'inactive',
        log_url: runUrl,
      });
    }),
  );
}

/** The log of this very attempt; also by which a deployment is known again. */
const logOf = ({ runUrl, attempt }: DeploymentSpec): string => `${runUrl}/attempts/${attempt}`;

/** Newest first. */
async function list(github: Github, environment: string, most = LOOK_BACK): Promise<Listed[]> {
  const { octokit, owner, repo } = github;
  const { data } = await octokit.rest.repos.listDeployments({ owner, repo, environment, per_page: most });
  return data.map(({ id, payload }) => ({ id, payload }));
}

/** Whether one of them belongs to this run: its statuses lead to a job of it. */
async function anyOfRun(github: Github, listed: readonly Listed[], runUrl: string): Promise<boolean> {
  const { octokit, owner, repo } = github;
  const found = await Promise.all(
    listed.map(async ({ id }) => {
      const { data } = await octokit.rest.repos.listDeploymentStatuses({
        owner,
        repo,
        deployment_id: id,
        per_page: 5,
      });
      return data.some(({ log_url, target_url }) => `${log_url || target_url}/`.startsWith(`${runUrl}/`));
    }),
  );
  return found.includes(true);
}

/** An answer of 202 has a message and no deployment. */
function idOf(data: { id?: number; message?: string | undefined }): number {
  if (data.id === undefined) throw new Error(data.message ?? 'no deployment was made');
  return data.id;
}

/** The payload comes back as it was given, or as text. */
function fieldOf(payload: unknown, name: string): string | undefined {
  let value = payload;
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value);
    } catch {
      return undefined;
    }
  }
  const field = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof field === 'string' ? field : undefined;
}

const runOf = (payload: unknown) => fieldOf(payload, 'run');
const appOf = (payload: unknown) => fieldOf(payload, 'app');

const short = (text: string): string =>
  [...text].length <= DESCRIPTION_LIMIT ? text : `${[...text].slice(0, DESCRIPTION_LIMIT - 1).join('')}…`;
