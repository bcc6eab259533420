import type { Fault } from '../errors.ts';

/** What sending needs from outside. */
export interface Sender {
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<void>;
  readonly warn: (fault: Fault) => void;
}

/** What is sent; `path` is put behind that of the URL. */
export interface Parcel {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path?: string;
  readonly type: string;
  readonly body: string;
}

const REQUEST_MS = 5_000;
const TRIES = 2;
const WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5_000;

/**
 * Sends something to who may be slow, away or wrong, twice at most. It never throws.
 * @param url a user and a password in it become the header Authorization.
 * @returns why it was not sent, without the URL, which may be a secret; undefined when it was.
 */
export async function send(
  url: string | undefined,
  parcel: Parcel,
  sender: Sender,
): Promise<string | undefined> {
  if (url === undefined) return 'the secret is missing or empty';
  const target = URL.parse(url.trim());
  if (!target || !/^https?:$/.test(target.protocol)) return 'the secret holds no URL';
  if (parcel.path) target.pathname = `${target.pathname.replace(/\/+$/, '')}${parcel.path}`;
  for (let tries = 1; ; tries += 1) {
    const { why, waitMs } = await attempt(target, parcel, sender);
    if (why === undefined || waitMs === undefined || tries === TRIES) return why;
    await sender.sleep(waitMs);
  }
}

/** @returns waitMs when it can be tried again. */
async function attempt(
  url: URL,
  { method, type, body }: Parcel,
  { fetch }: Sender,
): Promise<{ why?: string; waitMs?: number }> {
  const signal = AbortSignal.timeout(REQUEST_MS);
  try {
    const { bare, login } = withoutLogin(url);
    const answer = await fetch(bare, {
      method,
      headers: {
        'user-agent': 'restaurant-deploy',
        ...(method !== 'DELETE' && { 'content-type': type }),
        ...(login && { authorization: login }),
      },
      ...(method !== 'DELETE' && { body }),
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

/** fetch takes no URL with a login in it. */
function withoutLogin(url: URL): { bare: URL; login?: string } {
  if (url.username === '' && url.password === '') return { bare: url };
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return { bare, login: `Basic ${Buffer.from(login).toString('base64')}` };
}
