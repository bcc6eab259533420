import type { VaultReference, VaultStore } from '../config/config.ts';
import { DeployError, type Fault } from '../errors.ts';
import { keyOf } from './keys.ts';
import type { Found, Provider, World } from './provider.ts';
import { type Read, reads } from './references.ts';
import { type Answer, ask, errorsOf } from './vault-client.ts';
import { type Login, login } from './vault-login.ts';

/** HashiCorp Vault: one login, one request a secret, and a token of our own is revoked at the end. */
export function vaultSecrets(store: VaultStore, world: World): Provider {
  return {
    read: async () => {
      const session = await login(store, world);
      try {
        const all = reads(store.values, ({ path, version }) => JSON.stringify([path, version]));
        return (await Promise.all(all.map((one) => readOne(store, world, session, one)))).flat();
      } finally {
        if (session.own) await revoke(store, world, session);
      }
    },
  };
}

async function readOne(
  store: VaultStore,
  world: World,
  { token }: Login,
  { reference, wanted }: Read<VaultReference>,
): Promise<readonly (Found | Fault)[]> {
  const { path, version } = reference;
  const where = `secrets.vault.values.${wanted.map(({ name }) => name).join(', ')}`;
  const query = version === undefined ? {} : { version: String(version) };
  try {
    const answer = await ask(store, world, { path, query, token });
    if (answer.status !== 200) return [await refusal(store, world, token, answer, reference, where)];
    const secret = secretOf(answer.body);
    if (secret === undefined) {
      const what = `${path} in Vault is no secret of a key/value store.`;
      return [{ code: 'secrets-not-found', where, what, remedy: PATHS }];
    }
    if (version !== undefined && secret.version === undefined) {
      const what = `${path} in Vault has no versions: it lies in a store of KV version 1.`;
      return [{ code: 'secrets-not-found', where, what, remedy: 'Remove `version`.' }];
    }
    return wanted.map(({ name, reference: { key } }) => {
      const field = keyOf(secret.data, key);
      if ('problem' in field) {
        const what = `${path} in Vault ${field.problem}.`;
        return { code: 'secrets-key', what, where: `secrets.vault.values.${name}`, remedy: field.remedy };
      }
      world.log.mask(field.value);
      const { version: read } = secret;
      const origin = {
        from: 'vault' as const,
        secret: path,
        ...(read !== undefined && { version: read }),
      };
      return { name, value: field.value, origin };
    });
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return error.faults;
  }
}

const PATHS = 'Write the path as the API has it: MOUNT/data/PATH for KV version 2, MOUNT/PATH for version 1.';

interface Secret {
  readonly data: object;
  /** That of KV version 2, the digits of a number. */
  readonly version?: string;
}

/** Version 2 puts the keys one level deeper, beside what it knows of the version. */
function secretOf(body: unknown): Secret | undefined {
  const { data } = (body ?? {}) as { data?: { data?: unknown; metadata?: { version?: unknown } } };
  if (typeof data !== 'object' || data === null) return undefined;
  const version = data.metadata?.version;
  if (typeof version !== 'string' || typeof data.data !== 'object') return { data };
  return data.data === null ? undefined : { data: data.data, version };
}

async function refusal(
  store: VaultStore,
  world: World,
  token: string,
  { status, body }: Answer,
  { path, version }: VaultReference,
  where: string,
): Promise<Fault> {
  const which = `${path}${version === undefined ? '' : `, version ${version},`}`;
  if (status === 404) {
    // A version that was taken away is still told of.
    const gone = (body as { data?: { metadata?: { deletion_time?: unknown } } } | undefined)?.data?.metadata;
    return {
      code: 'secrets-not-found',
      where,
      what: gone ? `${which} was deleted in Vault.` : `There is no ${which} in Vault.`,
      remedy: gone ? 'Bring it back (vault kv undelete), or store it anew.' : PATHS,
    };
  }
  const said = errorsOf(body).join('; ');
  if (status !== 403) {
    const what = `Vault does not give out ${which} (${status}${said && `: ${said}`}).`;
    return { code: 'secrets-store', where, what, remedy: PATHS };
  }
  // Vault answers alike for a token that has ended and for one that lacks a right: what of itself it may know tells.
  const self = await ask(store, world, { path: 'auth/token/lookup-self', token });
  if (self.status === 403) {
    return {
      code: 'secrets-login',
      where: 'secrets.vault.auth',
      what: 'Vault does not know the token, or it has ended.',
      remedy:
        store.auth.method === 'token'
          ? 'Put a fresh one into VAULT_TOKEN, or log in with `method: jwt`, whose tokens last for the run.'
          : 'Raise `token_ttl` of the role: the token ended before all was read.',
    };
  }
  return {
    code: 'secrets-denied',
    where,
    what: `The policies of the token do not allow to read ${which} in Vault, or there is no such path.`,
    remedy: `Add to a policy of it: path "${path}" { capabilities = ["read"] }. ${PATHS}`,
  };
}

/** What was read is read: a token that outlives the run is told, and ends by itself. */
async function revoke(store: VaultStore, world: World, { token }: Login): Promise<void> {
  try {
    await ask(store, world, { method: 'POST', path: 'auth/token/revoke-self', token });
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    world.log.info('the token for Vault could not be revoked; it ends by itself');
  }
}
