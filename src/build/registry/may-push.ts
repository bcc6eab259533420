import * as z from 'zod';
import { DeployError } from '../../errors.ts';
import { authOf, type Credentials } from './docker-config.ts';
import { registryOf, repositoryOf } from './names.ts';

/** Milliseconds for all of it: who is slow is asked by the push. */
const PATIENCE_MS = 8_000;

const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Asks, before anything is built, whether the login may write: an upload is begun and given up. A login that may only
 * read looks like any other until then. Where the registry gives no clear answer, or can not be reached from here (docker
 * may have a proxy or certificates of its own), the push will tell.
 * @param names images as they will be pushed.
 * @throws DeployError registry-denied.
 */
export async function demandPush(
  names: readonly string[],
  credentials: Credentials,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const repositories = [...new Set(names.map(repositoryOf))];
  const answers = await Promise.all(
    repositories.map((repository) => mayPush(repository, credentials, limit).catch(() => undefined)),
  );
  signal.throwIfAborted();
  const denied = repositories.filter((_, at) => answers[at] === false);
  if (denied.length === 0) return;
  throw new DeployError({
    code: 'registry-denied',
    where: registryOf(denied[0] ?? ''),
    what: `The login of ${credentials.username} may not write ${denied.join(', ')}.`,
    remedy:
      'A GITHUB_TOKEN needs permissions: packages: write in the workflow, another token the right to write packages.',
  });
}

/** Yes, no, or undefined where the registry does not say. */
async function mayPush(
  repository: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const registry = registryOf(repository);
  const path = repository.startsWith(`${registry}/`) ? repository.slice(registry.length + 1) : repository;
  const address = `${baseOf(registry)}/v2/${path}/blobs/uploads/`;
  const begin = (headers: Record<string, string>) =>
    fetch(address, { method: 'POST', headers, signal, redirect: 'manual' });
  let headers: Record<string, string> = {};
  let answer = await begin(headers);
  if (answer.status === 401) {
    const wanted = answer.headers.get('www-authenticate') ?? '';
    const authorization = await authorize(wanted, path, credentials, signal);
    if (typeof authorization !== 'string') return authorization;
    headers = { Authorization: authorization };
    answer = await begin(headers);
    if (answer.status === 401 || answer.status === 403) return false;
  }
  if (answer.status !== 202) return undefined;
  const upload = answer.headers.get('location');
  if (upload) await fetch(new URL(upload, address), { method: 'DELETE', headers, signal }).catch(() => {});
  return true;
}

/** The header that the registry wants; false when it is refused, undefined when it wants something else. */
async function authorize(
  wanted: string,
  path: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<string | boolean | undefined> {
  const basic = `Basic ${authOf(credentials)}`;
  if (/^basic\b/i.test(wanted)) return basic;
  const { realm, service } = Object.fromEntries(
    [...wanted.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  );
  if (!/^bearer\b/i.test(wanted) || !realm || !isSafe(realm)) return undefined;
  const url = new URL(realm);
  if (service) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${path}:pull,push`);
  const answer = await fetch(url, { headers: { Authorization: basic }, signal });
  if (answer.status === 401 || answer.status === 403) return false;
  const { token, access_token: other } = tokenSchema.parse(await answer.json());
  return token || other ? `Bearer ${token ?? other}` : undefined;
}

/** A registry's address, as docker finds it: without TLS only on this machine. */
const baseOf = (registry: string): string =>
  registry === 'docker.io'
    ? 'https://registry-1.docker.io'
    : `${isLoopback(registry) ? 'http' : 'https'}://${registry}`;

const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(host);

/** A password goes out encrypted, or not out of this machine. */
const isSafe = (realm: string): boolean =>
  realm.startsWith('https://') || (URL.canParse(realm) && isLoopback(new URL(realm).host));
