import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Variables of the caller that take the place of made-up ones. */
const TAKEN_OVER = [
  'GITHUB_API_URL',
  'GITHUB_SERVER_URL',
  'GITHUB_REPOSITORY',
  'GITHUB_ACTOR',
  'GITHUB_RUN_ID',
  'GITHUB_RUN_ATTEMPT',
  // The cache of GitHub, as actions see it.
  'ACTIONS_CACHE_URL',
  'ACTIONS_RESULTS_URL',
  'ACTIONS_RUNTIME_TOKEN',
];

/**
 * What the runner says about the workflow run: its event, commit, branch and repository.
 *
 * @param {{workspace: string, caller: NodeJS.ProcessEnv, now: number}} from workspace: the caller's folder;
 *   caller: its environment ($EVENT, $EVENT_NAME and the variables above); now: milliseconds since 1970
 * @returns {{variables: Record<string, string>, payload: object}} payload: content for GITHUB_EVENT_PATH
 * @throws {Error} when the file named by $EVENT is missing or no JSON
 */
export function describeRun({ workspace, caller, now }) {
  const git = (...args) => tryGit(workspace, args);
  // A folder without a commit gets a new one each time: nobody can tell what changed in it.
  const sha =
    git('rev-parse', '--verify', 'HEAD') ?? createHash('sha1').update(`${workspace} ${now}`).digest('hex');
  const branch = git('symbolic-ref', '--quiet', '--short', 'HEAD') ?? 'main';
  const repository =
    caller.GITHUB_REPOSITORY ??
    originOf(git('remote', 'get-url', 'origin')) ??
    `local/${slug(basename(workspace))}`;
  const actor = caller.GITHUB_ACTOR ?? 'local';
  const server = caller.GITHUB_SERVER_URL ?? 'https://github.com';
  const payload = caller.EVENT
    ? readEvent(caller.EVENT)
    : pushPayload({ sha, branch, repository, actor, server });
  const event = caller.EVENT_NAME ?? eventName(payload);
  const variables = {
    GITHUB_ACTOR: actor,
    GITHUB_TRIGGERING_ACTOR: actor,
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_SERVER_URL: server,
    GITHUB_EVENT_NAME: event,
    GITHUB_JOB: 'deploy',
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_OWNER: repository.split('/')[0],
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: String(now),
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SHA: sha,
    GITHUB_WORKFLOW: 'Deploy',
    ...refVariables(payload.pull_request, branch),
  };
  for (const name of TAKEN_OVER) if (caller[name] !== undefined) variables[name] = caller[name];
  return { variables, payload };
}

function refVariables(pullRequest, branch) {
  if (!pullRequest) {
    return {
      GITHUB_REF: `refs/heads/${branch}`,
      GITHUB_REF_NAME: branch,
      GITHUB_REF_TYPE: 'branch',
      GITHUB_HEAD_REF: '',
      GITHUB_BASE_REF: '',
    };
  }
  return {
    GITHUB_REF: `refs/pull/${pullRequest.number}/merge`,
    GITHUB_REF_NAME: `${pullRequest.number}/merge`,
    GITHUB_REF_TYPE: 'branch',
    GITHUB_HEAD_REF: pullRequest.head?.ref ?? '',
    GITHUB_BASE_REF: pullRequest.base?.ref ?? '',
  };
}

function eventName(payload) {
  if (payload.pull_request) return 'pull_request';
  if (payload.schedule) return 'schedule';
  return 'inputs' in payload || 'workflow' in payload ? 'workflow_dispatch' : 'push';
}

function pushPayload({ sha, branch, repository, actor, server }) {
  const [owner, name] = repository.split('/');
  return {
    ref: `refs/heads/${branch}`,
    before: '0'.repeat(40),
    after: sha,
    head_commit: { id: sha },
    repository: {
      name,
      full_name: repository,
      owner: { login: owner },
      default_branch: branch,
      html_url: `${server}/${repository}`,
    },
    sender: { login: actor },
  };
}

function readEvent(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`the event payload $EVENT (${path}) cannot be read: ${cause.message}`, { cause });
  }
}

/** owner/name of a remote, whatever its protocol. */
function originOf(url) {
  return url?.match(/[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/)?.[1];
}

function slug(name) {
  return name.replace(/[^\w.-]+/g, '-') || 'app';
}

function tryGit(folder, args) {
  try {
    return execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
