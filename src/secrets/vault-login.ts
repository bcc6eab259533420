import type { VaultStore } from '../config/config.ts';
import { DeployError } from '../errors.ts';
import type { World } from './provider.ts';
import { type Answer, ask, errorsOf } from './vault-client.ts';

/** A token, and whether it was made for this run, so that it is to be revoked at its end. */
export interface Login {
  readonly token: string;
  readonly own: boolean;
}

const TOKEN_MS = 10_000;

const failed = (what: string, remedy: string) =>
  new DeployError({ code: 'secrets-login', where: 'secrets.vault.auth', what, remedy });

/**
 * A token for Vault, by the method that the settings name. Everything secret on the way is masked first.
 * @throws DeployError secrets-login, and what `ask` throws
 */
export async function login(store: VaultStore, world: World): Promise<Login> {
  const { env, log } = world;
  const { method, mount, role, audience } = store.auth;
  if (method === 'token') {
    const token = needed(env, 'VAULT_TOKEN').trim();
    log.mask(token);
    return { token, own: false };
  }
  if (method === 'approle') {
    const ids = { role_id: needed(env, 'VAULT_ROLE_ID'), secret_id: needed(env, 'VAULT_SECRET_ID') };
    log.mask(ids.secret_id);
    return exchange(
      store,
      world,
      ids,
      'A secret id may have ended, been used up, or belong to another role.',
    );
  }
  const jwt = await identity(world, audience);
  return exchange(
    store,
    world,
    { jwt, ...(role !== undefined && { role }) },
    `Compare bound_audiences, bound_subject and bound_claims of the role${role === undefined ? '' : ` "${role}"`} in auth/${mount} with this job.`,
  );
}

function needed(env: World['env'], name: string): string {
  const value = env[name];
  if (value !== undefined && value.trim() !== '') return value;
  throw failed(
    `${name} is not set.`,
    `Give it to the step: env: {${name}: \${{ secrets.${name} }}}; or choose another \`method\`.`,
  );
}

/** The identity that GitHub vouches for: a token of the job, for one audience. */
async function identity({ env, fetch, log, signal }: World, audience: string | undefined): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env;
  if (!address || !bearer) {
    throw failed(
      'GitHub gives this job no identity.',
      'Give the job `permissions: {id-token: write, contents: read}`; a workflow that a fork began gets none.',
    );
  }
  log.mask(bearer);
  const url = new URL(address);
  if (audience !== undefined) url.searchParams.set('audience', audience);
  let token: unknown;
  try {
    const response = await fetch(url, {
      headers: { Authorization: `Bearer ${bearer}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TOKEN_MS)]),
    });
    if (response.ok) token = ((await response.json()) as { value?: unknown }).value;
  } catch {
    signal.throwIfAborted();
  }
  if (typeof token !== 'string' || token === '')
    throw failed('GitHub gave out no identity token for this job.', 'Run the job again.');
  log.mask(token);
  return token;
}

async function exchange(
  store: VaultStore,
  world: World,
  proof: Readonly<Record<string, string>>,
  remedy: string,
): Promise<Login> {
  const { method, mount } = store.auth;
  const answer = await ask(store, world, { method: 'POST', path: `auth/${mount}/login`, body: proof });
  const token = tokenOf(answer);
  if (token === undefined) {
    const said = errorsOf(answer.body).join('; ');
    throw failed(
      `Vault refuses the login with ${method} at auth/${mount} (${answer.status}${said && `: ${said}`}).`,
      answer.status === 404 ? 'Enable the method there, or name its `mount`.' : remedy,
    );
  }
  world.log.mask(token);
  return { token, own: true };
}

function tokenOf({ status, body }: Answer): string | undefined {
  const token = (body as { auth?: { client_token?: unknown } } | undefined)?.auth?.client_token;
  return status === 200 && typeof token === 'string' && token !== '' ? token : undefined;
}
