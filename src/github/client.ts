import { getOctokit } from '@actions/github';
import { retryDelay } from './patience.ts';

export type Octokit = ReturnType<typeof getOctokit>;

/** A repository at GitHub, and how to talk to it. */
export interface Github {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
}

export interface GithubOptions {
  readonly token: string;
  /** owner/name. */
  readonly repository: string;
  /** Root of the REST API, without a slash at its end. */
  readonly apiUrl: string;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long one request may take. */
const REQUEST_MS = 10_000;

/**
 * The API for one repository. Each request has a time limit, and is sent again where that can help and harms nothing
 * (see `retryDelay`): what a report waits for is bounded, whatever GitHub does.
 */
export function openGithub({ token, repository, apiUrl, now, sleep }: GithubOptions): Github {
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const octokit = getOctokit(token, { baseUrl: apiUrl, log });
  octokit.hook.wrap('request', async (send, options) => {
    for (let tries = 1; ; tries += 1) {
      const request = { ...options.request, signal: AbortSignal.timeout(REQUEST_MS) };
      try {
        return await send({ ...options, request });
      } catch (error) {
        const delay = retryDelay(error, `${options.method} ${options.url}`, tries, now());
        if (delay === undefined) throw error;
        await sleep(delay);
      }
    }
  });
  const [owner = '', repo = ''] = repository.split('/');
  return { octokit, owner, repo };
}
