import type { VaultStore } from '../config/config.ts';
import { DeployError } from '../errors.ts';
import { parseJson } from './keys.ts';
import type { World } from './provider.ts';

/** An answer of Vault, its body parsed; `undefined` when it has none. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Request {
  readonly method?: 'GET' | 'POST';
  /** Below /v1/, as the API has it; made safe for a URL here. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly body?: unknown;
}

const TRIES = 5;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const ANSWER_MS = 10_000;
/** Answers that pass: throttled, not yet consistent, standing by, broken, sealed, on their way. */
const PASSING = new Set([412, 429, 472, 473, 500, 502, 503, 504]);
const REDIRECTS = new Set([301, 302, 307, 308]);

/**
 * Asks Vault, again when an answer is one of those that pass.
 * @throws DeployError secrets-throttled, secrets-unreachable or secrets-store, when it stays that way
 */
export async function ask(store: VaultStore, world: World, request: Request): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const got = await once(store, world, request);
    if (!('error' in got) && !PASSING.has(got.status)) return got;
    if (attempt === TRIES || ('error' in got && isLasting(got.error))) throw failure(store, got);
    await world.sleep(Math.min(LONGEST_WAIT_MS, waitOf(got, attempt)));
    world.signal.throwIfAborted();
  }
}

type Try = (Answer & { readonly retryAfter: string | null }) | { readonly error: string };

async function once({ address, namespace }: VaultStore, world: World, request: Request): Promise<Try> {
  const { method = 'GET', path, query, token, body } = request;
  const base = address.replace(/\/+$/, '');
  let url = new URL(`${base}/v1/${path.split('/').map(encodeURIComponent).join('/')}`);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  const headers = {
    'X-Vault-Request': 'true',
    ...(token !== undefined && { 'X-Vault-Token': token }),
    ...(namespace !== undefined && { 'X-Vault-Namespace': namespace }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const options = {
    method,
    headers,
    redirect: 'manual' as const,
    signal: AbortSignal.any([world.signal, AbortSignal.timeout(ANSWER_MS)]),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  try {
    let response = await world.fetch(url, options);
    const to = response.headers.get('location');
    if (REDIRECTS.has(response.status) && to !== null) {
      // A node that stands by sends on to the active one; a token never goes on from https to http.
      const next = new URL(to, url);
      if (next.protocol !== url.protocol) return { error: 'a redirect away from https' };
      url = next;
      response = await world.fetch(url, options);
    }
    const text = await response.text();
    return {
      status: response.status,
      body: parsed(text),
      retryAfter: response.headers.get('retry-after'),
    };
  } catch (error) {
    world.signal.throwIfAborted();
    return { error: reasonOf(error) };
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** `fetch` wraps what went wrong below it. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: unknown };
  if (typeof cause?.code === 'string') return cause.code;
  return name === 'TimeoutError' ? `no answer within ${ANSWER_MS / 1000} s` : String(name);
}

/** A certificate does not get better by trying again. */
const isLasting = (error: string): boolean => /CERT|SIGNED|VERIFY|ALTNAME|redirect|ENOTFOUND/.test(error);

function waitOf(got: Try, attempt: number): number {
  const said = 'error' in got ? Number.NaN : Number(got.retryAfter ?? Number.NaN);
  return Number.isFinite(said) ? said * 1000 : FIRST_WAIT_MS * 2 ** (attempt - 1);
}

function failure({ address }: VaultStore, got: Try): DeployError {
  const where = 'secrets.vault';
  if ('error' in got) {
    const certificate = /CERT|SIGNED|VERIFY|ALTNAME/.test(got.error);
    return new DeployError({
      code: 'secrets-unreachable',
      where,
      what: `Vault at ${address} can not be reached: ${got.error}.`,
      remedy: certificate
        ? 'Give the certificate of its authority to the runner: NODE_EXTRA_CA_CERTS in `env` of the job names the file.'
        : 'Check the address, and that the runner may reach it.',
    });
  }
  if (got.status === 429) {
    return new DeployError({
      code: 'secrets-throttled',
      where,
      what: `Vault at ${address} throttles, after ${TRIES} tries too.`,
      remedy: 'Run the deploy again in a minute, or raise the rate limit quota.',
    });
  }
  const said = errorsOf(got.body).join('; ');
  const sealed = /sealed/i.test(said);
  return new DeployError({
    code: 'secrets-store',
    where,
    what: `Vault at ${address} ${sealed ? 'is sealed' : `answered ${got.status} (${said || 'without a word'}), after ${TRIES} tries too`}.`,
    remedy: sealed ? 'Unseal it, then run the deploy again.' : 'Its log says why.',
  });
}

/** The messages of an error answer: Vault writes them for people, without values. */
export function errorsOf(body: unknown): string[] {
  const { errors } = (body ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? errors.map((one) => String(one).replace(/\s+/g, ' ').trim()) : [];
}
