import { type Fault, messageOf } from '../errors.ts';

/** What is known of a request that failed. */
export interface Answer {
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly message: string;
}

/** Reads an error of Octokit's, which wears the status 500 also when there was no answer at all. */
export function answerOf(error: unknown): Answer {
  const message = messageOf(error).replace(/ - https?:\S+$/, '');
  if (typeof error !== 'object' || error === null || !('response' in error))
    return { status: undefined, headers: {}, message };
  const { response } = error as { response?: { status: number; headers?: Answer['headers'] } };
  return { status: response?.status, headers: response?.headers ?? {}, message };
}

/** Whether GitHub refused only because of how much was asked for. */
export function isLimit({ status, headers, message }: Answer): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    String(headers['x-ratelimit-remaining']) === '0' ||
    /rate limit/i.test(message)
  );
}

/** A permission of a workflow's token, such as `deployments: write`. */
export type Permission = `${'deployments' | 'pull-requests'}: ${'read' | 'write'}`;

/**
 * Why something was not done at GitHub, as a warning: nothing of it fails a deploy.
 * @param undone what was not done, as a sentence without its end
 * @param needs the permission that it wants
 */
export function githubFault(error: unknown, undone: string, needs: Permission): Fault {
  const answer = answerOf(error);
  const { status, message } = answer;
  const where = 'input github-token';
  if (isLimit(answer)) {
    return {
      code: 'github-limit',
      what: `${undone}: its limit of requests is reached.`,
      remedy: 'It ends by itself within the hour.',
    };
  }
  if (status === 401) {
    return {
      code: 'github-token',
      where,
      what: `${undone}: it does not take the token (401).`,
      remedy:
        "Leave the input at its default, or give a token that is still valid; a job's own token ends with the job, and after 24 hours.",
    };
  }
  if (status === 403 || status === 404) {
    return {
      code: 'github-permission',
      where,
      what: `${undone}: the token may not (${status}).`,
      remedy: `Add the line "${needs}" under "permissions:" of the job, beside "contents: read".`,
    };
  }
  if (status !== undefined && status < 500) {
    return {
      code: 'github-refused',
      what: `${undone}: ${message} (${status}).`,
      remedy: 'What is on the servers is not concerned.',
    };
  }
  return {
    code: 'github-down',
    what: `${undone}: ${status === undefined ? message : `it answers ${status}`}.`,
    remedy: 'See githubstatus.com; what is on the servers is not concerned.',
  };
}
