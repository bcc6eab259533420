import { type Answer, answerOf, isLimit } from './answers.ts';

/** How often a request is sent at most. */
const TRIES = 3;
const FIRST_WAIT_MS = 500;
/** When GitHub limits without saying for how long. */
const LIMIT_WAIT_MS = 5_000;
/** A report waits no longer than that for a limit to end. */
const LONGEST_WAIT_MS = 15_000;

/**
 * How long to wait before a request that failed is sent again, in milliseconds; undefined when it is not.
 * A limit (429, or 403 with its headers) says that nothing was done, so anything may be sent again, after the time
 * that GitHub asks for. After an error of the server or of the line nobody knows, so only what can be done twice is.
 * Source: GitHub's "Best practices for using the REST API".
 * @param request such as `GET /repos/{owner}/{repo}/deployments`
 * @param tries how often it was sent so far
 */
export function retryDelay(error: unknown, request: string, tries: number, now: number): number | undefined {
  if (tries >= TRIES) return undefined;
  const answer = answerOf(error);
  if (isLimit(answer)) {
    const asked = askedFor(answer, now) ?? LIMIT_WAIT_MS;
    return asked <= LONGEST_WAIT_MS ? asked : undefined;
  }
  if (answer.status !== undefined && answer.status < 500) return undefined;
  return repeatable(request) ? FIRST_WAIT_MS * 4 ** (tries - 1) : undefined;
}

/** A second deployment or comment would be one too many; a second status of the same kind changes nothing. */
const repeatable = (request: string) => !request.startsWith('POST ') || request.endsWith('/statuses');

function askedFor({ headers }: Answer, now: number): number | undefined {
  const seconds = Number(headers['retry-after'] || Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const reset = Number(headers['x-ratelimit-reset'] || Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - now) : undefined;
}
