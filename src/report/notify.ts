import type { Fault } from '../errors.ts';
import { type Event, eventsOf, type MessageFacts, messageOf, type Receiver } from './messages.ts';
import type { Result } from './result.ts';

/** Somebody who wants to know. */
export interface Notice {
  readonly to: Receiver;
  readonly on: readonly Event[];
  /** Name of the secret that holds the URL, for what is said about it. */
  readonly secret: string;
  /** Undefined when that secret is missing or empty. It is a secret itself: who has it can write there. */
  readonly url: string | undefined;
}

/** What sending needs from outside. */
export interface Sender {
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<void>;
  readonly warn: (fault: Fault) => void;
}

const REQUEST_MS = 5_000;
const TRIES = 2;
const WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5_000;

/** Tells everybody who asked for what this result is, all at once. Whatever goes wrong is a warning. */
export async function notify(
  notices: readonly Notice[],
  result: Result,
  facts: MessageFacts,
  sender: Sender,
): Promise<void> {
  const events = eventsOf(result);
  await Promise.all(
    notices.map(async (notice) => {
      const event = events.find((one) => notice.on.includes(one));
      if (event === undefined) return;
      const why = await post(notice.url, messageOf(notice.to, event, result, facts), sender);
      if (why === undefined) return;
      sender.warn({
        code: 'notify',
        where: `notify, ${notice.to}, secret ${notice.secret}`,
        what: `The notification was not sent: ${why}.`,
        remedy: 'Check the URL in that secret; the change itself is not concerned.',
      });
    }),
  );
}

/** @returns why it was not sent, without the URL. */
async function post(url: string | undefined, body: unknown, sender: Sender): Promise<string | undefined> {
  if (url === undefined) return 'the secret is missing or empty';
  if (!/^https?:\/\//i.test(url.trim()) || !URL.canParse(url.trim())) return 'the secret holds no URL';
  for (let tries = 1; ; tries += 1) {
    const { why, waitMs } = await send(url.trim(), body, sender);
    if (why === undefined || waitMs === undefined || tries === TRIES) return why;
    await sender.sleep(waitMs);
  }
}

/** @returns waitMs when it can be tried again. */
async function send(
  url: string,
  body: unknown,
  { fetch }: Sender,
): Promise<{ why?: string; waitMs?: number }> {
  const signal = AbortSignal.timeout(REQUEST_MS);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'restaurant-deploy' },
      body: JSON.stringify(body),
      // Who sends us elsewhere would get what was meant for somebody else.
      redirect: 'manual',
      signal,
    });
    await answer.body?.cancel();
    if (answer.ok) return {};
    const why = `it was answered with ${answer.status}`;
    if (answer.status !== 429 && answer.status < 500) return { why };
    const asked = Number(answer.headers.get('retry-after') ?? Number.NaN) * 1000;
    if (asked > LONGEST_WAIT_MS) return { why };
    return { why, waitMs: asked >= 0 ? asked : WAIT_MS };
  } catch (error) {
    if (signal.aborted) return { why: `no answer came within ${REQUEST_MS / 1000} s` };
    // The words of the error may hold the URL; its code does not.
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection';
    return { why: code, waitMs: WAIT_MS };
  }
}
